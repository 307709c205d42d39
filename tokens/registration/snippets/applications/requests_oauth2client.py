"""requests_oauth2client, in Flask."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import os

from flask import Flask, redirect, request, session
from requests_oauth2client import AuthorizationRequestSerializer, AuthorizationResponseError, OAuth2Client

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

client = OAuth2Client.from_discovery_endpoint(
    @discovery@,
    client_id=@client_id@,
    client_secret=@client_secret@,
    redirect_uri=@redirect_uri@,
@on_http@    testing=True,
)
serializer = AuthorizationRequestSerializer()


@app.get("/")
def home():
    return session.get("user") or redirect("/login")


@app.get("/login")
def login():
    begun = client.authorization_request(scope="openid profile email")
    session["begun"] = serializer.dumps(begun)
    return redirect(begun.uri)


@app.get(@callback_path@)
def callback():
    begun = serializer.loads(session.pop("begun"))
    token = client.authorization_code(begun.validate_callback(request.url), validate=True)
    session["user"] = client.userinfo(token)
    return redirect("/")


@app.errorhandler(AuthorizationResponseError)
def not_allowed(error):
    return 'The sign-in was not allowed. <a href="/">Try again</a>', 403
"""
APPLICATION = Application(
    title="requests_oauth2client",
    kind="web",
    install="pip install requests_oauth2client Flask",
    run='SECRET_KEY="$(openssl rand -hex 32)" flask run --port @port@',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.py", language="python", text=TEXT),),
    notes=(_("SECRET_KEY is a long random text of your own, the same for all processes."),),
    read="requests_oauth2client 1.8.0, https://guillp.github.io/requests_oauth2client/",
)
