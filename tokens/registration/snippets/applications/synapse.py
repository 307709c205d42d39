"""Synapse, the Matrix homeserver."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
oidc_providers:
  - idp_id: avouch
    idp_name: Avouch
    issuer: @issuer@
    client_id: @client_id@
    client_secret: @client_secret@
    scopes: ["openid", "profile", "email"]
@on_http@    skip_verification: true
    user_mapping_provider:
      config:
        localpart_template: "{{ user.preferred_username }}"
        display_name_template: "{{ user.name }}"
"""
APPLICATION = Application(
    title="Synapse (Matrix)",
    kind="web",
    redirect_uris=("https://matrix.example.com/_synapse/client/oidc/callback",),
    redirect_path="/_synapse/client/oidc/callback",
    files=(File(name="homeserver.yaml", language="yaml", text=TEXT),),
    notes=(
        _("public_baseurl has to be the address in front of the redirect URI's path. It sends PKCE by itself."),
        _(
            "With backchannel_logout_enabled: true it ends sessions when people sign out here: its "
            "backchannel_logout_uri is /_synapse/client/oidc/backchannel_logout."
        ),
    ),
    read="Synapse 1.145, https://element-hq.github.io/synapse/latest/openid.html",
)
