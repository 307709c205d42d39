"""The requests that relying parties make by default, as rows of data."""

from tests.outside.parties.table import c_and_ruby, go, java, javascript, python
from tests.outside.parties.table.row import Row

ROWS: tuple[Row, ...] = (*c_and_ruby.ROWS, *javascript.ROWS, *python.ROWS, *go.ROWS, *java.ROWS)

NAMES = (
    *(
        "mod_auth_openidc",
        "libiddawc",
        "express-openid-connect",
        "oidc-client-ts",
        "Swagger UI",
        "Synapse",
        "JupyterHub",
    ),
    *("openid-client 5", "openid-client 6", "oauth4webapi", "passport-openidconnect", "Auth.js", "mozilla-django-oidc"),
    *("allauth", "social-core", "django-pyoidc", "flask-pyoidc", "requests-oauth2client", "httpx-oauth", "fastapi-sso"),
    *("idpyoidc", "omniauth_openid_connect", "oidc-agent", "Streamlit", "pgAdmin", "go-oidc with x/oauth2"),
    *("oauth2-proxy", "goth", "HashiCorp cap", "traefik-oidc-auth", "kubelogin", "dex", "zitadel's rp", "step"),
    *("Spring Security of Boot 3", "Spring Security of Boot 4", "Keycloak as a broker", "Quarkus", "Vert.x"),
    *("Micronaut", "pac4j", "Nimbus"),
)
"""Each has a row."""
CASES = {"oidc-client-ts": {"redirect", "popup", "iframe", "revoke", "sign-out"}}
"""Those that have more than one."""
