"""Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2)."""

from tests.support.builders import ISSUER
from tokens.protocol.client_authentication import CONFIDENTIAL, METHODS
from tokens.protocol.metadata import metadata


def test_the_document_says_what_it_is_given_and_what_the_protocol_does() -> None:
    endpoints = {"token_endpoint": "/token", "jwks_uri": "/jwks"}
    document = metadata(
        ISSUER,
        endpoints,
        ["authorization_code"],
        ["ES256"],
        auth_methods={
            "token_endpoint": METHODS,
            "introspection_endpoint": CONFIDENTIAL,
            "revocation_endpoint": METHODS,
        },
        acr_values=["1", "mfa"],
        ui_locales=["en", "de"],
    )
    assert document == {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks",
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": [
            *("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "introspection_endpoint_auth_methods_supported": [
            *("client_secret_basic", "client_secret_post", "private_key_jwt")
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "revocation_endpoint_auth_methods_supported": [
            *("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
        ],
        "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["1", "mfa"],
        "ui_locales_supported": ["en", "de"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
            *("name", "given_name", "family_name", "preferred_username", "updated_at", "email", "email_verified"),
        ],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
