"""Python looks for this module when it starts. In such a process a password is judged as ever, and never in less than
so many seconds: how many are judged in a while depends on the machine's speed no more."""

import os
import time
from typing import Any

from argon2 import PasswordHasher

SECONDS = float(os.environ["TEST_PASSWORD_SECONDS"])
_verify = PasswordHasher.verify


def _slowly(*arguments: Any) -> Any:
    end = time.monotonic() + SECONDS
    try:
        return _verify(*arguments)
    finally:
        time.sleep(max(0.0, end - time.monotonic()))  # the work takes so long


PasswordHasher.verify = _slowly  # type: ignore[assignment, method-assign]  # of this process
