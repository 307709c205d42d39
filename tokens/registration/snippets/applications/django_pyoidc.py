"""django-pyoidc."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SETTINGS_PY = """\
INSTALLED_APPS += ["django_pyoidc"]  # below django.contrib.auth and django.contrib.sessions
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DJANGO_PYOIDC = {
    "avouch": {
        "provider_class": "django_pyoidc.providers.provider.Provider",
        "provider_discovery_uri": @issuer@,
        "client_id": @client_id@,
        "client_secret": @client_secret@,
        "oidc_cache_provider_metadata": True,
        "callback_uri_name": "auth:avouch-callback",
        "scopes": ["openid", "profile", "email"],
        "post_login_uri_success": "/",
    }
}
"""
URLS_PY = """\
from django.http import HttpResponseForbidden
from django.urls import include, path
from django_pyoidc.helper import OIDCHelper
from django_pyoidc.views import OIDCCallbackView


class Callback(OIDCCallbackView):
    def get(self, request):
        if "error" in request.GET:
            return HttpResponseForbidden('The sign-in was not allowed. <a href="/auth/avouch-login">Try again</a>')
        return super().get(request)


avouch = OIDCHelper(op_name="avouch")
urlpatterns += [
    path("auth/avouch-callback", Callback.as_view(op_name="avouch")),
    path("auth/", include((avouch.get_urlpatterns(), "django_pyoidc"), namespace="auth")),
]
"""
APPLICATION = Application(
    title="django-pyoidc",
    kind="web",
    install="pip install django-pyoidc",
    run="python manage.py migrate && python manage.py runserver @port@",
    redirect_uris=("https://app.example.com/auth/avouch-callback",),
    redirect_path="/auth/avouch-callback",
    sends="nonce",
    files=(
        File(name="settings.py", language="python", text=SETTINGS_PY),
        File(name="urls.py", language="python", text=URLS_PY),
    ),
    notes=(
        _("People begin at /auth/avouch-login. Several processes need a cache that they share, instead of this one."),
        _("Of itself it asks for openid alone, and then finds no name for the account that it makes."),
    ),
    read="django-pyoidc 1.0.13, https://django-pyoidc.readthedocs.io/latest/tutorial.html",
)
