// npm's openid-client as a relying party: reads calls as lines of JSON, writes what came of them.
// {discover: [server, client_id, metadata, method, credential]} -> {configuration, metadata}
// {call: name of the library's function, configuration, arguments, response?} -> {result} or {error}
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const oidc = require("openid-client");
const configurations = [];

const authentication = {
  client_secret_basic: (secret) => oidc.ClientSecretBasic(secret),
  client_secret_post: (secret) => oidc.ClientSecretPost(secret),
  private_key_jwt: async ({ alg, ...jwk }) => {
    const algorithm = { ES256: { name: "ECDSA", namedCurve: "P-256" } }[alg];
    const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
    return oidc.PrivateKeyJwt({ key, kid: jwk.kid });
  },
  none: () => oidc.None(),
};

async function discover([server, client_id, metadata, method, credential]) {
  const authenticate = await authentication[method](credential);
  const options = { execute: [oidc.allowInsecureRequests] };
  configurations.push(await oidc.discovery(new URL(server), client_id, metadata, authenticate, options));
  return { configuration: configurations.length - 1, metadata: configurations.at(-1).serverMetadata() };
}

// The authorization response: an address, or with form_post what was posted to it.
function received({ url, posted }) {
  if (!posted) return new URL(url);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return new Request(url, { method: "POST", headers, body: new URLSearchParams(posted).toString() });
}

async function call({ call: name, configuration, response, arguments: given = [] }) {
  const before = configuration === undefined ? [] : [configurations[configuration]];
  if (response) before.push(received(response));
  const result = await oidc[name](...before, ...given);
  if (result instanceof URL) return { result: result.href };
  return { result: result ?? null, ...(result?.claims && { claims: result.claims() ?? null }) };
}

// An error as the library types it, and the library's own reason beneath it.
function told(error) {
  const { code, message, status, error: registered, error_description, cause } = error;
  const beneath = cause instanceof Error ? cause.message : undefined;
  const type = error.constructor.name;
  return { error: { class: type, code, message, status, error: registered, error_description, cause: beneath } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer = await (question.discover ? discover(question.discover) : call(question)).catch(told);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
