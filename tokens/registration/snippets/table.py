"""The applications there are: each module of `applications` holds one, and is what it is called by, with hyphens. A new
one is a new file there."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from tokens.protocol.records import Client
from tokens.registration.snippets import applications
from tokens.registration.snippets.application import Application


def _found() -> Iterator[tuple[str, Application]]:
    for module in iter_modules(applications.__path__):
        found: Application = import_module(f"{applications.__name__}.{module.name}").APPLICATION
        yield module.name.replace("_", "-"), found


APPLICATIONS: Mapping[str, Application] = dict(sorted(_found(), key=lambda found: found[1].title.lower()))
"""By title, as people look for them."""


def suitable(client: Client) -> dict[str, Application]:
    """Those that the client is right for, first the ones whose own redirect URI it has, those by the longest path."""
    found = [(name, application) for name, application in APPLICATIONS.items() if application.suits(client)]
    return dict(sorted(found, key=lambda each: -_matched(each[1], client)))


def _matched(application: Application, client: Client) -> int:
    """How many characters of a redirect URI of the client's say that it is for this application."""
    return len(application.redirect_path) if application.is_expected_by(client) else 0
