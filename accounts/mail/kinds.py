"""The kinds of mail: a line each, and a folder of the same name in `templates/mail/` with `subject.txt`, `body.txt` and
`body.html`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    has_code: bool = False
    """Whether it has a code in it: then its row ends with the code, and nothing is kept of it."""


KINDS: Mapping[str, Kind] = {
    # To whose password was changed. `by`: self, link or staff.
    "password_changed": Kind(),
    # To who has a factor more, or less. `factor`: which kind; `name`: what they call it.
    "factor_added": Kind(),
    "factor_removed": Kind(),
    # To who signed in where they never did before. `source`: the address that it came from.
    "new_device": Kind(),
    # To whose passkey was used by two authenticators.
    "passkey_copied": Kind(),
    # To who wants to choose a new password, with the code that proves the address.
    "password_reset": Kind(has_code=True),
    # To an address that somebody wants to be theirs, with the code that proves it.
    "address_change": Kind(has_code=True),
    # To both addresses of whose address was changed. `username`: as it was at that address.
    "address_changed": Kind(),
    # To who has an address already that somebody else asked for.
    "address_taken": Kind(),
    # To an address that somebody wants an account for, with the code that proves it.
    "sign_up": Kind(has_code=True),
    # To who may make an account, with the link that proves the address.
    "invitation": Kind(has_code=True),
    # To whom `doctor --mail-to` names. No row is written of it.
    "trial": Kind(),
}


def without_a_code() -> list[str]:
    """Their names."""
    return [name for name, kind in KINDS.items() if not kind.has_code]
