"""httpx-oauth in FastAPI, as its documents say."""

import os
import secrets

import uvicorn
from fastapi import Depends, FastAPI, Response
from fastapi.responses import RedirectResponse
from httpx_oauth.clients.openid import OpenID
from httpx_oauth.integrations.fastapi import OAuth2AuthorizeCallback

URL = os.environ["URL"]

client = OpenID(
    os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], f"{os.environ['ISSUER']}/.well-known/openid-configuration"
)
callback = OAuth2AuthorizeCallback(client, redirect_url=f"{URL}/callback")
signed_in = {}
app = FastAPI()


@app.get("/")
async def index():
    return RedirectResponse(await client.get_authorization_url(f"{URL}/callback", state=secrets.token_urlsafe()))


@app.get("/callback")
async def oauth_callback(response: Response, access_token_state=Depends(callback)):  # noqa: B008 FastAPI's way
    token, _ = access_token_state
    token = await client.refresh_token(token["refresh_token"])
    signed_in["me"] = await client.get_profile(token["access_token"])
    return RedirectResponse("/me")


@app.get("/me")
async def me():
    return signed_in["me"]


uvicorn.run(app, port=int(os.environ["PORT"]))
