"""Django's settings, read top to bottom. Operators set the environment (docs/settings.md), never this file."""

import os
from pathlib import Path
from typing import Any

from accounts.ground.look import rules
from idp import languages
from idp.broker import Celery
from idp.conf import PASSWORD_WAITERS
from idp.configuration import read_settings
from idp.issuer import HOSTS_OF_LOOPBACK

BASE_DIR = Path(__file__).parent.parent

# --- What the operator says

_configuration = read_settings(os.environ)
deployment, ACCOUNTS, TOKENS = _configuration.deployment, _configuration.accounts, _configuration.tokens
DYNAMODB, MAIL = _configuration.dynamodb, _configuration.mail
THREADS = deployment.threads
"""Of a process of gunicorn: as many connections may a client of another service need."""
_secrets, _redis = _configuration.secrets, _configuration.redis

ISSUER = deployment.issuer
BRAND, BRAND_LOGO, BRAND_ACCENT = deployment.brand, deployment.brand_logo, deployment.brand_accent
BRAND_RULES = rules(deployment.brand_folder)
_own = [deployment.brand_folder] if deployment.brand_folder else []
DEBUG = deployment.debug
PAGES = "front" in deployment.sides
"""Where no people come there are no sessions, cookies, forms, templates and messages, and no admin."""
TASKS = deployment.tasks
METRICS_TOKEN = deployment.metrics_token

# --- The server's secrets

SECRET_KEY, *SECRET_KEY_FALLBACKS = (key.hex() for key in _secrets["secret_key"].values())
SEALING_KEYS = _secrets["sealing"]
PEPPERS = _secrets["pepper"]
PAIRWISE_SALT = _secrets["pairwise_salt"]
HANDLES = "tokens.conf.minter"
"""What accounts mints its session keys and sids with, since it knows nothing of tokens."""
FETCH_BYTES = "tokens.fetch.fetch_bytes"
"""What accounts asks a server elsewhere with."""

# --- Who may reach us, and as what

ALLOWED_HOSTS = [deployment.origin.host, *(HOSTS_OF_LOOPBACK if deployment.loopback else ())]
CSRF_TRUSTED_ORIGINS = [ISSUER]
TRUSTED_PROXIES = deployment.trusted_proxies
if deployment.secure:  # then there is a proxy: idp.conf insists on it
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if deployment.secure else 0
SECURE_REFERRER_POLICY = "same-origin"
"""Not no-referrer: under it Chromium sends `Origin: null` with our own forms. No other origin is told either way."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024
"""A request of ours is a form: what is larger is refused before it is read."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Applications


def _for_people(*names: str) -> tuple[str, ...]:
    return names if PAGES else ()


INSTALLED_APPS = [
    # Every node knows every table: a command does the same on each.
    "accounts.site.admin_config.AdminConfig" if PAGES else "accounts.site.tables.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    *_for_people("django.contrib.humanize", "django.contrib.messages"),
    "django.contrib.staticfiles",
    "accounts",
    "tokens",
    "oauth2_provider",
    "idp",
]
MIDDLEWARE = [
    "accounts.site.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "accounts.site.security_headers.SecurityHeadersMiddleware",
    "idp.node.programs.Programs",
    *_for_people("whitenoise.middleware.WhiteNoiseMiddleware", "idp.node.bodies.Bodies"),
    "idp.node.bulkhead.Bulkhead",
    *_for_people("django.contrib.sessions.middleware.SessionMiddleware", "accounts.site.language.LanguageMiddleware"),
    "idp.node.entrance.Entrance",
    *_for_people(
        "django.middleware.csrf.CsrfViewMiddleware",
        "accounts.sessions.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "tokens.interaction.sign_in.SignInMiddleware",
    ),
]
ROOT_URLCONF = "idp.urls"
WSGI_APPLICATION = "idp.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [*(folder / "templates" for folder in _own), BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.site.context_processors.brand",
            ]
        },
    }
]
if not PAGES:
    TEMPLATES = []

MAIL_TEMPLATES = [str(folder / "templates" / "mail") for folder in (*_own, BASE_DIR)]
"""What mails say, a folder a kind. A worker, which has no pages, renders them."""

# --- Data

DATABASES = {"default": _configuration.database}
DATABASE_POOL = deployment.database_pool
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
"""Nothing may rest on a cache."""
if PAGES and _redis:
    CACHES["sessions"] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "KEY_PREFIX": "session",
        "TIMEOUT": ACCOUNTS.session_idle,
        **_redis.cache(),
    }

# --- Scheduled work: only worker and beat nodes speak to the broker. What there is to do: tokens/work/schedule.py

