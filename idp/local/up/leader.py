"""Which beat leads: the one whose log was the last to say that it got the lock, for as long as that process runs."""

from collections.abc import Mapping
from pathlib import Path

GOT, LEFT = "beat: leading", "beat: Releasing lock"


class Leader:
    """Reads the beats' logs as they grow. `name` is the leader's, None while nobody leads."""

    def __init__(self, logs: Mapping[str, Path]) -> None:
        self._logs = logs
        self._read = dict.fromkeys(logs, 0)
        self.name: str | None = None
        self._pid = 0

    def look(self, running: Mapping[str, int]) -> bool:
        """Whether it changed. `running`: the process ids of the beats that run, by name."""
        before = self.name
        if self.name is not None and running.get(self.name) != self._pid:
            self.name = None
        for name in self._logs:
            self._follow(name, running)
        return self.name != before

    def _follow(self, name: str, running: Mapping[str, int]) -> None:
        for line in self._new_lines(name):
            if GOT in line and name in running:
                self.name, self._pid = name, running[name]
            elif LEFT in line and self.name == name:
                self.name = None

    def _new_lines(self, name: str) -> list[str]:
        if not self._logs[name].exists():
            return []
        with open(self._logs[name], "rb") as log:
            log.seek(self._read[name])
            # What has no end yet is read with its end.
            finished = log.read().rpartition(b"\n")[0]
        self._read[name] += len(finished) + 1 if finished else 0
        return finished.decode(errors="replace").splitlines()
