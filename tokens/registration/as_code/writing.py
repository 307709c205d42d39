"""Carries out a plan: all of it or nothing where the store has transactions; where it has none, what was written stays,
and the next run goes on from there."""

from collections.abc import Mapping
from dataclasses import replace

from tokens.registration import clients
from tokens.registration.as_code.plan import BY_HAND, Change, Plan
from tokens.stores import store


class Conflict(Exception):
    """Somebody else wrote what the plan is about."""

    def __init__(self, change: Change) -> None:
        super().__init__(f"{change.what} {change.id}")


def carry_out(plan: Plan) -> Mapping[str, str]:
    """The secrets of the clients that were made, by their ids: told here and never again. Raises Conflict."""
    secrets: dict[str, str] = {}
    with store().unit():
        for change in plan.changes:
            secret = WRITE[change.what, change.verb](change)
            if secret is not None:
                secrets[change.id] = secret
        for change in _with_new_owners(plan):
            _change_resource(change)
    return secrets


def _with_new_owners(plan: Plan) -> list[Change]:
    """A resource is written before the clients that have its scopes, and so before those that own it."""
    made = {change.id for change in plan.changes if (change.what, change.verb) == ("client", "make")}
    return [change for change in plan.changes if change.what == "resource" and not made.isdisjoint(change.owners)]


def _make_client(change: Change) -> str | None:
    assert change.client is not None  # noqa: S101 - what is made has its record
    try:
        return clients.save(change.client)
    except clients.Taken:
        raise Conflict(change) from None


def _change_client(change: Change) -> None:
    """As it was declared, whoever changed it since it was looked at: the document says how it is to be. But for what is
    BY_HAND and not planned to be otherwise."""
    held = store().clients.of_id(change.id)
    assert change.client is not None  # noqa: S101 - what is changed has its record
    if held is None:
        raise Conflict(change)
    kept = {name: getattr(held, name) for name in BY_HAND if name not in change.members}
    if not clients.change(replace(change.client, **kept), held.updated):
        raise Conflict(change)


def _make_resource(change: Change) -> None:
    assert change.resource is not None  # noqa: S101 - what is made has its record
    if not store().resources.add(change.resource, change.owners):
        raise Conflict(change)


def _change_resource(change: Change) -> None:
    held = next(iter(store().resources.named([change.id])), None)
    assert change.resource is not None  # noqa: S101 - what is changed has its record
    if held is None or not store().resources.change(change.resource, change.owners, held.updated):
        raise Conflict(change)


def _delete_client(change: Change) -> None:
    clients.delete(change.id)


def _delete_resource(change: Change) -> None:
    store().resources.delete(change.id)


WRITE = {
    ("resource", "make"): _make_resource,
    ("resource", "change"): _change_resource,
    ("client", "make"): _make_client,
    ("client", "change"): _change_client,
    ("client", "delete"): _delete_client,
    ("resource", "delete"): _delete_resource,
}
