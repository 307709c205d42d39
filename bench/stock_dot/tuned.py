"""The stock settings, tuned as far as settings go: for `bench/peers.py`.

Connections are kept, one a thread, and PostgreSQL keeps their statements prepared. The other half is in
`tuned_rows.py`: secrets are plain, and nobody is asked for consent.
"""

from stock_dot import settings
from stock_dot.settings import *  # noqa: F403 the rest as it is

ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "stock_dot.tuned_urls"
DATABASES = {
    "default": {
        **settings.DATABASES["default"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 2},
    }
}
OAUTH2_PROVIDER = {
    **settings.OAUTH2_PROVIDER,
    "SCOPES": dict.fromkeys(("openid", "profile", "email", "opaque", "introspection"), ""),
    "OAUTH2_VALIDATOR_CLASS": "stock_dot.validator.Validator",
}
