"""idpyoidc's RPHandler, as its documents say."""

import os

import flask
from idpyoidc.client.rp_handler import RPHandler

URL, ISSUER = os.environ["URL"], os.environ["ISSUER"]

client_config = {
    "client_type": "oidc",
    "issuer": ISSUER,
    "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"],
    "redirect_uris": [f"{URL}/callback"],
    "add_ons": {
        "pkce": {
            "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
            "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
        }
    },
}
handler = RPHandler(URL, client_configs={"avouch": client_config})
signed_in = {}
app = flask.Flask(__name__)


@app.route("/")
def index():
    return flask.redirect(handler.begin("avouch"))


@app.route("/callback")
def callback():
    told = handler.finalize(ISSUER, flask.request.args.to_dict())
    signed_in["me"] = told["userinfo"].to_dict()
    return flask.redirect("/me")


@app.route("/me")
def me():
    return signed_in["me"]


app.run(port=int(os.environ["PORT"]))
