"""Passwords are hashed with the least work within a test's own process: what is asked is whose password it is.

Hundreds of tests sign somebody in, and the work of one real hash is that of ten requests. Processes that a test starts
do all of it, as a node does.
"""

from collections.abc import Iterator

import pytest

from accounts.sign_in.hashers import Argon2

LEAST = 16
"""KiB: other than those of all hashes that the tests import."""


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2, "memory_cost", LEAST)
        yield
