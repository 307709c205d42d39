"""django-oauth-toolkit as its tutorial sets it up, with OIDC on. The environment comes from `bench/dot.py`."""

import os

from psycopg.conninfo import conninfo_to_dict

DATABASE = conninfo_to_dict(os.environ["STOCK_DOT_DATABASE_URL"])

SECRET_KEY = "only for measuring"
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
ROOT_URLCONF = "stock_dot.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/login/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `startproject` writes."""
DATABASES: dict[str, dict[str, object]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE.get("dbname"),
        "USER": DATABASE.get("user"),
        "PASSWORD": DATABASE.get("password"),
        "HOST": DATABASE.get("host"),
        "PORT": DATABASE.get("port"),
    }
}
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": os.environ["STOCK_DOT_RSA_KEY"],
    "OAUTH_DEVICE_VERIFICATION_URI": "http://127.0.0.1/o/device/",
    "SCOPES": {"openid": "OpenID Connect", "introspection": "Introspection"},
    # Off by default in 3.x, announced as the default of 4.0.
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": os.environ.get("STOCK_DOT_HASHED") == "1",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"null": {"class": "logging.NullHandler"}},
    "loggers": {"django.request": {"handlers": ["null"], "propagate": False}},
}
"""A refused or crashed request is what is measured: its traceback is noise."""
