"""Relying parties in JavaScript, on servers and in browsers."""

from dataclasses import replace

from tests.outside.parties.table.row import IMPLICIT, NO_PKCE, Logout, Refused, Row, Source

_EXPRESS = Source(document="express-openid-connect lib/config.js, lib/context.js", version="3.4.0")
_CLIENT_TS = Row(
    name="oidc-client-ts",
    case="redirect",
    source=Source(document="oidc-client-ts OidcClientSettings, UserManagerSettings", version="3.5.0"),
    kind="spa",
    scope="openid",
    pkce=True,
    secret="none",
    reads="id_token",
)
_SWAGGER_UI = Row(
    name="Swagger UI",
    source=Source(
        document="swagger-api/swagger-ui docs/usage/oauth2.md; src/core/plugins/auth/actions.js for the form",
        version="0715a80",
        unsaid="the nonce; that its window opens as a popup",
    ),
    kind="spa",
    scope="openid profile",
    way="popup",
    secret="none",
    refreshes=False,
)

ROWS = (
    Row(
        name="express-openid-connect",
        case="its default",
        source=_EXPRESS,
        response_type="id_token",
        response_mode="form_post",
        nonce=True,
        refused=IMPLICIT,
    ),
    Row(
        name="express-openid-connect",
        case="response_type: code",
        source=_EXPRESS,
        nonce=True,
        pkce=True,
        reads="id_token",
    ),
    _CLIENT_TS,
    replace(_CLIENT_TS, case="popup", way="popup", parameters={"display": "popup"}),
    replace(
        _CLIENT_TS,
        case="iframe",
        way="cross-site iframe",
        parameters={"prompt": "none"},
        refused=Refused(error="login_required", option=""),
    ),
    replace(_CLIENT_TS, case="revoke", refreshes=False, revokes=("access_token", "refresh_token")),
    replace(_CLIENT_TS, case="sign-out", logout=Logout(state=True)),
    replace(
        _SWAGGER_UI,
        case="its default: no PKCE",
        refused=replace(NO_PKCE, page="swagger-ui", sets="usePkceWithAuthorizationCodeGrant: true"),
    ),
    replace(_SWAGGER_UI, case="usePkceWithAuthorizationCodeGrant", pkce=True),
    Row(
        name="openid-client 5",
        source=Source(document="openid-client README.md, quick start", version="5.7.1"),
        state=False,
        pkce=True,
    ),
    Row(
        name="openid-client 6",
        source=Source(document="openid-client README.md, quick start", version="6.8.9"),
        state=False,
        pkce=True,
        secret="body",
    ),
    Row(
        name="oauth4webapi",
        source=Source(document="oauth4webapi README.md: examples/oidc.ts and examples/oauth.ts", version="3.8.8"),
        scope="openid email",
        state=False,
        pkce=True,
        refreshes=False,
    ),
    Row(
        name="passport-openidconnect",
        source=Source(document="passport-openidconnect lib/strategy.js; oauth 0.10 lib/oauth2.js", version="0.1.2"),
        scope="openid",
        secret="body",
        refreshes=False,
    ),
    Row(
        name="Auth.js",
        source=Source(
            document="@auth/core lib/utils/providers.js, lib/actions/callback/oauth/callback.js (0.41)",
            version="@auth/express 0.12.3",
        ),
        state=False,
        pkce=True,
        reads="id_token",
        needs=("sub", "email"),
        refreshes=False,
    ),
)
