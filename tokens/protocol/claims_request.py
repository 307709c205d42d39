"""The claims parameter (OpenID Connect Core §5.5): claims asked for one by one, and whom the answer has to be about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokens.protocol.claims_mapping import rules
from tokens.protocol.jose import json_object
from tokens.protocol.reasons import refusal
from tokens.protocol.records import ClaimsRequest, Client

MAX_LENGTH = 8000
"""Characters: as long as the whole request that it is a part of may be."""

Members = Mapping[str, Mapping[str, Any]]
"""A claim's name → what is asked of it: `essential`, `value`, `values`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """`subjects`: the only people whom the answer may be about, as this client knows them; `acr`: of which one has to
    be met. None: any will do. `acr_wished`: of which one should be, and any will do."""

    claims: ClaimsRequest
    subjects: frozenset[str] | None
    acr: tuple[str, ...] | None
    acr_wished: tuple[str, ...] = ()


def parse(text: str | None, client: Client) -> Requested:
    """What the parameter asks for; what we do not know, or the client may not have, is ignored. Raises InvalidRequest.

    A claim is the client's to ask for where it may have the scope that covers it: its scope is its permission.
    """
    if text is None:
        return Requested(claims=ClaimsRequest(), subjects=None, acr=None)
    if len(text) > MAX_LENGTH:
        raise refusal("claims_too_long", most=MAX_LENGTH)
    try:
        document = json_object(text.encode())
    except ValueError:
        raise refusal("claims_malformed") from None
    userinfo, id_token = _members(document.get("userinfo")), _members(document.get("id_token"))
    acr = id_token.get("acr", {})
    is_essential, values = acr.get("essential", False), _values(acr)
    return Requested(
        claims=ClaimsRequest(userinfo=_names(userinfo, client), id_token=_names(id_token, client)),
        subjects=both(_subjects(userinfo), _subjects(id_token)),
        # §5.5.1.1: what is not essential is answered with what there is.
        acr=values if is_essential else None,
        acr_wished=() if is_essential else values or (),
    )


def both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Those whom both allow."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _members(place: object) -> Members:
    if place is None:
        return {}
    if not isinstance(place, dict):
        raise refusal("claims_malformed")
    return {name: _member(member) for name, member in place.items()}


def _member(member: object) -> Mapping[str, Any]:
    if member is None:
        return {}
    if not isinstance(member, dict) or not isinstance(member.get("essential", False), bool):
        raise refusal("claims_malformed")
    if "values" in member and (not isinstance(member["values"], list) or not member["values"]):
        raise refusal("claims_malformed")
    return member


def _names(members: Members, client: Client) -> tuple[str, ...]:
    known = rules(client.claims_mapping)
    return tuple(name for name in members if name in known and known[name].scope in client.scope)


def _subjects(members: Members) -> frozenset[str] | None:
    values = _values(members.get("sub", {}))
    return frozenset(values) if values is not None else None


def _values(member: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The values that would do; None where any would. What is no text equals nothing of ours."""
    if "value" not in member and "values" not in member:
        return None
    values = [*member.get("values", ()), *([member["value"]] if "value" in member else ())]
    return tuple(value for value in values if isinstance(value, str))
