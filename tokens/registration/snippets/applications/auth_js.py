"""Auth.js, in Express."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

const config = {
  secret: process.env.AUTH_SECRET,
  trustHost: true,
  logger: { error: (error) => console.error(error.type === "OAuthCallbackError" ? error.message : error) },
  providers: [
    {
      id: "avouch",
      name: "Avouch",
      type: "oidc",
      issuer: @issuer@,
      clientId: @client_id@,
      clientSecret: @client_secret@,
    },
  ],
};

const app = express();
app.use("/auth", ExpressAuth(config));
app.get("/", async (request, response) => {
  const session = await getSession(request, config);
  return session ? response.json(session.user) : response.redirect("/auth/signin");
});
app.listen(process.env.PORT ?? 3000);
"""
APPLICATION = Application(
    title="Auth.js",
    kind="web",
    install="npm install express @auth/express",
    run='AUTH_SECRET="$(openssl rand -hex 32)" PORT=@port@ node app.mjs',
    redirect_uris=("https://app.example.com/auth/callback/avouch",),
    redirect_path="/auth/callback/avouch",
    files=(File(name="app.mjs", language="javascript", text=TEXT),),
    notes=(
        _(
            "AUTH_SECRET is a long random text of your own. In Next.js the same provider goes into "
            "NextAuth({ providers }), and the redirect URI is /api/auth/callback/avouch."
        ),
        _("It reads the ID token: keep the claims there, as they are by default."),
    ),
    read="@auth/express 0.12.3, https://authjs.dev/getting-started/installation?framework=express",
)
