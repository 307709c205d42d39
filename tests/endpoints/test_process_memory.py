"""What a process keeps in memory: nothing in any module grows by what strangers send, and each of our own caches has a
row with its limit in docs/kept.md."""

import ast
import functools
import gc
import io
import re
import secrets
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.sign_in.password_queue import password_checks
from idp import wsgi
from idp.conf import PASSWORD_WAITERS
from tests.support.fixtures import kept_open
from tests.support.messages import FORM_TYPE
from tests.support.mounted import paths
from tokens import fetch
from tokens.registration import client_keys

__all__ = ["kept_open"]  # a fixture that holds here too

ROOT = Path(__file__).parents[2]
ONE = "of our own"
"""Of what is kept once, or once for each of our own types, files and settings: nobody outside names one."""

# --- Nothing grows by what is sent

ROUNDS = 12
HEADERS = {
    **dict.fromkeys(("HTTP_ACCEPT_LANGUAGE", "HTTP_USER_AGENT", "HTTP_X_REQUEST_ID", "HTTP_ORIGIN"), "{}"),
    "HTTP_HOST": "{}.example",
    "HTTP_X_FORWARDED_FOR": "{}",
    "HTTP_COOKIE": "session={}; csrf={}; {}={}",
    "HTTP_ACCEPT": "application/json; x*={}'de'y; q=0.5, {}/{}",
    "HTTP_AUTHORIZATION": "Bearer {}",
    "HTTP_REFERER": "https://{}/",
    "HTTP_IF_NONE_MATCH": '"{}"',
    "CONTENT_TYPE": f"{FORM_TYPE}; charset={{}}; x*={{}}''y",
}


def send(path: str, method: str) -> None:
    """A request of which every part is new."""
    new = secrets.token_hex
    environ = RequestFactory().generic(method, path.replace("/nowhere", f"/nowhere/{new(8)}")).environ
    environ |= {name: re.sub(r"\{\}", lambda _: new(8), value) for name, value in HEADERS.items()}
    body = f"client_id={new(8)}&{new(8)}={new(8)}&token={new(8)}&login={new(8)}&password={new(8)}".encode()
    environ |= {"QUERY_STRING": f"client_id={new(8)}&{new(8)}={new(8)}", "HTTP_HOST": "localhost"}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    b"".join(wsgi.application(environ, lambda *_: lambda _: None))


def sizes() -> Counter[str]:
    """Of each container that a module holds, and of each cache that has no limit."""
    found: Counter[str] = Counter()
    for name, module in list(sys.modules.items()):
        for member, value in list(getattr(module, "__dict__", {}).items()):
            if isinstance(value, dict | list | set | deque) and not member.startswith("__"):
                found[f"{name}.{member}"] = len(value)
    for each in gc.get_objects():
        # Not isinstance: that would make what is lazy, such as where the request of an earlier test led.
        if type(each) is functools._lru_cache_wrapper and each.cache_parameters()["maxsize"] is None:
            found[f"{each.__module__}.{each.__qualname__}"] += each.cache_info().currsize
    return found


@pytest.mark.server("it walks all paths")
@pytest.mark.usefixtures("kept_open")
@pytest.mark.covers("S78 length")
def test_nothing_that_any_module_holds_grows_by_what_strangers_send() -> None:
    every = [(path, method) for path in (*paths(), "/nowhere") for method in ("GET", "POST")]
    for path, method in every:
        send(path, method)
    sizes()  # a look at some members imports more
    before = sizes()
    for _ in range(ROUNDS):
        for path in ("/oauth2/token", "/oauth2/authorize", "/oauth2/jwks", "/accounts/login/", "/nowhere"):
            send(path, "GET")
            send(path, "POST")
    grown = {name: count for name, count in (sizes() - before).items() if count >= ROUNDS}
    assert grown == {}


# --- What our own code keeps

