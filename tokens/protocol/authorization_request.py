"""Authorization requests (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1), judged in two stages.

What is wrong with the client or its redirect URI is shown to the person: to redirect would hand the answer to a
stranger. Everything after that goes back to the client.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from tokens.protocol import (
    base64url,
    claims_request,
    permission,
    pkce,
    prompts,
    redirect_uris,
    resources,
    scopes,
    unverified_request_object,
)
from tokens.protocol.claims_mapping import Rule, rules
from tokens.protocol.client_identity import need_not_ask
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import refusal
from tokens.protocol.records import OFFLINE_ACCESS, ClaimsRequest, Client, Pkce
from tokens.protocol.resources import Entitlement
from tokens.protocol.response_modes import RESPONSE_MODES, Sent, can_carry

RESPONSE_TYPES: Mapping[str, str] = {"code": "query"}
"""Each with the response mode that is its default (OAuth 2.0 Multiple Response Type Encoding Practices §2.1)."""
PARAMETERS = frozenset(
    {"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age"}
    | {"code_challenge", "code_challenge_method", "request", "request_uri", "resource", "claims", "acr_values"}
    | {"id_token_hint", "login_hint", "ui_locales", "audience"}
)
"""What is read of a request. `display` and `claims_locales` change nothing here."""
KEPT = PARAMETERS - {"request", "request_uri"}
"""What is kept of one that passed, and waits for a person: it is judged again when they are back, as it is then."""
MAX_NONCE = 512
"""Characters as an ID token spells them: it has room for so many (`id_token.MAX_LENGTH`), and comes back in a URL."""
_SECRET = re.compile(r"[\w-]{43}", re.ASCII)
"""As we make client secrets: one that was put where the id belongs is not repeated on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAddress:
    """Where an answer to the client may go: stage one has passed."""

    redirect_uri: str
    response_mode: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request of this client that passed both stages."""

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    nonce: str | None
    code_challenge: str | None
    prompt: frozenset[str]
    max_age: timedelta | None
    resource: tuple[str, ...]
    claims: ClaimsRequest
    subjects: frozenset[str] | None
    """The only people whom the answer may be about, as this client knows them; None: anybody who signs in."""
    acr: tuple[str, ...] | None
    """The sign-in has to meet one of these; None: any sign-in will do."""
    acr_wished: tuple[str, ...] = ()
    """It should meet one of these (`acr_values`, or `claims`), and any will do."""

    claim_names: tuple[str, ...] = ()
    """What is asked for beyond what the words of the scopes say: sources, as `claims_mapping.Rule` has them."""

    @property
    def asked(self) -> str:
        """What the person is asked to allow, as a short text: the same for the same, in any order."""
        return digest(self.scope, self.claim_names, self.resource)


def digest(*asked: Collection[str]) -> str:
    """Of scopes, claims and resources."""
    return base64url.encode(sha256(json.dumps([sorted(each) for each in asked]).encode()).digest())


def known_client(client_id: str | None, client: Client | None) -> Client:
    """The client that may ask for anything at all. Raises InvalidRequest, to be shown on a page."""
    if client_id is None:
        raise refusal("parameter_missing", name="client_id")
    if client is None and _SECRET.fullmatch(client_id):
        raise refusal("client_id_is_secret")
    if client is None:
        raise refusal("client_unknown", came=client_id)
    if not client.enabled:
        raise refusal("client_disabled", came=client_id)
    return client


def return_address(parameters: Mapping[str, str], client: Client) -> ReturnAddress:
    """Stage one. Raises errors that must be shown on a page, never sent by redirect (RFC 6749 §4.1.2.1)."""
    parameters = unverified_request_object.with_its_address(parameters)
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise refusal("parameter_missing", name="redirect_uri")
    if not redirect_uris.registered(redirect_uri, client.redirect_uris, client.application_type):
        raise _unregistered(redirect_uri, client)
    mode, state = _response_mode(parameters, redirect_uri, client), parameters.get("state")
    if mode == "form_post" and {"\r", "\n"} & set(state or ""):
        raise refusal("state_line_break")
    return ReturnAddress(redirect_uri=redirect_uri, response_mode=mode, state=state)


def judge(
    parameters: Mapping[str, str], client: Client, *, pkce_floor: Pkce, sign_up: bool = False
) -> AuthorizationRequest:
    """Stage two, in the order of the specifications. `pkce_floor`: what every client has to send at least. `sign_up`:
    whether anybody may make an account. Raises errors that go back to the client."""
    _check_support(parameters, client)
    if len(json.dumps(parameters.get("nonce", ""))) > MAX_NONCE + len('""'):
        raise refusal("nonce_too_long", most=MAX_NONCE)
    pkce.check_challenge(parameters.get("code_challenge"), parameters.get("code_challenge_method"))
    entitled = _entitlement(parameters, client)
    openid = scopes.OPENID in entitled.scope
    sent = pkce.protection(parameters.get("code_challenge"), parameters.get("nonce"), openid=openid)
    pkce.check_demand(pkce.demanded(client, pkce_floor), sent, openid=openid)
    prompt, max_age = _prompt(parameters, sign_up=sign_up), _max_age(parameters)
    requested = claims_request.parse(parameters.get("claims"), client)
    # Without openid there is neither an ID token nor a userinfo to put them into.
    claims = requested.claims if openid else ClaimsRequest()
    told = _told(entitled.scope, claims, client) if openid else ()
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=parameters["redirect_uri"],
        scope=entitled.scope,
        nonce=parameters.get("nonce"),
        code_challenge=parameters.get("code_challenge"),
        prompt=prompt,
        max_age=client.default_max_age if max_age is None else max_age,
        resource=entitled.resource,
        claims=replace(claims, mapped=_union(rule.source for rule in told if not rule.is_standard)),
        claim_names=_union(
            rule.source for rule in told if not (rule.scope in entitled.scope and rule.is_said_by_scope)
        ),
        subjects=requested.subjects,
        acr=requested.acr,
        acr_wished=(*(parameters.get("acr_values") or "").split(), *requested.acr_wished),
    )


def answer(address: ReturnAddress, parameters: Mapping[str, str], issuer: str) -> Sent:
    """How an authorization response goes to the client, with `state` and `iss` (RFC 9207)."""
    echoed = {"state": address.state} if address.state is not None else {}
    return RESPONSE_MODES[address.response_mode](address.redirect_uri, {**parameters, **echoed, "iss": issuer})


def _unregistered(redirect_uri: str, client: Client) -> OAuthError:
    """What came, and the registered one that it seems to mean. The others are not told: who knows a client's id need
    not know all its addresses."""
    meant = redirect_uris.near(redirect_uri, client.redirect_uris)
    right = f", and {redirect_uris.quoted(meant)} is" if meant is not None else ""
    return refusal("redirect_uri_unregistered", came=redirect_uris.quoted(redirect_uri), right=right)


def _told(scope: tuple[str, ...], claims: ClaimsRequest, client: Client) -> tuple[Rule, ...]:
    """By name, in the order they are asked for; then by scope."""
    known = rules(client.claims_mapping)
    by_name = [known[name] for name in (*claims.userinfo, *claims.id_token)]
    return (*by_name, *(rule for rule in known.values() if rule.scope in scope))


def _union(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _response_mode(parameters: Mapping[str, str], redirect_uri: str, client: Client) -> str:
    """A mode that cannot carry its own refusal, or is not the client's, gives way to the default one, or to the first
    of the client's, and is refused in stage two."""
    default = RESPONSE_TYPES.get(parameters.get("response_type", ""), "query")
    wanted = (parameters.get("response_mode", default), default, *client.answered_by)
    possible = (mode for mode in wanted if mode in client.answered_by and can_carry(mode, redirect_uri))
    return next(possible, default)


