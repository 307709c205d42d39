"""Keycloak as a broker."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
{
  "alias": "avouch",
  "displayName": "Avouch",
  "providerId": "oidc",
  "enabled": true,
  "config": {
    "issuer": @issuer@,
    "authorizationUrl": @authorization_endpoint@,
    "tokenUrl": @token_endpoint@,
    "userInfoUrl": @userinfo_endpoint@,
    "logoutUrl": @end_session_endpoint@,
    "jwksUrl": @jwks_uri@,
    "useJwksUrl": "true",
    "validateSignature": "true",
    "clientId": @client_id@,
    "clientSecret": @client_secret@,
    "clientAuthMethod": "client_secret_basic",
    "defaultScope": "openid profile email",
    "pkceEnabled": "true",
    "pkceMethod": "S256"
  }
}
"""
APPLICATION = Application(
    title="Keycloak",
    kind="web",
    redirect_uris=("https://keycloak.example.com/realms/my-realm/broker/avouch/endpoint",),
    redirect_path="/broker/avouch/endpoint",
    files=(File(name="avouch.json", language="json", text=TEXT),),
    notes=(
        _(
            "kcadm.sh create identity-provider/instances -r my-realm -f avouch.json adds it; the form of the "
            "admin console asks for the same."
        ),
    ),
    read="Keycloak 26, https://www.keycloak.org/docs/latest/server_admin/#_identity_broker_oidc",
)
