"""The claims of a request, as a column holds them."""

from collections.abc import Mapping
from typing import Any

from tokens.protocol.records import ClaimsRequest


def claims_request(value: Mapping[str, Any]) -> ClaimsRequest:
    """Name by name: it may come from a node of the version before or after this one."""
    return ClaimsRequest(userinfo=tuple(value.get("userinfo", ())), id_token=tuple(value.get("id_token", ())))
