"""Relying parties in C and Ruby."""

from dataclasses import replace

from tests.outside.parties.table.row import NO_PKCE, Logout, Row, Source

_IDDAWC = Source(
    document="babelouest/iddawc API.md, notes on i_run_token_request and on the properties",
    version="acc6871",
    unsaid="that PKCE is off where I_OPT_PKCE_METHOD is not set",
)

ROWS = (
    Row(
        name="mod_auth_openidc",
        source=Source(
            document="mod_auth_openidc auth_openidc.conf: OIDCProviderTokenEndpointAuth, OIDCPKCEMethod, OIDCScope",
            version="00d71d1; src/handle/logout.c of 0221577",
            unsaid="the nonce",
        ),
        scope="openid",
        nonce=True,
        pkce=True,
        revokes=("refresh_token", "access_token"),
        logout=Logout(),
    ),
    Row(
        name="libiddawc",
        case="its default: no authentication, no PKCE",
        source=_IDDAWC,
        kind="native",
        scope="openid",
        nonce=True,
        secret="none",
        refused=replace(NO_PKCE, page="iddawc", sets="I_OPT_PKCE_METHOD, I_PKCE_METHOD_S256"),
    ),
    Row(
        name="libiddawc",
        case="I_OPT_PKCE_METHOD",
        source=_IDDAWC,
        kind="native",
        scope="openid",
        nonce=True,
        pkce=True,
        secret="none",
    ),
    Row(
        name="libiddawc",
        case="I_TOKEN_AUTH_METHOD_SECRET_BASIC",
        source=_IDDAWC,
        scope="openid",
        nonce=True,
    ),
    Row(
        name="omniauth_openid_connect",
        source=Source(document="omniauth/omniauth_openid_connect README.md, options and example", version="02839d7"),
        scope="openid email profile address",
        nonce=True,
        token_parameters={"scope": "openid email profile address"},
        needs=("sub", "preferred_username"),
        refreshes=False,
    ),
    Row(
        name="oidc-agent",
        source=Source(
            document="indigo-dc/oidc-agent src/oidc-agent/oidc/flows/code.c; oidc-gen(1) of 4.2.6 for the redirect URI",
            version="d15e898",
            unsaid="that S256 is the default where a provider offers it, and the scopes",
        ),
        kind="native",
        redirect_uri="http://localhost:4242",
        scope="openid profile offline_access",
        pkce=True,
        parameters={"access_type": "offline", "prompt": "consent"},
        secret="basic, empty",
        token_parameters={"response_type": "token"},
        refresh_scope=True,
    ),
)
