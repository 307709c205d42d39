"""django-pyoidc, as its README says."""

import os

DEBUG = True
SECRET_KEY = "only for this test"
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django_pyoidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "unique-snowflake",
    }
}
DJANGO_PYOIDC = {
    "sso": {
        "provider_class": "django_pyoidc.providers.provider.Provider",
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "provider_discovery_uri": os.environ["ISSUER"],
        "oidc_cache_provider_metadata": True,
        "callback_uri_name": "auth:sso-callback",
        # Of itself it asks for openid only, and then finds no name for the account that it makes.
        "scopes": ["openid", "profile", "email"],
        "post_login_uri_success": "/me",
    }
}
