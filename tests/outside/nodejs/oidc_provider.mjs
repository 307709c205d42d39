// npm's oidc-provider, on which the tests of tests/outside/oidf/ are calibrated. Its configuration is one argument of JSON:
// {port, clients: metadata by RFC 7591's names, person: {username, claims}, scopes: {scope: names of claims}}
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { Provider } = require("oidc-provider");
const { port, clients, person, scopes } = JSON.parse(process.argv[3]);

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" };

const provider = new Provider(`http://localhost:${port}`, {
  clients,
  claims: { openid: ["sub"], ...scopes },
  acrValues: ["1", "2"],
  responseTypes: ["code"],
  jwks: { keys: [key] },
  cookies: { keys: [crypto.randomUUID()], long: { sameSite: "none" } },
  enableHttpPostMethods: true,
  // On a busy machine a test may come to its code late.
  ttl: { AuthorizationCode: 600 },
  features: {
    devInteractions: { enabled: true },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  findAccount: (_, sub) => {
    if (sub !== person.username) return undefined;
    return { accountId: sub, claims: () => ({ sub, ...person.claims }) };
  },
});
provider.listen(port, "127.0.0.1");
