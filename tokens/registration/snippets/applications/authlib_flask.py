"""Authlib in Flask."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import os

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, redirect, session
from markupsafe import escape

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

oauth = OAuth(app)
oauth.register(
    "avouch",
    client_id=@client_id@,
    client_secret=@client_secret@,
    server_metadata_url=@discovery@,
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    return session.get("user") or redirect("/login")


@app.get("/login")
def login():
    return oauth.avouch.authorize_redirect(@redirect_uri@)


@app.get(@callback_path@)
def callback():
    token = oauth.avouch.authorize_access_token()
    session["user"] = token["userinfo"]
    return redirect("/")


@app.errorhandler(OAuthError)
def not_allowed(error):
    return f'The sign-in was not allowed: {escape(error.error)}. <a href="/">Try again</a>', 403
"""
APPLICATION = Application(
    title="Authlib (Flask)",
    kind="web",
    install="pip install Authlib Flask requests",
    run='SECRET_KEY="$(openssl rand -hex 32)" flask run --port @port@',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.py", language="python", text=TEXT),),
    notes=(_("SECRET_KEY is a long random text of your own, the same for all processes."),),
    read="Authlib 1.9.10, https://docs.authlib.org/en/latest/client/flask.html",
)
