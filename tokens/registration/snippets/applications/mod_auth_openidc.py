"""Apache with mod_auth_openidc."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
OIDCProviderMetadataURL @discovery@
OIDCClientID @client_id@
OIDCClientSecret @client_secret@
OIDCRedirectURI @redirect_uri@
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCCryptoPassphrase "exec:/bin/cat /etc/apache2/oidc-passphrase"

<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>
"""
APPLICATION = Application(
    title="Apache (mod_auth_openidc)",
    kind="web",
    redirect_uris=("https://app.example.com/oidc/redirect",),
    files=(File(name="auth_openidc.conf", language="apache", text=TEXT),),
    notes=(
        _("The redirect URI has to be below a protected location, and nothing may be there."),
        _(
            "The file oidc-passphrase holds a long random text of your own. REMOTE_USER is the subject and "
            "the issuer; OIDCRemoteUserClaim names another claim."
        ),
    ),
    read="mod_auth_openidc 2.4.17, https://github.com/OpenIDC/mod_auth_openidc",
)
