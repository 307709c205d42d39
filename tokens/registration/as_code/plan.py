"""What has to be done so that everything is as a document declares it. Nothing is written here."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.core.exceptions import ValidationError

from tokens.protocol import client_metadata
from tokens.protocol.member_types import shown
from tokens.protocol.records import Client, Resource
from tokens.protocol.records.codec import plain
from tokens.protocol.resources import spellings
from tokens.registration import clients, resources
from tokens.registration.as_code.document import Declared, DeclaredClient, DeclaredResource, Faults
from tokens.registration.kinds import kind_of, may_be
from tokens.stores import store

Verb = Literal["make", "change", "delete"]
BY_HAND = ("enabled", "allowed_groups")
"""Who may use a client at all. Whoever shut others out of it in a hurry is not undone by a document that says nothing
of it."""
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`members`: those that differ, before and after, as JSON has them; None for what is not there."""

    what: Literal["client", "resource"]
    id: str
    verb: Verb
    members: Mapping[str, tuple[Any, Any]]
    client: Client | None = None
    """What is to be written; with `resource` for one of the two."""
    resource: Resource | None = None
    owners: frozenset[str] = frozenset()
    losing: tuple[str, ...] = ()
    """The clients that the document does not name, and that have scopes of the resource which are no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """In the order in which they are written."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that there is."""

    clients: Mapping[str, Client]
    resources: Mapping[str, Resource]

    def owners(self, identifier: str) -> frozenset[str]:
        return frozenset(each.client_id for each in self.clients.values() if identifier in each.resources)


def plan(declared: Declared, *, prune: bool) -> Plan:
    """`prune`: what a part of the document does not name is deleted. Raises ValidationError with all faults."""
    held = _held()
    apis = _resources(declared, held, prune=prune)
    faults: Faults = {}
    wanted = _clients(declared, held, apis, faults)
    _judge_resources(declared, held, apis, {**held.clients, **wanted}, faults)
    if faults:
        raise ValidationError(faults)
    return Plan(changes=tuple(_changes(declared, held, wanted, apis, prune=prune)))


def _held() -> Held:
    found: dict[str, Client] = {}
    after = ""
    while page := store().clients.find("", after, PAGE):
        found |= {client.client_id: client for client in page}
        after = page[-1].client_id
    return Held(clients=found, resources={each.identifier: each for each in store().resources.all()})


def _resources(declared: Declared, held: Held, *, prune: bool) -> dict[str, Resource]:
    """All that there will be."""
    if declared.resources is None:
        return dict(held.resources)
    kept = {} if prune else held.resources
    return {**kept, **{identifier: each.resource for identifier, each in declared.resources.items()}}


def _clients(declared: Declared, held: Held, apis: Mapping[str, Resource], faults: Faults) -> dict[str, Client]:
    """The clients that are declared, as they will be."""
    wanted = {}
    for client_id, each in (declared.clients or {}).items():
        with _noted(faults, f"clients.{shown(client_id)}"):
            if not apis.keys().isdisjoint(spellings(client_id)):
                raise ValidationError({"client_id": ["is the identifier of a resource: tokens would name both alike"]})
            wanted[client_id] = _client(client_id, each, held.clients.get(client_id), tuple(apis.values()))
    return wanted


def _judge_resources(
    declared: Declared, held: Held, apis: Mapping[str, Resource], there: Mapping[str, Client], faults: Faults
) -> None:
    for identifier, each in (declared.resources or {}).items():
        place = f"resources.{shown(identifier)}"
        with _noted(faults, place):
            resources.validate(each.resource, [other for other in apis.values() if other.identifier != identifier])
        with _noted(faults, place):
            resources.check_owners(each.owners, there.get)
        if identifier not in held.resources:
            with _noted(faults, place):
                resources.check_identifier(identifier)


@contextmanager
def _noted(faults: Faults, place: str) -> Iterator[None]:
    """Notes the faults of what is done inside, and goes on."""
    try:
        yield
    except ValidationError as error:
        found = [f"{member}: {fault}" for member, each in error.message_dict.items() for fault in each]
        faults.setdefault(place, []).extend(found)


def _client(client_id: str, wanted: DeclaredClient, before: Client | None, apis: tuple[Resource, ...]) -> Client:
    """Raises ValidationError with all faults."""
    if before is None:
        return clients.new(wanted.kind, wanted.document, client_id, registered=apis)
    if not may_be(before, wanted.kind):
        raise ValidationError({"kind": [f"is {kind_of(before)}, which it is for good: another kind is another client"]})
    there = client_metadata.write(before)
    document = {**{name: there[name] for name in BY_HAND}, **wanted.document}
    whole = client_metadata.write(clients.unjudged(wanted.kind, document, client_id, registered=apis))
    return clients.changed(before, whole, registered=apis)


def _changes(
    declared: Declared, held: Held, wanted: Mapping[str, Client], apis: Mapping[str, Resource], *, prune: bool
) -> Iterator[Change]:
    named = declared.clients or {}
    # Of the others nothing is said, unless they are pruned.
    others = () if prune and declared.clients is not None else held.clients.keys() - named.keys()
    for identifier, api in (declared.resources or {}).items():
        yield from _resource_change(identifier, api, held, others)
    for client_id, client in wanted.items():
        yield from _client_change(client, held.clients.get(client_id))
    if prune and declared.clients is not None:
        for client_id in sorted(held.clients.keys() - declared.clients.keys()):
            members = _differences(client_metadata.write(held.clients[client_id]), {})
            yield Change(what="client", id=client_id, verb="delete", members=members)
    for identifier in sorted(held.resources.keys() - apis.keys()):
        gone = held.resources[identifier]
        members = _differences(_told(gone, held.owners(identifier)), {})
        losing = _losing(gone, (), others)
        yield Change(what="resource", id=identifier, verb="delete", members=members, losing=losing)


def _client_change(after: Client, before: Client | None) -> Iterator[Change]:
    members = _differences(client_metadata.write(before) if before else {}, client_metadata.write(after))
    if members:
        verb: Verb = "change" if before else "make"
        yield Change(what="client", id=after.client_id, verb=verb, members=members, client=after)


def _losing(before: Resource, kept: Collection[str], others: Collection[str]) -> tuple[str, ...]:
    gone = replace(before, scope=tuple(name for name in before.scope if name not in kept))
    return tuple(client.client_id for client in resources.clients_of(gone) if client.client_id in others)


def _resource_change(
    identifier: str, wanted: DeclaredResource, held: Held, others: Collection[str]
) -> Iterator[Change]:
    before = held.resources.get(identifier)
    after = replace(wanted.resource, name=wanted.resource.name.strip())
    told = _told(before, held.owners(identifier)) if before else {}
    members = _differences(told, _told(after, wanted.owners))
    if members:
        yield Change(
            what="resource",
            id=identifier,
            verb="change" if before else "make",
            members=members,
            resource=after,
            owners=wanted.owners,
            losing=_losing(before, after.scope, others) if before else (),
        )


def _told(resource: Resource, owners: frozenset[str]) -> dict[str, Any]:
    names = [name for name in resource.__dataclass_fields__ if name not in ("identifier", "updated")]
    return {**{name: plain(getattr(resource, name)) for name in names}, "owners": sorted(owners)}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The members that differ; of what is made or deleted, which has only one side, those that say something."""
    names = dict.fromkeys((*before, *after))
    both = {name: (before.get(name), after.get(name)) for name in names}
    is_change = bool(before and after)
    return {name: pair for name, pair in both.items() if pair[0] != pair[1] and (is_change or any(pair))}
