"""pgAdmin 4."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
AUTHENTICATION_SOURCES = ["oauth2", "internal"]
OAUTH2_AUTO_CREATE_USER = True
OAUTH2_CONFIG = [
    {
        "OAUTH2_NAME": "avouch",
        "OAUTH2_DISPLAY_NAME": "Avouch",
        "OAUTH2_CLIENT_ID": @client_id@,
        "OAUTH2_CLIENT_SECRET": @client_secret@,
        "OAUTH2_AUTHORIZATION_URL": @authorization_endpoint@,
        "OAUTH2_TOKEN_URL": @token_endpoint@,
        "OAUTH2_API_BASE_URL": @issuer@,
        "OAUTH2_USERINFO_ENDPOINT": @userinfo_endpoint@,
        "OAUTH2_SERVER_METADATA_URL": @discovery@,
        "OAUTH2_SCOPE": "openid profile email",
        "OAUTH2_CHALLENGE_METHOD": "S256",
        "OAUTH2_RESPONSE_TYPE": "code",
    }
]
"""
APPLICATION = Application(
    title="pgAdmin",
    kind="web",
    redirect_uris=("https://pgadmin.example.com/oauth2/authorize",),
    redirect_path="/oauth2/authorize",
    files=(File(name="config_local.py", language="python", text=TEXT),),
    notes=(
        _(
            "Everybody needs an email address there. OAUTH2_AUTO_CREATE_USER makes an account for everybody "
            "who can sign in here."
        ),
    ),
    read="pgAdmin 4 9.13, https://www.pgadmin.org/docs/pgadmin4/latest/oauth2.html",
)
