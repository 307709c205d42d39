"""Somebody who may do all: a process of its own, so that no form and no start-up stands between an act and the race."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.servers.nodes import Cluster


@dataclass(frozen=True, slots=True)
class Admin:
    """Every act is done when it returns."""

    process: subprocess.Popen[str]

    def client(self, kind: str, name: str, redirect_uri: str) -> dict[str, str]:
        """Its client_id and, of a confidential one, client_secret."""
        uris = ("--redirect-uri", redirect_uri)
        client: dict[str, str] = json.loads(self.say("manage", "createclient", "--kind", kind, "--name", name, *uris))
        return client

    def superuser(self, username: str, email: str) -> None:
        """With the password that DJANGO_SUPERUSER_PASSWORD says."""
        self.say("manage", "createsuperuser", "--noinput", "--username", username, "--email", email)

    def disable(self, username: str) -> None:
        self.say("active", username, False)

    def enable(self, username: str) -> None:
        self.say("active", username, True)

    def set_password(self, username: str, password: str) -> None:
        self.say("password", username, password)

    def end(self, sid: str) -> None:
        """Ends one sign-in."""
        self.say("end", sid)

    def end_all(self, username: str) -> None:
        self.say("end_all", username)

    def clean_up(self) -> None:
        self.say("manage", "cleanup")

    def say(self, *words: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        heard = self.process.stdout.readline()
        assert heard, "the administrator's process ended"
        return json.loads(heard)


@contextlib.contextmanager
def admin(cluster: Cluster, **environ: str) -> Iterator[Admin]:
    command = [sys.executable, "-m", "tests.drills.desk"]
    settings = {**cluster.environ, **environ}
    with subprocess.Popen(command, env=settings, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        administrator = Admin(process)
        administrator.hear()
        try:
            yield administrator
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
