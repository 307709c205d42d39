"""Other people's resource servers as their documents set them up, unmodified, in another environment: one argument of
JSON says which, with which token, and what it may know of the provider. Prints what it makes of the token as JSON."""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Asked = dict[str, Any]


def pyjwt(asked: Asked) -> Any:
    import jwt

    key = jwt.PyJWKClient(asked["jwks_uri"]).get_signing_key_from_jwt(asked["token"])
    return jwt.decode(asked["token"], key, algorithms=["RS256"], audience=asked["audience"], issuer=asked["issuer"])


def authlib(asked: Asked) -> Any:
    import requests
    from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]  # it has no types here
        def get_jwks(self) -> Any:
            return requests.get(asked["jwks_uri"], timeout=10).json()

    validator = Validator(issuer=asked["issuer"], resource_server=asked["audience"])
    token = validator.authenticate_token(asked["token"])
    validator.validate_token(token, ["songs"], None)
    return dict(token)


def simplejwt(asked: Asked) -> Any:
    _django(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        SIMPLE_JWT={
            "ALGORITHM": "RS256",
            "JWK_URL": asked["jwks_uri"],
            "ISSUER": asked["issuer"],
            "AUDIENCE": asked["audience"],
            **asked.get("settings", {}),
        },
    )
    from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

    user, token = JWTStatelessUserAuthentication().authenticate(_request(f"Bearer {asked['token']}"))
    return {**token.payload, "id": user.id}


def drf_oidc_auth(asked: Asked) -> Any:
    _django(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        OIDC_AUTH={
            "OIDC_ENDPOINT": asked["issuer"],
            "OIDC_RESOLVE_USER_FUNCTION": lambda request, claims: claims["sub"],
            **asked.get("settings", {}),
        },
    )
    from oidc_auth.authentication import JSONWebTokenAuthentication

    _, claims = JSONWebTokenAuthentication().authenticate(_request(f"JWT {asked['token']}"))
    return claims


def django_oauth_toolkit(asked: Asked) -> Any:
    """It keeps what it is told in a table of its own, and wants the address of the request to begin as `aud`."""
    with tempfile.TemporaryDirectory() as folder:
        _django(
            INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "oauth2_provider"],
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "db")}},
            OAUTH2_PROVIDER={
                "RESOURCE_SERVER_INTROSPECTION_URL": asked["introspection_endpoint"],
                "RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": (asked["client_id"], asked["client_secret"]),
                **asked.get("settings", {}),
            },
        )
        from django.core.management import call_command
        from oauth2_provider.contrib.rest_framework.authentication import OAuth2Authentication

        call_command("migrate", verbosity=0)
        reader: Any = OAuth2Authentication()
        found = reader.authenticate(_request(f"Bearer {asked['token']}", asked["url"]))
        if found is None:
            raise ValueError("nobody")
        user, token = found
        return {"username": user.username if user else None, "scope": token.scope}


def _django(**changes: Any) -> None:
    import django
    from django.conf import settings

    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    given = {"DATABASES": databases, "SECRET_KEY": "s" * 50, "USE_TZ": True, "ALLOWED_HOSTS": ["*"], **changes}
    settings.configure(**given)
    django.setup()


def _request(authorization: str, url: str = "https://testserver/") -> Any:
    """Of an API at this address."""
    from rest_framework.test import APIRequestFactory

    parts = urlsplit(url)
    return APIRequestFactory().get(parts.path, HTTP_AUTHORIZATION=authorization, HTTP_HOST=parts.netloc, secure=True)


READERS: dict[str, Callable[[Asked], Any]] = {
    "PyJWT": pyjwt,
    "Authlib": authlib,
    "djangorestframework-simplejwt": simplejwt,
    "drf-oidc-auth": drf_oidc_auth,
    "django-oauth-toolkit": django_oauth_toolkit,
}


def main() -> None:
    asked: Asked = json.loads(sys.argv[1])
    try:
        print(json.dumps({"accepted": True, "says": READERS[asked["reader"]](asked)}, default=str))
    except Exception as error:
        print(json.dumps({"accepted": False, "says": f"{type(error).__name__}: {error}"}))


if __name__ == "__main__":
    main()
