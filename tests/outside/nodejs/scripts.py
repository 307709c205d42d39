"""The Node scripts of this folder, and what of npm's packages they need.

package.json and its lockfile pin the packages, tests.servers.nodejs installs them. To pin other versions: change
package.json, then `npm install --package-lock-only` here; .npmrc keeps the lockfile free of addresses.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.local.processes import stop
from tests.servers import nodejs

FOLDER = Path(__file__).parent


def command(script: str, *arguments: str) -> list[str]:
    """Its command line; the script finds the packages by its first argument."""
    return [str(nodejs.executable()), str(FOLDER / script), str(nodejs.packages(FOLDER)), *arguments]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A script that answers each line of JSON with a line of JSON."""

    process: subprocess.Popen[bytes]

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.process.args!r} ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def conversation(script: str) -> Iterator[Conversation]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command(script), stdin=pipe, stdout=pipe, start_new_session=True) as process:
        try:
            yield Conversation(process)
        finally:
            stop(process)
