"""oauth2-proxy in front of an application."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
provider = "oidc"
oidc_issuer_url = @issuer@
client_id = @client_id@
client_secret = @client_secret@
redirect_url = @redirect_uri@
code_challenge_method = "S256"
email_domains = ["*"]
upstreams = ["http://127.0.0.1:8080/"]
"""
APPLICATION = Application(
    title="oauth2-proxy",
    kind="web",
    redirect_uris=("https://app.example.com/oauth2/callback",),
    redirect_path="/oauth2/callback",
    files=(File(name="oauth2-proxy.cfg", language="toml", text=TEXT),),
    notes=(
        _(
            "OAUTH2_PROXY_COOKIE_SECRET in its environment is 32 random bytes in base64: openssl rand "
            "-base64 32 | tr -- '+/' '-_'"
        ),
        _("It refuses people whose email address was not verified."),
        _("email_domains lets in everybody who can sign in here; name domains instead to let in fewer."),
    ),
    read="oauth2-proxy 7.14, https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview",
)
