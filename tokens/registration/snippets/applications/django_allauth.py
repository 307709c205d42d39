"""django-allauth."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SETTINGS_PY = """\
INSTALLED_APPS += [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_REDIRECT_URL = "/"
@on_http@EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "avouch",
                "name": "Avouch",
                "client_id": @client_id@,
                "secret": @client_secret@,
                "settings": {
                    "server_url": @discovery@,
                    "oauth_pkce_enabled": True,
                },
            }
        ]
    }
}
"""
URLS_PY = """\
from django.urls import include, path

urlpatterns += [path("accounts/", include("allauth.urls"))]
"""
APPLICATION = Application(
    title="django-allauth",
    kind="web",
    install="pip install 'django-allauth[socialaccount]'",
    run="python manage.py migrate && python manage.py runserver @port@",
    redirect_uris=("https://app.example.com/accounts/oidc/avouch/login/callback/",),
    redirect_path="/accounts/oidc/avouch/login/callback/",
    files=(
        File(name="settings.py", language="python", text=SETTINGS_PY),
        File(name="urls.py", language="python", text=URLS_PY),
    ),
    notes=(
        _("It sends a mail to whoever signs in with an address that is not verified here: Django has to know how."),
        _(
            "The redirect URI has the provider_id in it. Behind a proxy Django has to know that it is served "
            "over https (SECURE_PROXY_SSL_HEADER)."
        ),
    ),
    read="django-allauth 65.21.1, https://docs.allauth.org/en/latest/socialaccount/providers/openid_connect.html",
)
