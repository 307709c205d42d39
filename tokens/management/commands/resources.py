"""Protected resources, the APIs: `resources list`, `show`, `set`, `delete`; made by `createresource`."""

from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground.verbs import Answer, Typed, Verb, add_verbs, answer, members, table
from tokens.management.documents import every_client, of_resource, owners_of
from tokens.management.resource_options import add_members, option
from tokens.management.resource_options import members as typed_members
from tokens.protocol.member_types import shown
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.stores import store


def _list(typed: Typed) -> Answer:
    clients = list(every_client())
    found = [of_resource(each, owners_of(each.identifier, clients)) for each in store().resources.all()]
    rows = [(each["identifier"], each["name"], each["scope"]) for each in found]
    return Answer(lines=table(rows) or ["there is no resource"], value=found)


def _show(typed: Typed) -> Answer:
    resource = _resource(typed)
    holders = [client.client_id for client in resources.clients_of(resource)]
    told = {**of_resource(resource, _owners(resource)), "clients": holders}
    return Answer(lines=members(told), value=told)


def _set(typed: Typed) -> Answer:
    wanted = typed_members(typed)
    if not wanted and typed["owners"] is None and not typed["no_owners"]:
        raise CommandError("nothing to set: give an option for each member that shall change")
    if typed["owners"] is not None and typed["no_owners"]:
        raise CommandError("--no-owners and --owner: leave out one of the two")
    before = _resource(typed)
    held = _owners(before)
    owners = [] if typed["no_owners"] else typed["owners"] or held
    after = replace(before, **wanted)
    if not resources.change(after, owners, before.updated):
        raise CommandError("somebody else changed it at this moment: nothing was done, look at it again")
    told, was = of_resource(after, set(owners)), of_resource(before, held)
    lines = [f"{name}: {was[name]!r} -> {value!r}" for name, value in told.items() if was[name] != value]
    return Answer(lines=lines or ["it was so already"], value=of_resource(_resource(typed), set(owners)))


def _delete(typed: Typed) -> Answer:
    resource = _resource(typed)
    holders = [client.client_id for client in resources.clients_of(resource)]
    deleted = store().resources.delete(resource.identifier)
    line = f"deleted {resource.identifier} ({resource.name})"
    lost = [f"lost its scopes: {', '.join(holders)}"] if holders else []
    return Answer(
        lines=[line, *lost] if deleted else ["somebody else deleted it before"],
        value={"identifier": resource.identifier, "deleted": deleted, "clients": holders},
    )


def _resource(typed: Typed) -> Resource:
    identifier = typed["identifier"]
    resource = next(iter(store().resources.named([identifier])), None)
    if resource is None:
        raise CommandError(f"there is no resource {shown(identifier)}: `resources list` tells all")
    return resource


def _owners(resource: Resource) -> list[str]:
    return owners_of(resource.identifier, every_client())


def _which(parser: CommandParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER")


def _set_arguments(parser: CommandParser) -> None:
    _which(parser)
    add_members(parser)
    parser.add_argument("--no-owners", action="store_true", help="no client serves it any more")


VERBS = {
    "list": Verb(help="list the resources", run=_list),
    "show": Verb(help="show a resource, its owners, and the clients that have its scopes", run=_show, arguments=_which),
    "set": Verb(help="change members of a resource, and leave the others", run=_set, arguments=_set_arguments),
    "delete": Verb(help="delete a resource: clients lose its scopes", run=_delete, arguments=_which),
}


class Command(BaseCommand):
    help = "Looks at protected resources and changes them. New ones are made by createresource, or by apply."

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, VERBS)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        answer(VERBS[verb].run, options, self, option)
