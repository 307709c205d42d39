// passport-openidconnect, as its README says.
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, URL, PORT } = process.env;

passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: ISSUER,
      authorizationURL: `${ISSUER}/oauth2/authorize`,
      tokenURL: `${ISSUER}/oauth2/token`,
      userInfoURL: `${ISSUER}/oauth2/userinfo`,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${URL}/oauth2/redirect`,
    },
    (issuer, profile, done) => done(null, { sub: profile.id }),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: "only for this test", resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get("/", passport.authenticate("openidconnect"));
app.get("/oauth2/redirect", passport.authenticate("openidconnect", { successRedirect: "/me" }));
app.get("/me", (request, response) => response.json(request.user));
app.listen(Number(PORT), "127.0.0.1");
