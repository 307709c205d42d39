"""httpx-oauth, in FastAPI."""

from tokens.registration.snippets.application import Application, File

TEXT = """\
import html
import secrets

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from httpx_oauth.clients.openid import OpenID
from httpx_oauth.integrations.fastapi import OAuth2AuthorizeCallback, OAuth2AuthorizeCallbackError

client = OpenID(
    @client_id@,
    @client_secret@,
    @discovery@,
    base_scopes=["openid", "profile", "email"],
)
callback = OAuth2AuthorizeCallback(client, redirect_url=@redirect_uri@)
app = FastAPI()


@app.get("/")
async def login():
    state = secrets.token_urlsafe()
    response = RedirectResponse(await client.get_authorization_url(@redirect_uri@, state=state))
    response.set_cookie("login_state", state, httponly=True, samesite="lax")
    return response


@app.get(@callback_path@)
async def signed_in(request: Request, answer=Depends(callback)):
    token, state = answer
    if not state or state != request.cookies.get("login_state"):
        raise HTTPException(400, "this sign-in was not begun in this browser")
    return await client.get_profile(token["access_token"])


@app.exception_handler(OAuth2AuthorizeCallbackError)
async def not_allowed(request, error):
    told = f'The sign-in was not allowed: {html.escape(str(error.detail))}. <a href="/">Try again</a>'
    return HTMLResponse(told, error.status_code)
"""
APPLICATION = Application(
    title="httpx-oauth (FastAPI)",
    kind="web",
    install="pip install httpx-oauth 'fastapi[standard]'",
    run="fastapi dev main.py --port @port@",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="main.py", language="python", text=TEXT),),
    sends="neither",
    read="httpx-oauth 0.17.0, https://frankie567.github.io/httpx-oauth/fastapi/",
)
