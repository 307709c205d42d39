"""Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2), built from what is really switched on."""

from collections.abc import Iterable, Mapping

from tokens.protocol import client_auth, jwks, pkce
from tokens.protocol.authorization_request import PROMPTS, RESPONSE_TYPES
from tokens.protocol.response_modes import RESPONSE_MODES
from tokens.protocol.scopes import SUPPORTED
from tokens.protocol.subject import SUBJECT_TYPES

CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid")
"""Those of a sign-in, which every ID token may have."""


def metadata(
    issuer: str,
    endpoints: Mapping[str, str],
    grant_types: Iterable[str],
    signing_algs: Iterable[str],
    claims: Iterable[str],
) -> dict[str, object]:
    """`endpoints`: the member's name (`token_endpoint`, `jwks_uri` …) → path on the issuer. `claims`: of the person."""
    methods, signing_algs = list(client_auth.METHODS), list(signing_algs)
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in endpoints.items()},
        "scopes_supported": list(SUPPORTED),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(grant_types),
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": signing_algs,
        "userinfo_signing_alg_values_supported": signing_algs,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(jwks.ALGS),
        "introspection_endpoint_auth_methods_supported": [each for each in methods if each != client_auth.NONE],
        "introspection_endpoint_auth_signing_alg_values_supported": list(jwks.ALGS),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(jwks.ALGS),
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": [*CLAIMS, *claims],
        "code_challenge_methods_supported": list(pkce.METHODS),
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
