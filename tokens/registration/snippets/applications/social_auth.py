"""python-social-auth, by its Django application."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SETTINGS_PY = """\
INSTALLED_APPS += ["social_django"]
MIDDLEWARE += ["social_django.middleware.SocialAuthExceptionMiddleware"]
SOCIAL_AUTH_RAISE_EXCEPTIONS = False  # with DEBUG too
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "social_core.backends.open_id_connect.OpenIdConnectAuth",
]
LOGIN_REDIRECT_URL = "/"

SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = @issuer@
SOCIAL_AUTH_OIDC_KEY = @client_id@
SOCIAL_AUTH_OIDC_SECRET = @client_secret@
"""
URLS_PY = """\
from django.urls import include, path

urlpatterns += [path("", include("social_django.urls", namespace="social"))]
"""
TEMPLATE = """\
<form method="post" action="{% url "social:begin" "oidc" %}">{% csrf_token %}<button>Sign in</button></form>
"""
APPLICATION = Application(
    title="python-social-auth (Django)",
    kind="web",
    install="pip install social-auth-app-django",
    run="python manage.py migrate && python manage.py runserver @port@",
    redirect_uris=("https://app.example.com/complete/oidc/",),
    redirect_path="/complete/oidc/",
    files=(
        File(name="settings.py", language="python", text=SETTINGS_PY),
        File(name="urls.py", language="python", text=URLS_PY),
        File(name="a template of yours", language="text", text=TEMPLATE),
    ),
    notes=(
        _("People begin with that form: a link to /login/oidc/ is answered 405."),
        _("Behind a proxy: SOCIAL_AUTH_REDIRECT_IS_HTTPS = True."),
    ),
    read="social-auth-core 7.0.0, https://python-social-auth.readthedocs.io/en/latest/backends/oidc.html",
)
