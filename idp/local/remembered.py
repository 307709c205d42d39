"""A command fits the database that it is for, or says why not; and where nobody told it the issuer, it takes the
database's: links and addresses that it prints lead to where people are. So it is with the store of `up --store`."""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

from idp.conf import Deployment
from idp.env import BadSettings
from idp.local import kept_settings, kept_store
from idp.local.told import is_named

NAMES = ("IDP_BASE_URL", "IDP_PORT")
ON_THEIR_OWN = ("doctor", "dynamodb", "prepare", "secrets")
"""Ours that are for a database that does not fit, or for none."""
WITHOUT_A_STORE = ("secrets",)


def join(command: str) -> None:
    """For a command of ours, before it runs: BadSettings where this process does not fit. Begins the program anew where
    the issuer is another than the settings make it by themselves."""
    import django

    django.setup()
    from idp.fit import state
    from idp.fit.node import ISSUER

    faults = state.beforehand()
    if ISSUER in faults and not said(os.environ):
        to_environment(os.environ, state.issuer())
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 the same program, told the issuer
    if faults and command not in ON_THEIR_OWN:
        raise BadSettings([state.told({name: text}) for name, text in faults.items()])


def join_store(command: str, *, ours: bool) -> None:
    """Takes the settings by which the store is reached of the `up` that runs on the folder. BadSettings where none
    does that could, for a command of ours: it would look into the database in vain."""
    if kept_store.named(os.environ):
        return
    data = _folder()
    if settings := kept_store.settings(data):
        kept_store.take(os.environ, settings)
    elif ours and command not in WITHOUT_A_STORE and kept_store.chosen(data) != kept_store.KINDS[0]:
        raise BadSettings(
            [f"{kept_store.NAME}: `up --store {kept_store.chosen(data)}` has the store of {data}: start it"]
        )


def join_settings() -> None:
    """Takes the other settings of the `up` that runs on the folder, where this environment does not say them."""
    kept_settings.take(os.environ, _folder())


def said(environ: MutableMapping[str, str]) -> bool:
    """Whether the environment says what the issuer is."""
    return any(is_named(environ, name) for name in NAMES)


def _folder() -> Path:
    return Path(os.environ.get("IDP_DATA") or Deployment().data)


def to_environment(environ: MutableMapping[str, str], issuer: str) -> None:
    environ["IDP_BASE_URL"] = issuer
    if issuer.startswith("https:"):  # a command serves nothing: it needs no more than that there is one
        environ.setdefault("IDP_TRUSTED_PROXIES", "1")
