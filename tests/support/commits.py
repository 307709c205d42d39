"""What waits for a commit, in a test whose transaction is never committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import Atomic


@contextmanager
def commits() -> Iterator[None]:
    """Within it, each block of the product's that nothing but the test's own is around ends as if it were committed."""
    leave = Atomic.__exit__

    def left(block: Atomic, error_type: Any, error: Any, trace: Any) -> None:
        leave(block, error_type, error, trace)
        connection = transaction.get_connection(block.using)
        of_test = all(getattr(each, "_from_testcase", False) for each in connection.atomic_blocks)
        while error_type is None and connection.in_atomic_block and of_test and connection.run_on_commit:
            _, work, _ = connection.run_on_commit.pop(0)
            work()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Atomic, "__exit__", left)
        yield
