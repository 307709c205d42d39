"""idpyoidc, in Flask."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import os

from flask import Flask, redirect, request, session
from idpyoidc.client.rp_handler import RPHandler

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]

ISSUER = @issuer@
handler = RPHandler(
    @base_url@,
    client_configs={
        "avouch": {
            "client_type": "oidc",
            "issuer": ISSUER,
            "client_id": @client_id@,
            "client_secret": @client_secret@,
            "redirect_uris": [@redirect_uri@],
            "add_ons": {
                "pkce": {
                    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                }
            },
        }
    },
)


@app.get("/")
def home():
    begun = {"scope": ["openid", "profile", "email"]}
    return session.get("user") or redirect(handler.begin("avouch", req_args=begun))


@app.get(@callback_path@)
def callback():
    told = handler.finalize(ISSUER, request.args.to_dict())
    if "error" in told:
        return 'The sign-in was not allowed. <a href="/">Try again</a>', 403
    session["user"] = told["userinfo"].to_dict()
    return redirect("/")
"""
APPLICATION = Application(
    title="idpyoidc",
    kind="web",
    install="pip install idpyoidc Flask",
    run='SECRET_KEY="$(openssl rand -hex 32)" flask run --port @port@',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.py", language="python", text=TEXT),),
    notes=(
        _("SECRET_KEY is a long random text of your own, the same for all processes."),
        _(
            "The handler keeps the sign-ins that have begun in its process: with several processes each has to end "
            "its own."
        ),
    ),
    read="idpyoidc 5.0.0, https://idpy-oidc.readthedocs.io/",
)
