"""MySQL and Oracle as Django's backends know them, without a server: what we ask of them is compiled, and not run."""

import copy
import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from idp.databases import Connections, database
from tests.outside.parties.environment import environment

HOW = Connections(pool=8, prepare_threshold=2)
FOREIGN: Mapping[str, tuple[str, ...]] = {
    "MySQL": (r"\bRETURNING\b", r"\bON CONFLICT\b", r"\bctid\b", "nopad_bin", r"\bclock_timestamp\b", r"= ANY\("),
    "Oracle": (
        *(r"\bRETURNING\b(?!.* INTO )", r"\bON CONFLICT\b", r"\bON DUPLICATE\b", r"\bctid\b", r"\bclock_timestamp\b"),
        *(r"\bLIMIT\b", r"\btrue\b", r"\bfalse\b", r"= ANY\(", "`", r"\bFOR UPDATE\b.*\bFETCH\b", "::", r"\bsysdate\("),
    ),
}
"""What only other databases know."""
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
UNKNOWN = ((re.compile(r"TRANSLATE\((.*?) USING NCHAR_CS\)"), r"\1"), (re.compile("q'\uffff(.*?)\uffff'"), r"'\1'"))
"""Oracle's, which the parser does not know, and what it may take them for."""


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    """As Django shows it."""
    wrapper: BaseDatabaseWrapper

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Statements are made for it meanwhile."""
        here = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self.wrapper
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = here

    @contextmanager
    def without_tables(self) -> Iterator[None]:
        """Migrations may look for what is there: nothing is."""
        wrapper: Any = self.wrapper
        wrapper.cursor = lambda: NoRows(wrapper.features.empty_fetchmany_value)
        try:
            with self.in_use():
                yield
        finally:
            del wrapper.cursor

    def faults(self, statement: str) -> list[str]:
        """What of a statement it would not understand."""
        bare = QUOTED.sub("''", statement)
        foreign = [word for word in FOREIGN[self.name] if re.search(word, bare, re.IGNORECASE | re.DOTALL)]
        return [*foreign, *_unparsed(self.name, statement)]


def server(name: str) -> Server:
    """A new one, which nobody can connect to."""
    return Server(name, SERVERS[name]())


def _mysql() -> BaseDatabaseWrapper:
    import pymysql

    wrapper: Any = _wrapper("mysql://localhost/idp")
    wrapper.__dict__["mysql_server_data"] = {
        "version": "8.4.6",
        "sql_mode": "STRICT_ALL_TABLES,PIPES_AS_CONCAT",
        "default_storage_engine": "InnoDB",
        "lower_case_table_names": 0,
        "has_zoneinfo_database": True,
    }
    # What quotes a literal. It is a server's connection only once it has connected.
    wrapper.connection = pymysql.connections.Connection(defer_connect=True)
    wrapper.connection.server_status = 0
    wrapper.introspection.get_storage_engine = lambda cursor, table: "InnoDB"
    made: BaseDatabaseWrapper = wrapper
    return made


def _oracle() -> BaseDatabaseWrapper:
    _packages()
    wrapper: Any = _wrapper("oracle://localhost/idp")
    wrapper.__dict__["oracle_version"] = (19, 0, 0, 0, 0)
    wrapper.operators, wrapper.pattern_ops = wrapper._standard_operators, wrapper._standard_pattern_ops
    made: BaseDatabaseWrapper = wrapper
    return made


SERVERS: Mapping[str, Callable[[], BaseDatabaseWrapper]] = {"MySQL": _mysql, "Oracle": _oracle}
"""The oldest that we support, each."""


def _wrapper(url: str) -> BaseDatabaseWrapper:
    made, faults = database(url, HOW)
    assert faults == []
    # As Django completes the settings of a database.
    settings = copy.deepcopy(connections[DEFAULT_DB_ALIAS].settings_dict) | made
    wrapper: Any = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
    # Within a transaction, as where rows are locked. What is asked of the server all the same has no cursor.
    wrapper.autocommit, wrapper.ensure_connection = False, lambda: None
    wrapper.introspection.get_constraints = lambda cursor, table: {}
    here: BaseDatabaseWrapper = wrapper
    return here


class NoRows:
    """The cursor of a server that has nothing."""

    rowcount = 0

    def __init__(self, none: object) -> None:
        """`none`: what a driver answers that has no more rows."""
        self._none = none

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, *_: object) -> None: ...

    def fetchone(self) -> None: ...

    def fetchall(self) -> list[object]:
        return []

    def fetchmany(self, *_: object) -> object:
        return self._none

    def close(self) -> None: ...


def _unparsed(name: str, statement: str) -> list[str]:
    parser = _packages()
    parameter = ":parameter" if name == "Oracle" else "?"
    text = statement.replace("%s", parameter).replace("%%", "%")
    for word, instead in UNKNOWN:
        text = word.sub(instead, text)
    try:
        parser.parse(text, dialect=name.lower(), error_level=parser.ErrorLevel.RAISE)
    except parser.errors.SqlglotError as error:
        return [str(error)]
    return []


@cache
def _packages() -> Any:
    """The parser; and python-oracledb can be imported. Both are installed once, into .cache/."""
    [packages] = environment("compiled", Path(__file__).parents[1]).installed.glob("lib/python*/site-packages")
    # Last: all that is ours comes from our own environment.
    sys.path.append(str(packages))
    importlib.invalidate_caches()
    return importlib.import_module("sqlglot")
