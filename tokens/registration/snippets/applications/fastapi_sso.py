"""fastapi-sso."""

from tokens.registration.snippets.application import Application, File

TEXT = """\
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi_sso.sso.base import OpenID
from fastapi_sso.sso.generic import create_provider

Avouch = create_provider(
    name="avouch",
    default_scope=["openid", "profile", "email"],
    discovery_document={
        "authorization_endpoint": @authorization_endpoint@,
        "token_endpoint": @token_endpoint@,
        "userinfo_endpoint": @userinfo_endpoint@,
    },
    response_convertor=lambda person, session: OpenID(
        id=person["sub"], email=person.get("email"), display_name=person.get("name"), provider="avouch"
    ),
)
sso = Avouch(
    client_id=@client_id@,
    client_secret=@client_secret@,
    redirect_uri=@redirect_uri@,
@on_http@    allow_insecure_http=True,
)
app = FastAPI()


@app.get("/")
async def login():
    async with sso:
        return await sso.get_login_redirect()


@app.get(@callback_path@)
async def callback(request: Request):
    if "error" in request.query_params:
        return HTMLResponse('The sign-in was not allowed. <a href="/">Try again</a>', 403)
    async with sso:
        return await sso.verify_and_process(request)
"""
APPLICATION = Application(
    title="fastapi-sso",
    kind="web",
    install="pip install fastapi-sso 'fastapi[standard]'",
    run="fastapi dev main.py --port @port@",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="main.py", language="python", text=TEXT),),
    sends="neither",
    read="fastapi-sso 0.23.0, https://tomasvotava.github.io/fastapi-sso/generic/",
)
