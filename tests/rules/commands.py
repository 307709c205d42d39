"""The table of commands that help is told from: `python -m tests.rules.commands > idp/local/commands.json`."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

OFFERED = (
    *("changepassword", "check", "collectstatic", "compilemessages", "createsuperuser", "dbshell", "diffsettings"),
    *("dumpdata", "findstatic", "flush", "loaddata", "makemessages", "makemigrations", "migrate"),
    *("remove_stale_contenttypes", "sendtestemail", "shell", "showmigrations", "sqlflush", "sqlmigrate"),
)
"""Django's commands that mean something here."""
LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(
        ("cleartokens", "clearcimdapplications", "createapplication"), "its tables are not here: cleanup, createclient"
    ),
    **dict.fromkeys(("runserver", "testserver"), "up runs the provider"),
    "createcachetable": "migrate makes it",
    **dict.fromkeys(("startapp", "startproject", "inspectdb"), "the product is there already"),
    **dict.fromkeys(("optimizemigration", "squashmigrations", "sqlsequencereset"), "nothing here calls for it"),
    "test": "manage.py has its own",
}
"""All others, and why."""
EVERYWHERE = {
    "help",
    "version",
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no_color",
    "force_color",
    "skip_checks",
}
"""What every command of Django takes."""


MANY = 8
"""Choices, of which no line of help lists more."""


def table() -> dict[str, Any]:
    """Of each command: its help, its arguments, and its verbs."""
    from django.core.management import get_commands, load_command_class

    apps = {
        name: str(app)
        for name, app in get_commands().items()
        if name in OFFERED or str(app) in ("accounts", "idp", "tokens")
    }
    entries = {}
    for name, app in sorted(apps.items()):
        parser = load_command_class(app, name).create_parser("manage.py", name)
        entries[name] = {"django": name in OFFERED, **entry(parser)}
    return entries


def entry(parser: argparse.ArgumentParser) -> dict[str, Any]:
    from tokens.management.client_options import CHANGEABLE
    from tokens.protocol.client_metadata import MEMBERS

    actions = [action for action in parser._actions if action.dest not in EVERYWHERE]
    # A resource has some members of the same names.
    whole = {frozenset(MEMBERS): "all", frozenset(CHANGEABLE): "changeable"}
    members = whole.get(frozenset(action.dest for action in actions if action.dest in MEMBERS))
    verbs = next((action for action in actions if isinstance(action, argparse._SubParsersAction)), None)
    return {
        "help": " ".join((parser.description or "").split()),
        "arguments": [
            [shown(action), " ".join((action.help or "").replace("%%", "%").split())]
            for action in actions
            if action is not verbs and not (members and action.dest in MEMBERS)
        ],
        "members": members,
        "verbs": {name: entry(each) for name, each in verbs.choices.items()} if verbs is not None else {},
    }


def shown(action: argparse.Action) -> str:
    """How it is typed in."""
    value = str(action.metavar or action.dest.upper())
    if action.choices and not action.metavar and len(list(action.choices)) <= MANY:
        value = f"{{{','.join(map(str, action.choices))}}}"
    if action.nargs in ("+", "*"):
        value = f"{value} [{value} ...]"
    if action.nargs == 0:
        value = ""
    return " ".join(filter(None, [", ".join(action.option_strings), value]))


def as_text(entries: Mapping[str, Any]) -> str:
    return json.dumps(entries, indent=1, sort_keys=False, ensure_ascii=False) + "\n"


def set_up(folder: str) -> None:
    """Django with settings that name nothing."""
    import django

    from idp import secrets

    secrets.create(Path(folder) / "secrets")
    os.environ |= {"IDP_DATA": folder, "DJANGO_SETTINGS_MODULE": "idp.settings"}
    django.setup()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        set_up(folder)
        print(as_text(table()), end="")
