"""What does not fit, from what a node declares and what is recorded. Pure.

| fact | value |
|---|---|
| `equal:SETTING` | what every node has |
| `key:SECRET:FINGERPRINT` | `used`: first on a node, once; `known`: on a node, behind another |
| `lacks:SECRET:FINGERPRINT` | a node that lives does not know that key |
| `value:SETTING:DIGEST` | the value, on a node that lives |
| `migration:APP.NAME` | the digest of its file |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from idp.fit.node import ISSUER, MOST, REGION, SALT, STORE, Node

USED, KNOWN = "used", "known"
OBJECTS = timedelta(minutes=2)
"""So long the word of a node counts that it does not know a key. It says so every minute."""
LIVES = timedelta(minutes=15)
"""So long a value counts as that of a node that lives. It says so every five minutes."""


@dataclass(frozen=True, slots=True)
class Fact:
    value: str
    age: timedelta
    """By the database's clock."""


Facts = Mapping[str, Fact]
ELSEWHERE = (
    "of this database it is {recorded}, and here it is {here}: set the same, or say `--change-store` to"
    " `manage.py prepare` or `up`"
)
DIFFERS: Mapping[str, str] = {
    ISSUER: "the issuer of this database is {recorded}, and here it is {here}: set the same, or say"
    " `--change-issuer` to `manage.py prepare` or `up`",
    REGION: "the region of this database is {recorded}, and here it is {here}: set the same",
    **dict.fromkeys(STORE, ELSEWHERE),
    SALT: "it is not the one that this database's subjects were made with: use the same file on every node",
}
UNKNOWN = "a key that other nodes use is not in this file: use the same keys on every node"
NEVER_SECOND = (
    "its first key was never known to any node: put it second on every node, start them all, then put it first; or say"
    " `manage.py secrets use`"
)
NOT_EVERYWHERE = "its first key is not known to a node that lives: put it second there, and start it again"


def founded(facts: Facts) -> bool:
    return f"equal:{ISSUER}" in facts


def founding(node: Node) -> dict[str, str]:
    """The facts of a database that has none."""
    return {**{f"equal:{name}": value for name, value in node.equal.items()}, **used(node)}


def used(node: Node) -> dict[str, str]:
    """Its keys, the first in use."""
    return {
        f"key:{secret}:{key}": KNOWN if place else USED
        for secret, keys in node.keys.items()
        for place, key in enumerate(keys)
    }


def faults(node: Node, facts: Facts) -> dict[str, str]:
    """What does not fit, by the name of its setting; nothing where nothing is recorded."""
    if not founded(facts):
        return {}
    return {**dict(_unequal(node, facts)), **dict(_strange_keys(node, facts))}


def news(node: Node, facts: Facts) -> dict[str, str]:
    """What a node that fits adds: what has to be equal and was not told yet, and keys that it knows behind others."""
    untold = {fact: value for name, value in node.equal.items() if (fact := f"equal:{name}") not in facts}
    return untold | {
        name: KNOWN
        for secret, keys in node.keys.items()
        for key in keys[1:]
        if (name := f"key:{secret}:{key}") not in facts
    }


def taken_up(node: Node, facts: Facts) -> list[str]:
    """Keys that a node that fits uses first: everybody knows them."""
    names = [f"key:{secret}:{keys[0]}" for secret, keys in node.keys.items()]
    return [name for name in names if name in facts and facts[name].value == KNOWN]


def lacking(node: Node, facts: Facts) -> list[str]:
    """The objections of this node: keys that others may want to use, and that it does not know."""
    unknown = [name for name, fact in facts.items() if name.startswith("key:") and fact.value == KNOWN]
    return [f"lacks:{name.removeprefix('key:')}" for name in unknown if not _knows(node, name)]


def others(node: Node, facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Setting, value here, value on another node that lives."""
    for name, fact in facts.items():
        kind, _, rest = name.partition(":")
        setting = rest.partition(":")[0]
        if kind == "value" and fact.age <= LIVES and node.values.get(setting, fact.value)[:MOST] != fact.value:
            yield setting, node.values[setting], fact.value


def strangers(node: Node, facts: Facts) -> list[str]:
    """Keys that are recorded and that this node does not know."""
    return [name for name in facts if name.startswith("key:") and not _knows(node, name)]


def _unequal(node: Node, facts: Facts) -> Iterator[tuple[str, str]]:
    for name, here in node.equal.items():
        fact = facts.get(f"equal:{name}")
        if fact is not None and fact.value != here:
            yield name, DIFFERS[name].format(recorded=fact.value or "none", here=here or "none")


def _strange_keys(node: Node, facts: Facts) -> Iterator[tuple[str, str]]:
    for secret, keys in node.keys.items():
        recorded = {name.rpartition(":")[2]: fact for name, fact in facts.items() if name.startswith(f"key:{secret}:")}
        objection = facts.get(f"lacks:{secret}:{keys[0]}")
        if any(fact.value == USED and key not in keys for key, fact in recorded.items()):
            yield secret, UNKNOWN
        elif keys[0] not in recorded:
            yield secret, NEVER_SECOND
        elif recorded[keys[0]].value == KNOWN and objection is not None and objection.age <= OBJECTS:
            yield secret, NOT_EVERYWHERE


def _knows(node: Node, name: str) -> bool:
    _, secret, key = name.split(":")
    return key in node.keys.get(secret, ())
