"""What is asked of every side, as the Lua that peers.lua runs.

A row says what is signed with what, and each side's answer is looked at before it is measured: what is compared is of
the same form. Tokens are new for each measuring, so that none has expired.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from peers_sides import OPAQUE, Side
from peers_wrk import Case

from tests.support.messages import FORM_TYPE, NOWHERE, VERIFIER, Registered, basic, bearer

FORM = {"Content-Type": FORM_TYPE}
FEW = 4
"""Threads, each with one connection, whose requests follow from one another."""
TOKENS = 8
"""That are shown in turn."""
ACTIVE = '"active":%s*true'
Request = tuple[Mapping[str, str], str | None]
"""Headers and body."""
Named = Iterator[tuple[str, Case]]


def cases(side: Side) -> dict[str, Case]:
    """The cases that the side can answer, by name."""
    groups = (_documents, _machines, _shown, _refreshes, _flows)
    return {name: case for group in groups for name, case in group(side)}


def _documents(side: Side) -> Named:
    yield "discovery", Case(partial(_get, "/.well-known/openid-configuration", [({}, None)], "issuer"))
    yield "JWK Set", Case(partial(_get, side.jwks, [({}, None)], "keys"))


def _machines(side: Side) -> Named:
    for api in side.apis:
        yield f"client_credentials, {_called(api)}", Case(partial(_client_credentials, side, api))


def _client_credentials(side: Side, api: str) -> str:
    form = {"grant_type": "client_credentials", **side.apis[api]}
    _checked(side.post(form, side.machine), api)
    return _post(side.token, [_form(side.machine, form)], "access_token")


def _shown(side: Side) -> Named:
    """Access tokens are shown. Those that a JWT says all of come last: not every side takes them."""
    yield "introspection, a client's, opaque", Case(partial(_introspection_of_machine, side))
    for api in ["", *(api for api in side.apis if api != OPAQUE and side.reads_jwts)]:
        yield f"introspection, somebody's, {_called(api or OPAQUE)}", Case(partial(_introspection, side, api))
        yield f"userinfo, {_called(api or OPAQUE)}", Case(partial(_userinfo, side, api))


def _introspection_of_machine(side: Side) -> str:
    form = {"grant_type": "client_credentials", **side.apis[OPAQUE]}
    tokens = [_checked(side.post(form, side.machine), OPAQUE)["access_token"] for _ in range(TOKENS)]
    return _post(side.introspect, [_form(side.machine, {"token": token}) for token in tokens], ACTIVE)


def _introspection(side: Side, api: str) -> str:
    web = side.web["RS256"]
    return _post(side.introspect, [_form(web, {"token": token}) for token in _access_tokens(side, api)], ACTIVE)


def _userinfo(side: Side, api: str) -> str:
    return _get(side.userinfo, [(bearer(token), None) for token in _access_tokens(side, api)], '"sub"')


def _access_tokens(side: Side, api: str) -> list[str]:
    tokens = [_checked(side.tokens(side.web["RS256"], api), api or OPAQUE, "RS256") for _ in range(TOKENS)]
    return [each["access_token"] for each in tokens]


def _refreshes(side: Side) -> Named:
    for alg in side.web:
        for api in ["", *({alg} & side.apis.keys())]:
            name = f"refresh, confidential, {_called(api or OPAQUE)}, ID token {alg}"
            yield name, Case(partial(_refresh, side, alg, api))
    for alg in side.spa:
        yield f"refresh, public, rotated, opaque, ID token {alg}", Case(partial(_rotation, side, alg), FEW, FEW)


def _refresh(side: Side, alg: str, api: str) -> str:
    tokens = [side.tokens(side.web[alg], api)["refresh_token"] for _ in range(TOKENS)]
    forms = [{"grant_type": "refresh_token", "refresh_token": token} for token in tokens]
    _checked(side.post(forms[0], side.web[alg]), api or OPAQUE, alg)
    return _post(side.token, [_form(side.web[alg], form) for form in forms], "access_token")


def _rotation(side: Side, alg: str) -> str:
    """Each thread refreshes with what the last refresh gave it."""
    client = side.spa[alg]
    tokens = [side.tokens(client)["refresh_token"] for _ in range(FEW)]
    form = {"grant_type": "refresh_token", "client_id": client.client_id, "refresh_token": ""}
    rotated = _checked(side.post({**form, "refresh_token": tokens[0]}, client), OPAQUE, alg)["refresh_token"]
    assert rotated != tokens[0]
    return f"""