BROKER = _configuration.broker
_celery = BROKER.celery() if BROKER else Celery()
CELERY_BROKER_URL = _celery.broker_url
CELERY_BROKER_TRANSPORT_OPTIONS = dict(_celery.broker_transport_options)
CELERY_BROKER_USE_SSL = _celery.broker_use_ssl
CELERY_REDBEAT_REDIS_URL = _celery.redbeat_redis_url
CELERY_REDBEAT_REDIS_OPTIONS = dict(_celery.redbeat_redis_options)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150  # of the visibility timeout nothing may be left to another worker
CELERY_WORKER_CONCURRENCY = 2
CELERY_WORKER_CONSUMER = "idp.celery:Consumer"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the lease says who may go on
CELERY_BEAT_SCHEDULER = "idp.beat.Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = deployment.beat_loop
CELERY_REDBEAT_LOCK_TIMEOUT = deployment.beat_lock

# --- People: sign-in, passwords, sessions

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.backends.PasswordBackend"]
PASSWORD_PLACES, MOST_WAITING = deployment.password_places, PASSWORD_WAITERS
"""Passwords that are checked at a time in one process, and people who wait until theirs is."""
PASSWORD_HASHERS = [
    "accounts.sign_in.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "name", "given_name", "family_name")},
    },
    {"NAME": "accounts.sign_in.passwords.MinimumLengthValidator"},
    {"NAME": "accounts.sign_in.passwords.MaximumLengthValidator"},
    {"NAME": "accounts.sign_in.passwords.RepetitionValidator"},
    {"NAME": "accounts.sign_in.passwords.GuessableValidator"},
    *([{"NAME": "accounts.sign_in.breached.BreachedValidator"}] if ACCOUNTS.breached_passwords_url else []),
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "end_session"

SESSION_ENGINE = "accounts.sessions.engine"
SESSION_COOKIE_AGE = ACCOUNTS.session_absolute
COOKIE_PREFIX = deployment.cookie_prefix
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = deployment.secure
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
PEOPLE_COOKIE_NAME = f"{COOKIE_PREFIX}people"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_SECURE = deployment.secure
CSRF_COOKIE_AGE = None  # as long as the browser is open
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.site.error_pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- django-oauth-toolkit: every model it asks for is ours, and it makes no table (docs/decisions/0001)

OAUTH2_PROVIDER_APPLICATION_MODEL = "tokens.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "tokens.AccessToken"  # noqa: S105 the name of a model
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "tokens.RefreshToken"  # noqa: S105 the name of a model
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "tokens.IDToken"  # noqa: S105 the name of a model
OAUTH2_PROVIDER_GRANT_MODEL = "tokens.AuthorizationCode"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "tokens.DeviceCode"
MIGRATION_MODULES = {"oauth2_provider": None}
_GATES = (
    *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS"),
    *("TOKEN_STORAGE", "REFRESH_TOKEN", "REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING", "PKCE_REQUIRED"),
)
"""Its RFC 9700 gates, all shut; `tokens.checks` says the same of what really answers."""
OAUTH2_PROVIDER: dict[str, Any] = {
    # On, it would take every JWT for an ID token of its own.
    "OIDC_ENABLED": False,
    # Its resource-server side reads our tokens (docs/resource-servers.md).
    "OAUTH2_VALIDATOR_CLASS": "tokens.resource_server.OAuth2Validator",
    "OAUTH2_BACKEND_CLASS": "tokens.resource_server.OAuthLibCore",
    "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR": "tokens.resource_server.is_meant_for_us",
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    **{f"COMPLIANT_BCP_RFC9700_{gate}": True for gate in _GATES},
}

# --- Language, time, static files, logs

LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [*(folder / "locale" for folder in _own), languages.FOLDER]
LANGUAGES = languages.languages(LOCALE_PATHS)
"""Those that our own pages are translated into, and no more: what a page says of its language is true."""
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = deployment.data / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "refusals": {"()": "accounts.site.refusal_lines.RefusalFilter"},
        "foreign": {"()": "idp.node.log_lines.ForeignFilter"},
        "request_id": {"()": "accounts.site.request_id.RequestIdFilter"},
    },
    "formatters": {
        "line": {
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
            "class": "logging.Formatter" if DEBUG else "idp.node.log_lines.LineFormatter",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["refusals", *(() if DEBUG else ("foreign",)), "request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": deployment.log_level},
    # They tell of every message; what was done is told by tokens.work.schedule.
    # botocore tells where it found credentials, fido2 of every passkey.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("celery.worker.strategy", "celery.app.trace", "botocore.credentials", "fido2.server")
    },
}
