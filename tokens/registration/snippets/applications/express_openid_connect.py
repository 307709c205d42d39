"""express-openid-connect."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import express from "express";
import { auth } from "express-openid-connect";

const app = express();
app.use(
  auth({
    issuerBaseURL: @issuer@,
    baseURL: @base_url@,
    clientID: @client_id@,
    clientSecret: @client_secret@,
    secret: process.env.SECRET,
    authorizationParams: { response_type: "code", scope: "openid profile email" },
  }),
);
app.get("/", (request, response) => response.json(request.oidc.user));
app.use((error, request, response, next) => {
  if (error.error !== "access_denied") return next(error);
  return response.status(403).send('The sign-in was not allowed. <a href="/">Try again</a>');
});
app.listen(process.env.PORT ?? 3000);
"""
APPLICATION = Application(
    title="express-openid-connect",
    kind="web",
    install="npm install express express-openid-connect",
    run='SECRET="$(openssl rand -hex 32)" PORT=@port@ node app.mjs',
    redirect_uris=("https://app.example.com/callback",),
    redirect_path="/callback",
    files=(File(name="app.mjs", language="javascript", text=TEXT),),
    notes=(
        _("Its own default is response_type=id_token, which is not offered here: response_type has to be there."),
        _("SECRET is a long random text of your own, for its cookie."),
    ),
    read="express-openid-connect 3.4.0, https://github.com/auth0/express-openid-connect",
)