local tokens = {_lua([rotated, *tokens[1:]])}
return {{
  start = function(id) return {{token = tokens[id + 1]}} end,
  request = function(state)
    return wrk.format("POST", {_lua(side.token)}, {_lua(FORM)}, {_lua(urlencode(form))} .. state.token)
  end,
  response = function(state, status, headers, body)
    local token = body:match('"refresh_token":%s*"([^"]+)"')
    if token then state.token = token end
    return token ~= nil
  end,
}}"""


def _flows(side: Side) -> Named:
    code = Case(partial(_flow, side, "RS256", "", 1), FEW, FEW)
    yield "authorization request, signed in", code
    for alg in side.web:
        yield f"code flow, opaque, ID token {alg}, userinfo", Case(partial(_flow, side, alg, "", 3), FEW, FEW)
        if alg in side.apis:
            yield f"code flow, JWT {alg}, ID token {alg}", Case(partial(_flow, side, alg, alg, 2), FEW, FEW)


def _flow(side: Side, alg: str, api: str, steps: int) -> str:
    """Authorization request, code exchange, userinfo in turn; finished after so many steps of them."""
    client = side.web[alg]
    _checked(side.tokens(client, api), api or OPAQUE, alg)
    headers = {**FORM, **basic(client.client_id, client.client_secret)}
    form = {"grant_type": "authorization_code", "redirect_uri": NOWHERE, "code_verifier": VERIFIER, "code": ""}
    return f"""
return {{
  start = function(id) return {{step = 0}} end,
  request = function(state)
    if state.step == 0 then
      return wrk.format("GET", {_lua(side.request(client, api))}, {_lua({"Cookie": side.person.cookies()})})
    elseif state.step == 1 then
      return wrk.format("POST", {_lua(side.token)}, {_lua(headers)}, {_lua(urlencode(form))} .. state.code)
    end
    return wrk.format("GET", {_lua(side.userinfo)}, {{["Authorization"] = "Bearer " .. state.token}})
  end,
  response = function(state, status, headers, body)
    local step = state.step
    state.step = 0
    if step == 0 then
      state.code = (headers["Location"] or headers["location"] or ""):match("[?&]code=([^&]+)")
      if not state.code then return false end
    elseif step == 1 then
      state.token = body:find('"id_token"', 1, true) and body:match('"access_token":%s*"([^"]+)"')
      if not state.token then return false end
    elseif status ~= 200 or not body:find('"sub"', 1, true) then
      return false
    end
    if step + 1 == {steps} then return true end
    state.step = step + 1
  end,
}}"""


def _called(api: str) -> str:
    return api if api == OPAQUE else f"JWT {api}"


def _checked(tokens: Mapping[str, Any], api: str, alg: str = "") -> Mapping[str, Any]:
    """The token response, if its access token is of the format `api` and its ID token, if any, signed with `alg`."""
    found = (_format(tokens["access_token"]), _format(tokens["id_token"]) if "id_token" in tokens else "")
    assert found == (api, alg), f"answered {found}, not {(api, alg)}"
    return tokens


def _format(token: str) -> str:
    header, *rest = token.split(".")
    if len(rest) != 2:
        return OPAQUE
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"])


def _form(client: Registered, form: Mapping[str, str]) -> Request:
    return {**FORM, **basic(client.client_id, client.client_secret)}, urlencode(form)


def _requests(method: str, path: str, sent: Sequence[Request], good: str) -> str:
    """The same few requests over and over; an answer is good if it is 200 and Lua's pattern is found in it."""
    return f"""
local sent = {_lua([list(request) for request in sent])}
return {{
  start = function(id) return {{n = id}} end,
  request = function(state)
    state.n = state.n + 1
    local headers, body = unpack(sent[state.n % #sent + 1], 1, 2)
    return wrk.format({_lua(method)}, {_lua(path)}, headers, body)
  end,
  response = function(state, status, headers, body)
    return status == 200 and body:find({_lua(good)}) ~= nil
  end,
}}"""


_get, _post = partial(_requests, "GET"), partial(_requests, "POST")


def _lua(value: Any) -> str:
    """A JSON value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"[{_lua(name)}]={_lua(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(_lua, value)) + "}"
    return json.dumps(value)
