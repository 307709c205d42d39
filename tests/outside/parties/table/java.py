"""Relying parties in Java."""

from dataclasses import replace

from tests.outside.parties.table.row import Logout, Row, Source

_BOOT_3 = Row(
    name="Spring Security of Boot 3",
    source=Source(
        document="spring-security DefaultOAuth2AuthorizationRequestResolver.java",
        version="07b6c45",
        unsaid="the scope, which its documents' examples set",
    ),
    nonce=True,
)
_KEYCLOAK = Row(
    name="Keycloak as a broker",
    source=Source(
        document="keycloak OAuth2IdentityProviderConfig.java (0899cb7), OIDCIdentityProvider.java (1f1fc97)",
        version="00ee6bb",
        unsaid="that it sends a nonce of itself",
    ),
    scope="openid",
    nonce=True,
    secret="body",
    logout=Logout(state=True),
)

ROWS = (
    _BOOT_3,
    replace(
        _BOOT_3,
        name="Spring Security of Boot 4",
        source=Source(
            document="spring-projects/spring-security pull request 18304: PKCE on by default",
            version="7.0.3",
            unsaid="the scope, which its documents' examples set",
        ),
        pkce=True,
    ),
    _KEYCLOAK,
    replace(_KEYCLOAK, case="sign-out by its server", logout=Logout(state=True, by_server=True, leads_back=False)),
    Row(
        name="Quarkus",
        source=Source(
            document="quarkus OidcTenantConfig.java: pkceRequired, nonceRequired, addOpenidScope, userInfoRequired",
            version="045c10d",
            unsaid="what it sends to the end_session_endpoint",
        ),
        scope="openid",
        reads="id_token",
        logout=Logout(state=True),
    ),
    Row(
        name="Vert.x",
        source=Source(
            document="vertx-auth OAuth2Options.java; vertx-web OAuth2AuthHandlerImpl.java (0140c69)",
            version="c253d4b",
            unsaid="that PKCE stays off in 5.1.1 where pkceVerifierLength is not set",
        ),
        scope="openid",
        reads="id_token",
    ),
    Row(
        name="Micronaut",
        source=Source(
            document="micronaut-security guide, pkce.adoc and nonce.adoc; DefaultTokenEndpointClient.java",
            version="067f8e4",
            unsaid="the scope",
        ),
        nonce=True,
        pkce=True,
        reads="id_token",
        needs=("sub", "email"),
        refreshes=False,
    ),
    Row(
        name="pac4j",
        source=Source(
            document="pac4j OidcConfiguration.java: useNonce, disablePkce",
            version="589fdef",
            unsaid="the scope; that Basic comes first of what discovery offers; what its logout sends",
        ),
        pkce=True,
        logout=Logout(),
    ),
    Row(
        name="Nimbus",
        source=Source(
            document="oauth-2.0-sdk-with-openid-connect-extensions wiki, authentication requests",
            version="3.4.1",
            unsaid="the secret's place, which each program chooses",
        ),
        scope="openid email profile address",
        nonce=True,
    ),
)
