"""Why a request is refused: one table of all reasons, from which the error, its description, the line in the log, the
page of errors and docs/errors.md are made."""

import re
from collections.abc import Mapping

from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import access, authorization, clients, forms, grants, scopes
from tokens.protocol.reasons.reason import Reason

MOST = 250
"""Characters of what came that a description repeats."""
_UNSAYABLE = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")
"""What no description may have (RFC 6749 §5.2)."""

REASONS: Mapping[str, Reason] = {
    **forms.REASONS,
    **clients.REASONS,
    **authorization.REASONS,
    **scopes.REASONS,
    **grants.REASONS,
    **access.REASONS,
}
"""The name → the reason, in the order in which a developer meets them."""


def refusal(name: str, /, **came: object) -> OAuthError:
    """The error of the reason, with what came and what would be right in its words."""
    reason = REASONS[name]
    shown = {placeholder: quotable(value) for placeholder, value in came.items()}
    return reason.error(reason.says.format(**shown), name)


def quotable(value: object) -> str:
    """What a request sent, or what is known of its client, as a description may repeat it: printable ASCII without
    quotes and backslashes, at most MOST characters. A list has commas."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return _UNSAYABLE.sub("?", text[:MOST]) + ("..." if len(text) > MOST else "")
