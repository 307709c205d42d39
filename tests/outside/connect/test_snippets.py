"""Each snippet that can be run is run as it was shown, against a live provider, and somebody signs in there."""

import json
import os
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest

from idp.local.processes import running, start, wait_until
from tests.outside.connect.surroundings import RUN, Surroundings
from tests.outside.parties.environment import environment
from tests.support.people import EMAIL, USERNAME
from tests.support.person import Page, Person

FILE = re.compile(r"^`([^`\n]+)`:\n\n```[a-z]+\n(.*?)^```$", re.M | re.S)
TRACE = re.compile(r"Traceback|\bat \S+ \(|^\s+at ", re.M)
"""Of Python's and of Node's, in a log or on a page."""
AGAIN = re.compile(r'<a href="([^"]+)">Try again</a>')
MARKUP = "<b>no</b>"
NOWHERE = "nowhere:"
SECONDS = 180.0
"""Only to end what hangs: some read half a gigabyte before they answer."""
TEXTS = ("SECRET_KEY", "SECRET", "AUTH_SECRET")
"""The names of long random texts that snippets read from their environment, as their notes say."""


def files_of(shown: str) -> dict[str, str]:
    """The files that the text shows, by name."""
    files = dict(FILE.findall(shown))
    assert files, shown
    return files


def written(shown: str, surroundings: Surroundings, folder: Path, port: int) -> Path:
    """Writes the files as the text shows them; the one that is run."""
    files = files_of(shown)
    for name in [*files, *surroundings.files]:
        before = surroundings.files.get(name, "").replace("%PORT%", str(port))
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(before + files.get(name, ""))
    return folder / (surroundings.start or next(iter(files)))


@contextmanager
def served(program: Path, surroundings: Surroundings, port: int) -> Iterator[None]:
    """The application, answering at the port."""
    log = program.with_name("log")
    command = environment(surroundings.environment).command(program)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # Cookies know no ports: with a key of its own none believes another's.
    texts = dict.fromkeys(TEXTS, secrets.token_urlsafe())
    own = {"PORT": str(port), "BEGINS": surroundings.begins}
    process = start(command, environ={**kept, **texts, **own}, log=log, folder=program.parent)
    with running(process):
        wait_until(lambda: answers(port), process, f"{program} (log: {log})", timeout=SECONDS)
        yield


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def refused(person: Person, home: str, redirect_uri: str) -> Page:
    """What the application says to who did not allow it; the description that it is given has markup in it."""
    came = person.go(home, client=redirect_uri, answer="deny")
    assert "error=access_denied&error_description=" in came
    told = person.visit(came.replace("error_description=", f"error_description={quote(MARKUP)}"), client=NOWHERE)
    assert isinstance(told, Page)
    return told


def way_back(told: Page) -> str:
    """Where its link to try again leads; empty where it has none."""
    link = AGAIN.search(told.text)
    return urljoin(told.url, link[1]) if link else ""


@pytest.mark.parametrize("name", RUN)
def test_somebody_signs_in_after_a_no_where_the_snippet_was_pasted(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], alice: Person, name: str
) -> None:
    surroundings, redirect_uri = RUN[name], redirect_uris[name]
    parts = urlsplit(redirect_uri)
    assert parts.port is not None
    home = f"{parts.scheme}://{parts.netloc}{surroundings.home}"
    program = written(snippets[name], surroundings, tmp_path, parts.port)
    with served(program, surroundings, parts.port):
        told = refused(alice, home, redirect_uri)
        page = alice.visit(alice.go(way_back(told) or home, client=redirect_uri), client=NOWHERE)
    log = (tmp_path / "log").read_text()
    assert told.status < 500, (told, log)
    assert MARKUP not in told.text
    assert [where for where in (told.text, log) if TRACE.search(where)] == []
    assert isinstance(page, Page)
    who = {who for who in (EMAIL, f">{USERNAME}<") if who in page.text}
    assert (page.status, who != set()) == (200, True), (page, log)
    assert page.path == surroundings.ends


def test_curl_gets_a_token_where_the_snippet_was_pasted(tmp_path: Path, snippets: dict[str, str]) -> None:
    ((name, text),) = files_of(snippets["curl"]).items()
    (tmp_path / name).write_text(text)
    said = subprocess.run(["/bin/sh", str(tmp_path / name)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said
    assert json.loads(said.stdout)["token_type"] == "Bearer"
