"""Static files looked up once for all tests of a process.

Each client of Django's has middleware of its own, and WhiteNoise's looks at every file when it is made: of a test that
asks one endpoint, that was two thirds of the time.
"""

from collections.abc import Iterator

import pytest
from whitenoise.base import WhiteNoise


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    look = WhiteNoise.update_files_dictionary
    kept: dict[tuple[str, str], dict[str, object]] = {}

    def looked_up_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in kept:
            before = self.files
            self.files = {}
            look(self, root, prefix)
            kept[root, prefix] = self.files
            self.files = before
        self.files.update(kept[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", looked_up_once)
        yield
