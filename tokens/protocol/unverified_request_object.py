"""A request object (OpenID Connect Core §6.1, RFC 9101) that is refused, read for where the refusal goes.

Nobody has verified it, as nobody verifies a query: it says where and how the client waits, and only a redirect URI that
is registered for that client lets an answer go there.
"""

from collections.abc import Mapping

from joserfc.util import urlsafe_b64decode

from tokens.protocol.jose import json_object

NAMES = ("redirect_uri", "response_mode", "state")


def with_its_address(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters, with what the object says of these in place of what stands next to it (§6.1): but for the
    redirect URI, which it gives only where none does. As they are where there is no object, or none that can be read.
    Its length is bounded by the whole request's."""
    said = _read(parameters.get("request", ""))
    if "redirect_uri" in parameters:
        said.pop("redirect_uri", None)
    return {**parameters, **said}


def _read(request: str) -> dict[str, str]:
    try:
        _, claims, _ = request.encode("ascii").split(b".")
        members = json_object(urlsafe_b64decode(claims))
    except ValueError:
        return {}
    return {name: members[name] for name in NAMES if _is_parameter(members.get(name))}


def _is_parameter(value: object) -> bool:
    """Whether a form or a query could have brought it."""
    if not isinstance(value, str) or not value or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        return False
    return True
