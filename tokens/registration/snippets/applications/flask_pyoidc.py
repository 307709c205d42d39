"""Flask-pyoidc."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import os

from flask import Flask, session
from flask_pyoidc import OIDCAuthentication
from flask_pyoidc.provider_configuration import ClientMetadata, ProviderConfiguration
from flask_pyoidc.user_session import UserSession

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ["SECRET_KEY"], OIDC_REDIRECT_URI=@redirect_uri@)

avouch = ProviderConfiguration(
    issuer=@issuer@,
    client_metadata=ClientMetadata(client_id=@client_id@, client_secret=@client_secret@),
    auth_request_params={"scope": ["openid", "profile", "email"]},
)
auth = OIDCAuthentication({"avouch": avouch}, app)


@app.get("/")
@auth.oidc_auth("avouch")
def home():
    return UserSession(session).userinfo
"""
APPLICATION = Application(
    title="Flask-pyoidc",
    kind="web",
    install="pip install Flask-pyoidc",
    run='SECRET_KEY="$(openssl rand -hex 32)" flask run --port @port@',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.py", language="python", text=TEXT),),
    notes=(_("SECRET_KEY is a long random text of your own, the same for all processes."),),
    sends="nonce",
    read="Flask-pyoidc 3.14.3, https://flask-pyoidc.readthedocs.io/",
)
