"""Clients: `clients list`, `show`, `set`, `rotate-secret`, `enable`, `disable`, `delete`; made by `createclient`."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground import clock
from accounts.ground.verbs import Answer, Typed, Verb, add_verbs, answer, members, table
from tokens.management import snippet_option
from tokens.management.client_options import CHANGEABLE, add_members, document, option, remarks_on
from tokens.management.documents import every_client, of_client
from tokens.protocol.member_types import shown
from tokens.protocol.records import Client
from tokens.registration import clients
from tokens.registration.kinds import KINDS, kind_of
from tokens.stores import store

OVERLAP = 24 * 3600
SUMMARY = ("client_id", "kind", "enabled", "client_name")


def _list(typed: Typed) -> Answer:
    now = clock.now()
    found = [of_client(client, now) for client in every_client(typed["search"])]
    wanted = [each for each in found if typed["kind"] in (None, each["kind"])]
    rows = [
        (each["client_id"], each["kind"] or "-", "enabled" if each["enabled"] else "disabled", each["client_name"])
        for each in wanted
    ]
    summaries = [{name: each[name] for name in SUMMARY} for each in wanted]
    return Answer(lines=table(rows) or ["there is no such client"], value=summaries)


def _show(typed: Typed) -> Answer:
    client = _client(typed)
    told = of_client(client, clock.now())
    if not typed["snippet"]:
        return Answer(lines=members(told), value=told)
    snippet_option.check_suits(typed["snippet"], kind_of(client), client.token_endpoint_auth_method)
    shown = snippet_option.snippet_of(typed["snippet"], client)
    return Answer(lines=snippet_option.lines(shown), value={**told, "snippet": snippet_option.as_json(shown)})


def _set(typed: Typed) -> Answer:
    client = _client(typed)
    unset = dict.fromkeys(typed["unset"] or ())
    typed_in = document(typed)
    if both := sorted(unset.keys() & typed_in.keys()):
        raise CommandError(f"--unset {both[0]} and {option(both[0])}: leave out one of the two")
    wanted = {**unset, **typed_in}
    if not wanted:
        raise CommandError("nothing to set: give an option for each member that shall change")
    before, after = clients.set_members(client, wanted)
    changes = {name: value for name, value in _told(after).items() if _told(before)[name] != value}
    lines = [f"{name}: {_told(before)[name]!r} -> {value!r}" for name, value in changes.items()]
    # As it is stored now, with the version that the write gave it.
    told = of_client(_client(typed), clock.now())
    return Answer(lines=lines or ["it was so already"], value=told, remarks=remarks_on(after))


def _rotate_secret(typed: Typed) -> Answer:
    client, now = _client(typed), clock.now()
    overlap = timedelta(seconds=typed["overlap"])
    client_secret = clients.rotate_secret(client, now, overlap)
    if client_secret is None:
        raise CommandError("somebody else added a secret at this moment, or deleted the client: nothing was done")
    told = {"client_id": client.client_id, "client_secret": client_secret}
    end = f"{now + overlap:%Y-%m-%d %H:%M:%S} UTC"
    return Answer(lines=[*members(told), f"It is shown this once. Those from before end at {end}."], value=told)


def _enable(typed: Typed) -> Answer:
    return _switch(typed, enabled=True)


def _disable(typed: Typed) -> Answer:
    return _switch(typed, enabled=False)


def _switch(typed: Typed, *, enabled: bool) -> Answer:
    client = _client(typed)
    changed = clients.switch(client.client_id, enabled=enabled)
    word = "enabled" if enabled else "disabled: nobody signs in to it, and all that it was given has ended"
    line = f"{client.client_id} is {word}" if changed else "it was so already"
    return Answer(lines=[line], value={"client_id": client.client_id, "enabled": enabled, "changed": changed})


def _delete(typed: Typed) -> Answer:
    client = _client(typed)
    deleted = clients.delete(client.client_id)
    line = f"deleted {client.client_id} ({client.client_name}), and ended all that it was given"
    return Answer(
        lines=[line if deleted else "somebody else deleted it before"],
        value={"client_id": client.client_id, "deleted": deleted},
    )


def _client(typed: Typed) -> Client:
    client = store().clients.of_id(typed["client_id"])
    if client is None:
        raise CommandError(f"there is no client {shown(typed['client_id'])}: `clients list` tells all")
    return client


def _told(client: Client) -> dict[str, Any]:
    told = of_client(client, clock.now())
    return {name: told[name] for name in CHANGEABLE}


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds <= clients.MAX_OVERLAP.total_seconds():
        raise ValueError
    return seconds


def _which(parser: CommandParser) -> None:
    parser.add_argument("client_id", metavar="CLIENT_ID")


def _show_arguments(parser: CommandParser) -> None:
    _which(parser)
    snippet_option.add_snippet(parser, "show instead what to configure this application with; the secret is marked")


def _list_arguments(parser: CommandParser) -> None:
    parser.add_argument("--search", default="", metavar="TEXT", help="those with this id, or with this in their name")
    parser.add_argument("--kind", choices=list(KINDS), help="those of this kind")


def _set_arguments(parser: CommandParser) -> None:
    _which(parser)
    add_members(parser, CHANGEABLE, needed=False)
    text = "members that shall be as they are where nobody says anything"
    parser.add_argument("--unset", action="extend", nargs="+", choices=CHANGEABLE, metavar="MEMBER", help=text)


def _rotate_arguments(parser: CommandParser) -> None:
    _which(parser)
    text = f"seconds for which the secrets from before still work ({OVERLAP}; 0: they end at once)"
    parser.add_argument("--overlap", type=_seconds, default=OVERLAP, metavar="SECONDS", help=text)


VERBS = {
    "list": Verb(help="list the clients", run=_list, arguments=_list_arguments),
    "show": Verb(help="show all of a client but its secrets", run=_show, arguments=_show_arguments),
    "set": Verb(help="change members of a client, and leave the others", run=_set, arguments=_set_arguments),
    "rotate-secret": Verb(help="make a secret, and end the others", run=_rotate_secret, arguments=_rotate_arguments),
    "enable": Verb(help="let a client be used again", run=_enable, arguments=_which),
    "disable": Verb(help="end all that a client was given, and give it nothing", run=_disable, arguments=_which),
    "delete": Verb(help="delete a client, and end all that it was given", run=_delete, arguments=_which),
}


class Command(BaseCommand):
    help = "Looks at clients and changes them. New ones are made by createclient, or by apply."

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, VERBS)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        answer(VERBS[verb].run, options, self, option)
