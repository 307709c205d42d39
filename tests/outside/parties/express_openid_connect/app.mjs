// express-openid-connect with response_type code, as its EXAMPLES.md says.
import express from "express";
import openid from "express-openid-connect";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, URL, PORT } = process.env;

const app = express();
app.use(
  openid.auth({
    issuerBaseURL: ISSUER,
    baseURL: URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: "a long, randomly-generated string stored in env",
    authorizationParams: { response_type: "code" },
    idpLogout: true,
  }),
);
app.get("/", (request, response) => response.redirect("/me"));
app.get("/me", (request, response) => response.json(request.oidc.user));
app.listen(Number(PORT), "127.0.0.1");
