"""Relying parties in Go. Those that leave x/oauth2's AuthStyle alone try the secret in the header, then in the body."""

from tests.outside.parties.table.row import Logout, Row, Source

_X_OAUTH2 = "golang/oauth2 internal/token.go (03cc33e)"

ROWS = (
    Row(
        name="go-oidc with x/oauth2",
        source=Source(
            document=f"coreos/go-oidc README.md; {_X_OAUTH2}",
            version="as kubernetes vendors it",
        ),
        secret="basic, then body",
        reads="id_token",
        needs=("sub", "email", "email_verified"),
    ),
    Row(
        name="oauth2-proxy",
        source=Source(
            document="oauth2-proxy docs/docs/configuration/overview.md; providers/oidc.go (93cb575)",
            version="0187cc8",
            unsaid="that no nonce is sent where --insecure-oidc-skip-nonce is on",
        ),
        scope="openid email profile",
        parameters={"approval_prompt": "force"},
        secret="basic, then body",
        reads="id_token",
        needs=("sub", "email", "email_verified"),
        logout=Logout(by_server=True, leads_back=False),
    ),
    Row(
        name="goth",
        source=Source(
            document=f"markbates/goth providers/openidConnect/openidConnect.go; {_X_OAUTH2}",
            version="0c89e86",
        ),
        scope="openid",
        secret="basic, then body",
        refresh_secret="body",
    ),
    Row(
        name="HashiCorp cap",
        source=Source(document=f"hashicorp/cap oidc/provider.go; {_X_OAUTH2}", version="012dd7c"),
        scope="openid",
        nonce=True,
        secret="basic, then body",
        reads="id_token",
        refreshes=False,
    ),
    Row(
        name="traefik-oidc-auth",
        source=Source(
            document="sevensolutions/traefik-oidc-auth src/config.go (0857354), src/oidc.go, src/main.go (1cdc7a0)",
            version="2d6ddf5",
        ),
        secret="body",
        reads="id_token",
        needs=("sub", "email"),
        refresh_scope=True,
        logout=Logout(client_id=True, state=True),
    ),
    Row(
        name="kubelogin",
        source=Source(
            document=f"int128/kubelogin docs/usage.md (10fa94c), authcode.go, factory.go (905238c); {_X_OAUTH2}",
            version="556c96e",
        ),
        kind="native",
        redirect_uri="http://localhost:8000",
        scope="openid",
        nonce=True,
        pkce=True,
        parameters={"access_type": "offline"},
        secret="basic, empty",
        reads="id_token",
    ),
    Row(
        name="dex",
        source=Source(document=f"dexidp/dex connector/oidc/oidc.go; {_X_OAUTH2}", version="a4b3382"),
        parameters={"access_type": "offline", "prompt": "consent"},
        secret="basic, then body",
        reads="id_token",
        needs=("sub", "name", "email", "email_verified"),
    ),
    Row(
        name="zitadel's rp",
        source=Source(document=f"zitadel/oidc pkg/client/rp/relying_party.go; {_X_OAUTH2}", version="010f41e"),
        secret="basic, then body",
        refresh_secret="body",
        refresh_scope=True,
        logout=Logout(client_id=True, method="POST", by_server=True),
    ),
    Row(
        name="step",
        source=Source(
            document="smallstep/cli command/oauth/cmd.go: an empty client_secret goes along where none was given",
            version="0801487",
        ),
        kind="native",
        redirect_uri="http://127.0.0.1:43117",
        registered="http://127.0.0.1",
        scope="openid email",
        nonce=True,
        pkce=True,
        secret="body",
        refreshes=False,
    ),
)
