"""requests_oauth2client, as its README says."""

import os

import flask
from requests_oauth2client import OAuth2Client

client = OAuth2Client.from_discovery_endpoint(
    issuer=os.environ["ISSUER"],
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    redirect_uri=f"{os.environ['URL']}/callback",
    testing=True,  # plain HTTP on this machine
)
begun = {}
app = flask.Flask(__name__)
app.secret_key = os.urandom(32)


@app.route("/")
def index():
    request = client.authorization_request()
    begun[request.state] = request
    return flask.redirect(request.uri)


@app.route("/callback")
def callback():
    request = begun[flask.request.args["state"]]
    token = client.authorization_code(request.validate_callback(flask.request.url), validate=True)
    refreshed = client.refresh_token(token)
    flask.session["me"] = client.userinfo(refreshed)
    return flask.redirect("/me")


@app.route("/me")
def me():
    return flask.session["me"]


app.run(port=int(os.environ["PORT"]))
