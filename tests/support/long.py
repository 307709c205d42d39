"""How much a test tries: less in `manage.py test`, all of it in `manage.py test --long`, which .ci/run calls."""

import os


def tries(short: int, long: int) -> int:
    """How many examples of a property, or rounds, this run takes."""
    return long if os.environ.get("TEST_LONG") else short
