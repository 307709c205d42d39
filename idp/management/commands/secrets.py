"""`manage.py secrets show|use|forget`: which keys of the server's secrets the nodes of this database have."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.ground import verbs
from accounts.ground.verbs import Answer, Typed, Verb
from idp.fit import judge, table
from idp.fit.node import Node, this_node

SHORT = 12
"""Digits of a fingerprint that are shown: enough to tell keys apart."""


class Command(BaseCommand):
    help = "Keys of the server's secrets: which ones nodes have, and what was done about them by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs.add_verbs(parser, VERBS)

    def handle(self, *args: Any, **options: Any) -> None:
        verbs.answer(VERBS[options["verb"]].run, options, self, str)


def show(typed: Typed) -> Answer:
    node, facts = this_node(), table.read()
    keys = [
        {"secret": secret, "key": key[:SHORT], "state": fact.value, "here": _place(node, secret, key)}
        for secret, key, fact in _keys(facts)
    ]
    header = ("secret", "key", "state", "here")
    rows = [header, *(tuple(str(each[name]) for name in header) for each in keys)]
    return Answer(lines=verbs.table(rows), value=keys)


def use(typed: Typed) -> Answer:
    """The word of the operator that every node knows them: none is asked."""
    keys = judge.used(this_node())
    table.add(keys)  # one that is in use stays so, behind another too
    table.put({name: state for name, state in keys.items() if state == judge.USED})
    return Answer(lines=["the first key of each file may be used: nodes that do not know it are unready"], value=True)


def forget(typed: Typed) -> Answer:
    node, facts = this_node(), table.read()
    strangers = judge.strangers(node, facts)
    table.forget([*strangers, *(name.replace("key:", "lacks:", 1) for name in strangers)])
    text = f"{len(strangers)} forgotten: nodes need only the keys that are in the files here"
    return Answer(lines=[text], value=len(strangers))


def _keys(facts: judge.Facts) -> list[tuple[str, str, judge.Fact]]:
    found = []
    for name, fact in sorted(facts.items()):
        kind, _, rest = name.partition(":")
        if kind == "key":
            secret, _, key = rest.partition(":")
            found.append((secret, key, fact))
    return found


def _place(node: Node, secret: str, key: str) -> str:
    keys = list(node.keys.get(secret, ()))
    if key not in keys:
        return "no"
    return "behind" if keys.index(key) else "first"


VERBS: Mapping[str, Verb] = {
    "show": Verb(help="the keys that nodes of this database know, and whether this one does", run=show),
    "use": Verb(help="says that every node knows the keys that are in the files here, so they may be first", run=use),
    "forget": Verb(help="forgets keys that are in no file here: they were taken from every node", run=forget),
}
