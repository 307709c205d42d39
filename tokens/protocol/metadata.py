"""Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2), built from what is really switched on."""

from collections.abc import Iterable, Mapping

from tokens.protocol import jwks, pkce
from tokens.protocol.authorization_request import RESPONSE_TYPES
from tokens.protocol.response_modes import RESPONSE_MODES
from tokens.protocol.scopes import CLAIMS, SUPPORTED
from tokens.protocol.subject import SUBJECT_TYPES

CLAIMS_SUPPORTED = (
    *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
    *CLAIMS,
)


def metadata(
    issuer: str,
    endpoints: Mapping[str, str],
    grant_types: Iterable[str],
    signing_algs: Iterable[str],
    *,
    auth_methods: Mapping[str, Iterable[str]],
    prompt_values: Iterable[str],
    acr_values: Iterable[str],
    ui_locales: Iterable[str],
) -> dict[str, object]:
    """`endpoints`: the member (`token_endpoint`, `jwks_uri` …) → path on the issuer; `auth_methods`: that member → the
    methods by which clients authenticate there (RFC 8414 §2)."""
    signing_algs = list(signing_algs)
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
        **{f"{name}_auth_methods_supported": list(methods) for name, methods in auth_methods.items()},
        **{f"{name}_auth_signing_alg_values_supported": list(jwks.ALGS) for name in auth_methods},
        "prompt_values_supported": list(prompt_values),
        "acr_values_supported": list(acr_values),
        "ui_locales_supported": list(ui_locales),
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS_SUPPORTED),
        "code_challenge_methods_supported": list(pkce.CODE_CHALLENGE_METHODS),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
