"""oidc-agent, which keeps tokens for command lines."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
eval "$(oidc-agent)"
oidc-gen \\
  --issuer=@issuer@ \\
  --client-id=@client_id@ \\
  --redirect-uri=@redirect_uri@ \\
  --scope="openid profile offline_access" \\
  avouch
oidc-token avouch
"""
APPLICATION = Application(
    title="oidc-agent",
    kind="native",
    install="apt install oidc-agent-cli",
    redirect_uris=("http://localhost:4242",),
    files=(File(name="token.sh", language="sh", text=TEXT),),
    notes=(
        _("It asks for a client secret, which this client does not have: press Enter."),
        _(
            "It knows no other loopback host than localhost, and listens at the port of the redirect URI: another one "
            "has to be registered."
        ),
    ),
    read="oidc-agent 4.2.6, https://indigo-dc.gitbook.io/oidc-agent/user/oidc-gen/options",
)
