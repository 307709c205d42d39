"""oidcc-config-certification-test-plan."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.outside.oidf.plans import module
from tests.outside.oidf.provider import SCOPE_CLAIMS, Provider

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+", re.ASCII)
LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


@module("oidcc-discovery-endpoint-verification")
def test_the_metadata_has_what_the_specifications_require(provider: Provider) -> None:
    answer = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    metadata = answer.json()
    assert metadata["issuer"] == provider.issuer
    _check_endpoints(metadata)
    _check_values(metadata)
    _check_texts(metadata)
    assert SCOPE_CLAIMS.keys() <= {*metadata["scopes_supported"]}
    _check_keys(requests.get(metadata["jwks_uri"], timeout=10))


def _check_endpoints(metadata: dict[str, Any]) -> None:
    """Every one has the issuer's scheme: the suite's https, but for the loopback that we test on."""
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert name in metadata
    scheme = urlsplit(metadata["issuer"]).scheme
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            parts = urlsplit(value)
            assert (parts.scheme, bool(parts.netloc), parts.fragment) == (scheme, True, ""), name


def _check_values(metadata: dict[str, Any]) -> None:
    assert "code" in metadata["response_types_supported"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"}
    assert metadata["subject_types_supported"]
    assert "authorization_code" in metadata.get("grant_types_supported", ["authorization_code"])
    assert "sub" in metadata["claims_supported"]
    for name in ("claims", "request", "request_uri"):
        assert isinstance(metadata.get(f"{name}_parameter_supported", False), bool)
    for name in ("userinfo_signing_alg_values_supported", "request_object_signing_alg_values_supported"):
        assert "RS256" in metadata.get(name, ["RS256"])
    assert "S256" in metadata["code_challenge_methods_supported"]


def _check_texts(metadata: dict[str, Any]) -> None:
    assert "openid" in metadata["scopes_supported"]
    assert all(SCOPE.fullmatch(scope) for scope in metadata["scopes_supported"])
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(LOCALE.fullmatch(locale) for locale in metadata.get(name, []))


def _check_keys(answer: requests.Response) -> None:
    assert answer.status_code == 200
    keys = answer.json()["keys"]
    assert any(key["kty"] == "RSA" and key.get("use", "sig") == "sig" for key in keys)
    assert all(PRIVATE.isdisjoint(key) and key["kty"] != "oct" for key in keys)
    kids = [key["kid"] for key in keys]
    assert len(kids) == len(set(kids))
