// oauth4webapi, as its examples say (examples/oidc.ts), with a server of Node's own.
import { createServer } from "node:http";
import * as oauth from "oauth4webapi";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const own = process.env.URL, redirect_uri = `${own}/callback`, insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ISSUER);
const as = await oauth.discoveryRequest(issuer, insecure).then((found) => oauth.processDiscoveryResponse(issuer, found));
const client = { client_id: CLIENT_ID }, clientAuth = oauth.ClientSecretBasic(CLIENT_SECRET);
const code_verifier = oauth.generateRandomCodeVerifier();
let me;

const routes = {
  "/": async () => {
    const authorizationUrl = new URL(as.authorization_endpoint);
    authorizationUrl.searchParams.set("client_id", client.client_id);
    authorizationUrl.searchParams.set("redirect_uri", redirect_uri);
    authorizationUrl.searchParams.set("response_type", "code");
    authorizationUrl.searchParams.set("scope", "openid email");
    authorizationUrl.searchParams.set("code_challenge", await oauth.calculatePKCECodeChallenge(code_verifier));
    authorizationUrl.searchParams.set("code_challenge_method", "S256");
    return authorizationUrl.href;
  },
  "/callback": async (url) => {
    const params = oauth.validateAuthResponse(as, client, url);
    const response = await oauth.authorizationCodeGrantRequest(
      as, client, clientAuth, params, redirect_uri, code_verifier, insecure,
    );
    const result = await oauth.processAuthorizationCodeResponse(as, client, response, { requireIdToken: true });
    const { sub } = oauth.getValidatedIdTokenClaims(result);
    const told = await oauth.userInfoRequest(as, client, result.access_token, insecure);
    me = await oauth.processUserInfoResponse(as, client, sub, told);
    return "/me";
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, own);
  if (url.pathname === "/me") return response.end(JSON.stringify(me));
  const route = routes[url.pathname];
  if (!route) return response.writeHead(404).end();
  response.writeHead(302, { location: await route(url) }).end();
}).listen(Number(PORT), "127.0.0.1");
