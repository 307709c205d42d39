"""How a deployment joins its database when it is prepared: it fits, or is told why not; how its issuer and its store
change."""

from collections.abc import Collection, Mapping

from django.core.management import CommandError
from django.db import transaction

from idp.fit import judge, state, table
from idp.fit.node import ISSUER, Node, this_node
from idp.issuer import issuer


def refuse_misfit(changes: Collection[str]) -> Mapping[str, str]:
    """What this node's settings are to take the place of, by their names. CommandError in one line where this node does
    not fit. `changes`: settings that become this node's. Nothing is changed yet: nodes that serve would stop."""
    node, facts = this_node(), table.read()
    faults = judge.faults(node, facts)
    given_way = [name for name in faults if name in changes or (name == ISSUER and _both_on_loopback(node, facts))]
    if left := {name: text for name, text in faults.items() if name not in given_way}:
        raise CommandError(state.told(left))
    return {name: facts[f"equal:{name}"].value for name in given_way}


def join(former: Mapping[str, str]) -> None:
    """Once the tables are there, and the store answered: what `refuse_misfit` told gives way, all or nothing, and what
    this node adds is recorded. CommandError where it does not fit."""
    equal = this_node().equal
    with transaction.atomic():
        for name, value in former.items():
            table.change(f"equal:{name}", value, equal[name])
    if faults := state.join():
        raise CommandError(state.told(faults))


def _both_on_loopback(node: Node, facts: judge.Facts) -> bool:
    """What one machine is called by itself goes by the port that is free today: nobody else was told."""
    return issuer(facts[f"equal:{ISSUER}"].value).loopback and issuer(node.equal[ISSUER]).loopback
