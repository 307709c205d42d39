"""How a deployment joins its database when it is prepared: it fits, or is told why not; how its issuer changes."""

from django.core.management import CommandError

from idp.fit import judge, state, table
from idp.fit.node import ISSUER, Node, this_node
from idp.issuer import issuer

_FACT = f"equal:{ISSUER}"


def refuse_misfit(change_issuer: bool) -> str | None:
    """The issuer that this node's takes the place of, if it does. CommandError in one line, before anything is changed,
    where this node does not fit. `change_issuer`: the issuer becomes this node's."""
    node, facts = this_node(), table.read()
    faults = judge.faults(node, facts)
    if ISSUER in faults and (change_issuer or _both_on_loopback(node, facts)):
        del faults[ISSUER]
    if faults:
        raise CommandError(state.told(faults))
    if not judge.founded(facts):
        return None
    former, own = facts[_FACT].value, node.equal[ISSUER]
    table.change(_FACT, former, own)
    return former if former != own else None


def join() -> None:
    """Once the tables are there: records what this node adds. CommandError where it does not fit them."""
    if faults := state.join():
        raise CommandError(state.told(faults))


def _both_on_loopback(node: Node, facts: judge.Facts) -> bool:
    """What one machine is called by itself goes by the port that is free today: nobody else was told."""
    return issuer(facts[_FACT].value).loopback and issuer(node.equal[ISSUER]).loopback
