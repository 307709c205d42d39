// Auth.js in Express with a provider of its own, as its documents say.
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const config = {
  secret: "only for this test",
  trustHost: true,
  providers: [
    { id: "avouch", name: "Avouch", type: "oidc", issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  ],
};

const app = express();
app.use("/auth/*", ExpressAuth(config));
app.get("/me", async (request, response) => response.json((await getSession(request, config))?.user ?? null));
app.listen(Number(PORT), "127.0.0.1");
