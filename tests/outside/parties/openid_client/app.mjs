// openid-client 6 in Express, as its quick start says.
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const own = process.env.URL;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
});

const app = express();
app.use(session({ secret: "only for this test", resave: false, saveUninitialized: false }));
app.get("/", async (request, response) => {
  const code_verifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: `${own}/callback`,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: "S256",
  };
  if (!config.serverMetadata().supportsPKCE()) parameters.state = request.session.state = client.randomState();
  request.session.code_verifier = code_verifier;
  response.redirect(client.buildAuthorizationUrl(config, parameters).href);
});
app.get("/callback", async (request, response) => {
  const { code_verifier: pkceCodeVerifier, state: expectedState } = request.session;
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, own), { pkceCodeVerifier, expectedState });
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  request.session.me = await client.fetchUserInfo(config, refreshed.access_token, tokens.claims().sub);
  response.redirect("/me");
});
app.get("/me", (request, response) => response.json(request.session.me));
app.listen(Number(PORT), "127.0.0.1");
