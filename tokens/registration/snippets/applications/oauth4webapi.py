"""oauth4webapi, in Express."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import express from "express";
import session from "express-session";
import * as oauth from "oauth4webapi";

const issuer = new URL(@issuer@);
const client = { client_id: @client_id@ };
const clientAuth = oauth.ClientSecretBasic(@client_secret@);
const redirectUri = @redirect_uri@;
const options = {};
@on_http@options[oauth.allowInsecureRequests] = true;
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));

const app = express();
app.use(session({ secret: process.env.SECRET, resave: false, saveUninitialized: false }));
app.get("/", async (request, response) => {
  if (request.session.user) return response.json(request.session.user);
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();
  request.session.begun = { state, verifier };
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  }).toString();
  return response.redirect(address.href);
});
app.get(@callback_path@, async (request, response) => {
  const { state, verifier } = request.session.begun;
  const came = oauth.validateAuthResponse(server, client, new URL(request.url, redirectUri), state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server, client, clientAuth, came, redirectUri, verifier, options,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { requireIdToken: true });
  request.session.user = oauth.getValidatedIdTokenClaims(tokens);
  response.redirect("/");
});
app.use((error, request, response, next) => {
  if (!(error instanceof oauth.AuthorizationResponseError)) return next(error);
  return response.status(403).send('The sign-in was not allowed. <a href="/">Try again</a>');
});
app.listen(process.env.PORT ?? 3000);
"""
APPLICATION = Application(
    title="oauth4webapi",
    kind="web",
    install="npm install express express-session oauth4webapi",
    run='SECRET="$(openssl rand -hex 32)" PORT=@port@ node app.mjs',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.mjs", language="javascript", text=TEXT),),
    notes=(_("SECRET is a long random text of your own, for the session."),),
    read="oauth4webapi 3.8.8, https://github.com/panva/oauth4webapi#examples",
)
