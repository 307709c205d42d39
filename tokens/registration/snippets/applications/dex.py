"""dex, its connector for OpenID Connect."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
connectors:
  - type: oidc
    id: avouch
    name: Avouch
    config:
      issuer: @issuer@
      clientID: @client_id@
      clientSecret: @client_secret@
      redirectURI: @redirect_uri@
"""
APPLICATION = Application(
    title="dex",
    kind="web",
    redirect_uris=("https://dex.example.com/callback",),
    redirect_path="/callback",
    files=(File(name="config.yaml", language="yaml", text=TEXT),),
    notes=(
        _("The redirect URI is dex's own issuer and /callback. It asks for profile and email by itself."),
        _(
            "It reads the ID token, where the claims have to stay, as they are by default, and refuses people whose "
            "email address was not verified."
        ),
    ),
    sends="neither",
    read="dex 2.45, https://dexidp.io/docs/connectors/oidc/",
)
