"""passport-openidconnect."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";

passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: @issuer@,
      authorizationURL: @authorization_endpoint@,
      tokenURL: @token_endpoint@,
      userInfoURL: @userinfo_endpoint@,
      clientID: @client_id@,
      clientSecret: @client_secret@,
      callbackURL: @redirect_uri@,
      scope: ["profile", "email"],
    },
    (issuer, profile, done) => done(null, profile),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: process.env.SECRET, resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get("/", (request, response) => (request.user ? response.json(request.user) : response.redirect("/login")));
app.get("/login", passport.authenticate("openidconnect"));
app.get(
  @callback_path@,
  passport.authenticate("openidconnect", { successRedirect: "/", failureRedirect: "/not-allowed" }),
);
app.get("/not-allowed", (request, response) =>
  response.status(403).send('The sign-in was not allowed. <a href="/">Try again</a>'),
);
app.listen(process.env.PORT ?? 3000);
"""
APPLICATION = Application(
    title="Passport (passport-openidconnect)",
    kind="web",
    install="npm install express express-session passport passport-openidconnect",
    run='SECRET="$(openssl rand -hex 32)" PORT=@port@ node app.mjs',
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="app.mjs", language="javascript", text=TEXT),),
    notes=(_("SECRET is a long random text of your own, for the session."),),
    sends="neither",
    read="passport-openidconnect 0.1.2, https://www.passportjs.org/packages/passport-openidconnect/",
)
