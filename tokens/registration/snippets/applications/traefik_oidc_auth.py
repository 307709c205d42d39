"""Traefik with the plugin traefik-oidc-auth."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
http:
  middlewares:
    avouch:
      plugin:
        traefik-oidc-auth:
          Secret: "32 RANDOM CHARACTERS OF YOUR OWN"
          Provider:
            Url: @issuer@
            ClientId: @client_id@
            ClientSecret: @client_secret@
            UsePkce: true
          Scopes: ["openid", "profile", "email"]
"""
APPLICATION = Application(
    title="Traefik (traefik-oidc-auth)",
    kind="web",
    redirect_uris=("https://app.example.com/oidc/callback",),
    redirect_path="/oidc/callback",
    files=(File(name="dynamic.yaml", language="yaml", text=TEXT),),
    notes=(
        _("Give the routers of your application this middleware; the router has to match the redirect URI's path too."),
    ),
    read="traefik-oidc-auth, main of October 2026, https://traefik-oidc-auth.sevensolutions.cc/docs/getting-started/middleware-configuration",
)
