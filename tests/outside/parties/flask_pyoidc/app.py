"""flask-pyoidc, as its README says."""

import os

import flask
from flask_pyoidc import OIDCAuthentication
from flask_pyoidc.provider_configuration import ClientMetadata, ProviderConfiguration
from flask_pyoidc.user_session import UserSession

URL = os.environ["URL"]

app = flask.Flask(__name__)
app.config.update(OIDC_REDIRECT_URI=f"{URL}/redirect_uri", SECRET_KEY=os.urandom(32))
client_metadata = ClientMetadata(
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    post_logout_redirect_uris=[f"{URL}/logout"],
)
provider_config = ProviderConfiguration(issuer=os.environ["ISSUER"], client_metadata=client_metadata)
auth = OIDCAuthentication({"default": provider_config}, app)


@app.route("/")
@auth.oidc_auth("default")
def index():
    return flask.redirect("/me")


@app.route("/me")
def me():
    return flask.jsonify(UserSession(flask.session).userinfo)


@app.route("/logout")
@auth.oidc_logout
def logout():
    return "signed out"


app.run(port=int(os.environ["PORT"]))