def _check_support(parameters: Mapping[str, str], client: Client) -> None:
    if "request" in parameters:
        raise refusal("request_object")
    if "request_uri" in parameters:
        raise refusal("request_uri")
    if "response_type" not in parameters:
        raise refusal("parameter_missing", name="response_type")
    if parameters["response_type"] not in RESPONSE_TYPES:
        raise refusal("response_type_unsupported", came=parameters["response_type"], right=[*RESPONSE_TYPES])
    if parameters["response_type"] not in client.response_types or "authorization_code" not in client.grant_types:
        raise refusal("response_type_unauthorized", came=parameters["response_type"])
    mode = parameters.get("response_mode", RESPONSE_TYPES[parameters["response_type"]])
    if not can_carry(mode, parameters["redirect_uri"]):
        raise refusal("response_mode_unsupported", came=mode, right=[*RESPONSE_MODES])
    if mode not in client.answered_by:
        raise refusal("response_mode_unauthorized", came=mode, right=client.answered_by)


def _entitlement(parameters: Mapping[str, str], client: Client) -> Entitlement:
    if "scope" not in parameters:
        raise refusal("scope_missing")
    names = scopes.parse(parameters["scope"])
    _check_unknown(names, client)
    resource, audience = resources.parse(parameters.get("resource")), parameters.get("audience", "").split()
    identifiers = resources.named(resource, audience, permission.resources(client.scope))
    entitled = resources.entitlement(names, identifiers, client)
    first_party = need_not_ask(client, parameters["redirect_uri"])
    if first_party and "consent" not in parameters.get("prompt", "").split():
        # OpenID Connect Core §11: nobody was asked whether the client may act while they are away.
        entitled = replace(entitled, scope=tuple(each for each in entitled.scope if each != OFFLINE_ACCESS))
    if not entitled.scope:
        raise refusal("scope_none_left")
    return entitled


def _check_unknown(names: Collection[str], client: Client) -> None:
    """What a client may not have is dropped (RFC 6749 §3.3), and it is told by the `scope` of its tokens. It is refused
    where somebody is still writing the client, where nothing is left, and where the names were joined by commas."""
    may_have = permission.names(client.scope)
    unknown = [name for name in names if name not in may_have]
    joined = any("," in name for name in unknown)
    if unknown and (client.development or joined or len(unknown) == len(names)):
        raise refusal("scope_unknown", came=" ".join(unknown), right=" ".join(may_have))


def _prompt(parameters: Mapping[str, str], *, sign_up: bool) -> frozenset[str]:
    text = parameters.get("prompt", "")
    prompt = frozenset(text.split())
    supported = prompts.values(sign_up=sign_up)
    if not prompt <= frozenset(supported):
        raise refusal("prompt_unsupported", came=text, right=supported)
    if prompts.NONE in prompt and len(prompt) > 1:
        raise refusal("prompt_none_combined")
    if prompts.CREATE in prompt and len(prompt) > 1:
        # It asks for what the others exclude (Initiating User Registration via OpenID Connect 1.0 §4).
        raise refusal("prompt_create_combined")
    return prompt


def _max_age(parameters: Mapping[str, str]) -> timedelta | None:
    text = parameters.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise refusal("max_age_form", came=text)
    return timedelta(seconds=int(text))
