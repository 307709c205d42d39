"""Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2)."""

from tests.support.builders import ISSUER
from tokens.protocol.metadata import metadata


def test_the_document_says_what_it_is_given() -> None:
    """The rest of it never differs: tests/endpoints/test_discovery.py compares the whole."""
    document = metadata(
        ISSUER,
        {"token_endpoint": "/token", "jwks_uri": "/jwks"},
        ["authorization_code"],
        ["ES256"],
        auth_methods={"token_endpoint": ["none"], "revocation_endpoint": ["none", "private_key_jwt"]},
        prompt_values=["none", "login"],
        acr_values=["1", "mfa"],
        ui_locales=["en", "de"],
    )
    algs = ["RS256", "PS256", "ES256", "EdDSA"]
    varying = {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        "grant_types_supported": ["authorization_code"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "prompt_values_supported": ["none", "login"],
        "acr_values_supported": ["1", "mfa"],
        "ui_locales_supported": ["en", "de"],
    }
    assert {name: document[name] for name in varying} == varying
    assert [name for name in document if "endpoint" in name and name not in varying] == []
