"""mozilla-django-oidc."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SETTINGS_PY = """\
INSTALLED_APPS += ["mozilla_django_oidc"]  # below django.contrib.auth
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "mozilla_django_oidc.auth.OIDCAuthenticationBackend",
]
LOGIN_URL = "oidc_authentication_init"
LOGIN_REDIRECT_URL = "/"

OIDC_RP_CLIENT_ID = @client_id@
OIDC_RP_CLIENT_SECRET = @client_secret@
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile email"
OIDC_USE_PKCE = True
OIDC_OP_AUTHORIZATION_ENDPOINT = @authorization_endpoint@
OIDC_OP_TOKEN_ENDPOINT = @token_endpoint@
OIDC_OP_USER_ENDPOINT = @userinfo_endpoint@
OIDC_OP_JWKS_ENDPOINT = @jwks_uri@
"""
URLS_PY = """\
from django.urls import include, path

urlpatterns += [path("oidc/", include("mozilla_django_oidc.urls"))]
"""
APPLICATION = Application(
    title="mozilla-django-oidc",
    kind="web",
    install="pip install mozilla-django-oidc",
    run="python manage.py migrate && python manage.py runserver @port@",
    redirect_uris=("https://app.example.com/oidc/callback/",),
    redirect_path="/oidc/callback/",
    files=(
        File(name="settings.py", language="python", text=SETTINGS_PY),
        File(name="urls.py", language="python", text=URLS_PY),
    ),
    notes=(
        _(
            "It reads no discovery document and takes HS256 where no algorithm is named: OIDC_RP_SIGN_ALGO "
            "has to be there."
        ),
        _(
            "It knows people by their email address, and lets in nobody who has none. Behind a proxy Django has to "
            "know that it is served over https (SECURE_PROXY_SSL_HEADER)."
        ),
    ),
    read="mozilla-django-oidc 5.0.2, https://mozilla-django-oidc.readthedocs.io/en/stable/installation.html",
)
