"""openid-client, in Express."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const config = await client.discovery(
  new URL(@issuer@),
  @client_id@,
  @client_secret@,
@on_http@  undefined,
@on_http@  { execute: [client.allowInsecureRequests] },
);
const redirectUri = @redirect_uri@;

const app = express();
app.use(session({ secret: process.env.SECRET, resave: false, saveUninitialized: false }));
app.get("/", async (request, response) => {
  if (request.session.user) return response.json(request.session.user);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  request.session.checks = { pkceCodeVerifier, expectedState };
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: "openid profile email",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  });
  return response.redirect(address.href);
});
app.get(@callback_path@, async (request, response) => {
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, redirectUri), request.session.checks);
  request.session.user = tokens.claims();
  response.redirect("/");
});
app.use((error, request, response, next) => {
  if (!(error instanceof client.AuthorizationResponseError)) return next(error);
  return response.status(403).send('The sign-in was not allowed. <a href="/">Try again</a>');
});
app.listen(process.env.PORT ?? 3000);
"""
APPLICATION = Application(
    title="openid-client",
    kind="web",
    install="npm install express express-session openid-client",
    run='SECRET="$(openssl rand -hex 32)" PORT=@port@ node app.mjs',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.mjs", language="javascript", text=TEXT),),
    notes=(_("SECRET is a long random text of your own, for the session."),),
    read="openid-client 6.8.9, https://github.com/panva/openid-client#quick-start",
)
