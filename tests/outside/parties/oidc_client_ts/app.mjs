// Serves a single-page application that is made of oidc-client-ts, as its documents say: index.html, callback.html.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const here = (file) => readFileSync(new URL(file, import.meta.url), "utf8");
const page = (file) => ["text/html", here(file).replace("{settings}", JSON.stringify({ ISSUER, CLIENT_ID }))];

const files = {
  "/": page("index.html"),
  "/callback": page("callback.html"),
  "/oidc-client-ts.js": ["text/javascript", here("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js")],
};

createServer((request, response) => {
  const [type, text] = files[new URL(request.url, "http://localhost").pathname] ?? ["text/plain", ""];
  response.writeHead(text ? 200 : 404, { "content-type": type }).end(text);
}).listen(Number(PORT), "127.0.0.1");
