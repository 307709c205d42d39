"""What is asked of both sides, as the Lua that peers.lua runs."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from peers_sides import JWT, Side
from peers_wrk import Case

from tests.support.messages import FORM_TYPE, NOWHERE, VERIFIER, Registered, basic, bearer

FORM = {"Content-Type": FORM_TYPE}
Request = tuple[Mapping[str, str], str | None]
"""Headers and body."""


def cases(side: Side) -> dict[str, Case]:
    """The cases by name. Somebody signs in, and consents, before the first."""
    tokens = [side.tokens(side.web) for _ in range(8)]
    side.tokens(side.spa)
    opaque = [side.post(side.opaque, side.machine)["access_token"] for _ in range(4)]
    jwt = {"grant_type": "client_credentials", "resource": JWT, "scope": "read"}
    get, post = partial(_requests, "GET"), partial(_requests, "POST")
    introspected = [_form(side.web, {"token": each["access_token"]}) for each in tokens]
    refresh = [{"grant_type": "refresh_token", "refresh_token": each["refresh_token"]} for each in tokens]
    scripts: Mapping[str, Callable[[], str]] = {
        "discovery": get("/.well-known/openid-configuration", [({}, None)], "issuer"),
        "JWK Set": get(side.jwks, [({}, None)], "keys"),
        "client_credentials, opaque": post(side.token, [_form(side.machine, side.opaque)], "access_token"),
        "client_credentials, JWT ES256": post(side.token, [_form(side.machine, jwt)], "access_token"),
        "introspection, opaque": post(
            side.introspect, [_form(side.machine, {"token": token}) for token in opaque], '"active":'
        ),
        "introspection, the flow's token": post(side.introspect, introspected, '"active":'),
        "userinfo": get(side.userinfo, [(bearer(each["access_token"]), None) for each in tokens], '"sub"'),
        "refresh, confidential": post(side.token, [_form(side.web, form) for form in refresh], "access_token"),
    }
    flows = {
        "refresh, public, rotated": Case(partial(_rotation, side), threads=4, connections=4),
        "code flow with userinfo": Case(partial(_flow, side), threads=4, connections=4),
    }
    return {name: Case(script) for name, script in scripts.items()} | flows


def _form(client: Registered, form: Mapping[str, str]) -> Request:
    return {**FORM, **basic(client.client_id, client.client_secret)}, urlencode(form)


def _requests(method: str, path: str, sent: Sequence[Request], good: str) -> Callable[[], str]:
    """The same few requests over and over; an answer is good if it is 200 and holds the text."""
    return lambda: (
        f"""
local sent = {_lua([list(request) for request in sent])}
return {{
  start = function(id) return {{n = id}} end,
  request = function(state)
    state.n = state.n + 1
    local headers, body = unpack(sent[state.n % #sent + 1], 1, 2)
    return wrk.format({_lua(method)}, {_lua(path)}, headers, body)
  end,
  response = function(state, status, headers, body)
    return status == 200 and body:find({_lua(good)}, 1, true) ~= nil
  end,
}}"""
    )


def _rotation(side: Side) -> str:
    """Each thread refreshes with what the last refresh gave it."""
    tokens = [side.tokens(side.spa)["refresh_token"] for _ in range(4)]
    form = urlencode({"grant_type": "refresh_token", "client_id": side.spa.client_id, "refresh_token": ""})
    return f"""
local tokens = {_lua(tokens)}
return {{
  start = function(id) return {{token = tokens[id + 1]}} end,
  request = function(state)
    return wrk.format("POST", {_lua(side.token)}, {_lua(FORM)}, {_lua(form)} .. state.token)
  end,
  response = function(state, status, headers, body)
    local token = body:match('"refresh_token":%s*"([^"]+)"')
    if token then state.token = token end
    return token ~= nil
  end,
}}"""


def _flow(side: Side) -> str:
    """Authorization request, code exchange, userinfo, in turn; finished after the third."""
    headers = {**FORM, **basic(side.web.client_id, side.web.client_secret)}
    form = {"grant_type": "authorization_code", "redirect_uri": NOWHERE, "code_verifier": VERIFIER, "code": ""}
    return f"""
return {{
  start = function(id) return {{step = 0}} end,
  request = function(state)
    if state.step == 0 then
      return wrk.format("GET", {_lua(side.request(side.web))}, {_lua({"Cookie": side.person.cookies()})})
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
    else
      return status == 200 and body:find('"sub"', 1, true) ~= nil
    end
    state.step = step + 1
  end,
}}"""


def _lua(value: Any) -> str:
    """A JSON value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"[{_lua(name)}]={_lua(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(_lua, value)) + "}"
    return json.dumps(value)
