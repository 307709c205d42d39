"""What the tests of scheduled work stand on."""

from tests.support.fixtures import committed

__all__ = ["committed"]