NOT_OF_A_NODE = {"local", "management", "migrations", "snippets", "memory"}
"""Folders of what a node that serves does not load, or only where it keeps everything in memory."""
KEEPERS = ("OrderedDict", "defaultdict", "Counter", "deque", "Queue", "SimpleQueue", "ThreadPoolExecutor", "Places")
LIMITS: Mapping[str, Callable[[], str]] = {
    "idp.node.bulkhead._held": lambda: "one a thread",
    "accounts.sign_in.password_queue.password_checks": lambda: f"{password_checks()._most}",
    "tokens.fetch._CALLS": lambda: f"{fetch._CALLS.most}, {fetch._CALLS.each} of a client",
    "tokens.fetch._LOOKUPS": lambda: f"{fetch._LOOKUPS.most}, {fetch._LOOKUPS.each} of a client",
    "tokens.registration.client_keys._asking": lambda: f"{client_keys.MAX_ASKED}",
    "tokens.registration.client_keys._kept": lambda: f"{client_keys.MAX_KEPT}",
    "tokens.registration.client_keys.waiting": lambda: (
        f"{client_keys.waiting().most / settings.DATABASE_POOL:g} for each of IDP_DATABASE_POOL, a quarter of a client"
    ),
    **dict.fromkeys(
        (
            *(
                "accounts.ground.dynamodb.process._asked_as",
                "accounts.ground.sql.answers._of",
                "accounts.ground.sql.answers.row_type",
            ),
            *("accounts.ground.sql.inserting._into", "accounts.ground.sql.inserting._plain"),
            *("accounts.sessions.sign_ins.sign_ins", "accounts.sign_in.guessable.common"),
            *("accounts.stores._of_path", "idp.fit.made.digests", "idp.fit.made._ours_and_others"),
            *("idp.redis_clients.ClusterFactory._clusters", "tokens.fetch._tls", "tokens.keys._made"),
            *("tokens.protocol.records.codec._readers", "tokens.stores._composed", "tokens.stores._of_path"),
            *("tokens.stores.orm.rows._shared", "idp.postgresql.base._adapters"),
        ),
        lambda: ONE,
    ),
}
"""Of what has no limit of its own, where it is."""


def kept_by(tree: ast.Module, module: str) -> Iterator[str]:
    """The names in a module under which something may grow: caches, and containers that are empty when it is read."""
    for node in tree.body:
        yield from _kept(node, module)
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield from _kept(inner, f"{module}.{node.name}")


def _kept(node: ast.stmt, scope: str) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef) and any(map(_is_cache, node.decorator_list)):
        yield f"{scope}.{node.name}"
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _may_grow(node):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        yield f"{scope}.{ast.unparse(target)}"


def _is_cache(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).split("(")[0].rpartition(".")[2] in ("cache", "lru_cache")


def _may_grow(node: ast.Assign | ast.AnnAssign) -> bool:
    """A Mapping or a Sequence is a table, and nothing is added to it."""
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).startswith(("Mapping", "Sequence")):
        return False
    if isinstance(node.value, ast.Call):
        called = ast.unparse(node.value.func).rpartition(".")[2]
        return called in KEEPERS or (called in ("dict", "list", "set") and not node.value.args)
    return ast.unparse(node.value) in ("{}", "[]")  # type: ignore[arg-type]  # there is one


def ours() -> set[str]:
    files = (file for app in ("accounts", "idp", "tokens") for file in (ROOT / app).rglob("*.py"))
    found = set()
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        if NOT_OF_A_NODE.isdisjoint(parts[:-1]):
            module = ".".join(part for part in parts if part != "__init__")
            found |= set(kept_by(ast.parse(file.read_text()), module))
    return found


def limit_of(name: str) -> str:
    if name in LIMITS:
        return LIMITS[name]()
    module, _, function = name.rpartition(".")
    return str(getattr(import_module(module), function).cache_parameters()["maxsize"])


def stated() -> dict[str, str]:
    """The table of docs/kept.md: under which name, how many."""
    page = (ROOT / "docs/kept.md").read_text()
    rows = re.findall(r"^\| `([\w.]+)` \|[^|]*\|([^|]*)\|[^|]*\|$", page, re.MULTILINE)
    return {name: re.sub(r"(?<=\d),(?=\d)", "", many.strip()) for name, many in rows}


@pytest.mark.covers("S78 count")
def test_the_page_of_what_is_kept_has_a_row_with_its_limit_for_each_cache_of_ours() -> None:
    assert stated() == {name: limit_of(name) for name in ours()}
    assert LIMITS.keys() <= ours(), "a limit of something that is gone"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from functools import cache\n@cache\ndef f(name): ...\n", ["m.f"]),
        ("import functools\n@functools.lru_cache(maxsize=None)\ndef f(name): ...\n", ["m.f"]),
        ("_seen = {}\n", ["m._seen"]),
        ("_seen: dict[str, int] = {}\n", ["m._seen"]),
        ("_seen = set()\n_queue = deque()\n_all = collections.OrderedDict()\n", ["m._seen", "m._queue", "m._all"]),
        ("class A:\n    seen: dict[str, int] = {}\n", ["m.A.seen"]),
        ("TABLE = {'a': 1}\nEMPTY: Mapping[str, int] = {}\nNAMES = ('a',)\n", []),
        ("def f():\n    seen = {}\n", []),
    ],
)
def test_a_new_cache_is_found(source: str, found: list[str]) -> None:
    assert list(kept_by(ast.parse(source), "m")) == found


def test_no_more_people_wait_for_their_password_than_the_page_says() -> None:
    assert password_checks()._most == PASSWORD_WAITERS
