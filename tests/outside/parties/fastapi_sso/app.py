"""fastapi-sso's generic provider, as its documents say."""

import os

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi_sso.sso.base import OpenID
from fastapi_sso.sso.generic import create_provider


def convert(response, session):
    return OpenID(id=response["sub"])


discovery = httpx.get(f"{os.environ['ISSUER']}/.well-known/openid-configuration").json()
SSO = create_provider(name="avouch", discovery_document=discovery, response_convertor=convert)
sso = SSO(
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    redirect_uri=f"{os.environ['URL']}/callback",
    allow_insecure_http=True,
)
signed_in = {}
app = FastAPI()


@app.get("/")
async def index():
    async with sso:
        return await sso.get_login_redirect()


@app.get("/callback")
async def callback(request: Request):
    async with sso:
        signed_in["me"] = {"sub": (await sso.verify_and_process(request)).id}
    return RedirectResponse("/me")


@app.get("/me")
async def me():
    return signed_in["me"]


uvicorn.run(app, port=int(os.environ["PORT"]))
