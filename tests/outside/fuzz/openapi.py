"""The endpoints as an OpenAPI document: what a generator of requests needs to know, and what answers must be like."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.messages import FORM_TYPE

JSON = "application/json"
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string", "pattern": "^[a-z_]+$"},
        # RFC 6749 §5.2.
        "error_description": {"type": "string", "pattern": r"^[\x20-\x21\x23-\x5B\x5D-\x7E]*$"},
        "error_uri": {"type": "string", "pattern": r"^[\x21\x23-\x5B\x5D-\x7E]+$"},
    },
    "additionalProperties": False,
}
TEXT: Mapping[str, Any] = {"type": "string"}


def document(client_id: str, client_secret: str, redirect_uri: str, tokens: Sequence[str]) -> dict[str, Any]:
    """For a client that is registered, so that requests get past its authentication, and tokens that it holds."""
    who = {"client_id": _mostly(client_id), "client_secret": _mostly(client_secret)}
    token = {"token": _mostly(*tokens), "token_type_hint": _mostly("access_token", "refresh_token")}
    granting = {
        "grant_type": _mostly("authorization_code", "refresh_token", "client_credentials", "password"),
        "refresh_token": _mostly(*tokens),
        **dict.fromkeys(("code", "code_verifier", "scope", "resource", "username", "assertion"), TEXT),
        "redirect_uri": _mostly(redirect_uri),
    }
    asking = {
        "client_id": _mostly(client_id),
        "redirect_uri": _mostly(redirect_uri),
        "response_type": _mostly("code", "token", "code id_token"),
        "response_mode": _mostly("query", "fragment", "form_post"),
        "prompt": _mostly("none", "login", "consent", "select_account"),
        "code_challenge_method": _mostly("S256", "plain"),
        "id_token_hint": _mostly(*tokens),
        **dict.fromkeys(("scope", "state", "nonce", "code_challenge", "max_age", "claims", "resource"), TEXT),
        **dict.fromkeys(("request", "request_uri", "acr_values", "ui_locales", "login_hint", "interaction"), TEXT),
    }
    leaving = {"id_token_hint": _mostly(*tokens), "client_id": _mostly(client_id), "state": TEXT}
    leaving["post_logout_redirect_uri"] = _mostly(redirect_uri)
    return {
        "openapi": "3.1.0",
        "info": {"title": "What the provider answers", "version": "1"},
        "paths": {
            "/oauth2/token": {"post": _form(granting | who, _json(200, 400, 401))},
            "/oauth2/introspect": {"post": _form(token | who, _json(200, 400, 401))},
            "/oauth2/revoke": {"post": _form(token | who, _json(200, 400, 401, empty=200))},
            "/oauth2/userinfo": {
                "get": {"parameters": [_bearer(tokens)], "responses": _json(200, 400, 401, 403)},
                "post": _form({"access_token": _mostly(*tokens)}, _json(200, 400, 401, 403)),
            },
            "/oauth2/authorize": {"get": _query(asking), "post": _form(asking, _page())},
            "/oauth2/consent": {"get": _query({"interaction": TEXT})},
            "/oauth2/logout": {"get": _query(leaving), "post": _form(leaving, _page())},
            "/oauth2/jwks": {"get": {"responses": {"200": {"description": "keys"}}}},
            "/.well-known/openid-configuration": {"get": {"responses": _json(200)}},
            "/.well-known/oauth-authorization-server": {"get": {"responses": _json(200)}},
        },
    }


def _mostly(*values: str) -> dict[str, Any]:
    """One of these, or any text at all."""
    return {"anyOf": [{"enum": list(values)}, TEXT]}


def _form(properties: Mapping[str, Any], responses: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"content": {FORM_TYPE: {"schema": schema}}}, "responses": responses}


def _query(properties: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
    return {"parameters": parameters, "responses": _page()}


def _bearer(tokens: Sequence[str]) -> dict[str, Any]:
    schema = {"anyOf": [{"enum": [f"Bearer {token}" for token in tokens]}, {"type": "string"}]}
    return {"name": "Authorization", "in": "header", "schema": schema}


def _json(*statuses: int, empty: int | None = None) -> dict[str, Any]:
    told = {status: {"description": "an error", "content": {JSON: {"schema": ERROR}}} for status in statuses}
    told[200] = {"description": "done"} if empty == 200 else {"description": "done", "content": {JSON: {"schema": {}}}}
    return {str(status): answer for status, answer in told.items()}


def _page() -> dict[str, Any]:
    """A page, or a redirect."""
    page = {"description": "a page", "content": {"text/html": {"schema": {"type": "string"}}}}
    return {"200": page, "303": {"description": "onwards"}, "400": page, "403": page}
