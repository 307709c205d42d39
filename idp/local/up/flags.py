"""The options of `manage.py up`: other names for `IDP_*`, understood before anything is installed."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp.conf import Deployment
from idp.local import kept_store
from idp.local.processes import LOOPBACK, CannotStart

SETTINGS = {"host": "IDP_HOST", "port": "IDP_PORT", "data": "IDP_DATA", "base_url": "IDP_BASE_URL"}
PREPARES: Mapping[str, Any] = {"dest": "prepares", "action": "append_const", "default": []}
"""Of the options that are those of `manage.py prepare`."""
NOT_WITH_CLUSTER = ("DATABASE_URL", "REDIS_URL", "IDP_BROKER_URL", "IDP_ROLE", "IDP_TASKS")
"""What a cluster decides by itself."""
NOT_WITH_STORE = (kept_store.NAME, "IDP_DYNAMODB_ENDPOINT")
NOT_WITH_MEMORY = ("DATABASE_URL", "IDP_DATA", "IDP_SECRETS")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options given; ends the program as argparse does when they are wrong or help is asked for."""
    parser = argparse.ArgumentParser("manage.py up", description="Runs the provider on this machine until Ctrl-C.")
    parser.add_argument("--host", help="address to listen on (IDP_HOST, 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on; 0 takes a free one (IDP_PORT, 8000)")
    parser.add_argument("--data", metavar="DIR", help="folder of the database and the secrets (IDP_DATA, ./data)")
    parser.add_argument("--base-url", metavar="URL", help="the issuer (IDP_BASE_URL, http://localhost:PORT)")
    parser.add_argument(
        "--change-issuer",
        **PREPARES,
        const="--change-issuer",
        help="the issuer that the database remembers becomes the base URL: every client has to be told",
    )
    parser.add_argument(
        "--change-store",
        **PREPARES,
        const="--change-store",
        help="the store that the database remembers becomes that of the settings: what the one before has stays there",
    )
    parser.add_argument(
        "--demo", action="store_true", help="with people, clients, a resource and a small relying party"
    )
    parser.add_argument("--reload", action="store_true", help="start again when code, templates or styles change")
    parser.add_argument(
        "--cluster", action="store_true", help="PostgreSQL, Valkey, three nodes behind a balancer, workers and beats"
    )
    parser.add_argument(
        "--memory", action="store_true", help="keep everything in memory; it is gone when the provider ends"
    )
    parser.add_argument(
        "--store",
        choices=kept_store.KINDS,
        help="where tokens, consents and keys live: in the database, or in DynamoDB, on a server that it brings; as the"
        " last time unless it is said",
    )
    flags = parser.parse_args(arguments)
    if flags.store:  # who says which one means it
        flags.prepares = [*flags.prepares, "--change-store"]
    return flags


def requirements(arguments: list[str]) -> str:
    """Which of requirements/*.txt the options need."""
    flags = parse(arguments)
    data = Path(flags.data or os.environ.get("IDP_DATA") or Deployment().data)
    return "local" if flags.demo or flags.cluster or store(flags, os.environ, data) == "dynamodb" else "base"


def store(flags: argparse.Namespace, environ: Mapping[str, str], data: Path) -> str | None:
    """Which one `up` brings: the one asked for, or that of the last `up` on the folder; None where settings name it."""
    if flags.store is None and kept_store.named(environ):
        return None
    kind: str = flags.store or ("orm" if flags.memory else kept_store.chosen(data))
    return kind


def to_environment(flags: argparse.Namespace) -> None:
    """An option overrules the environment."""
    for option, name in SETTINGS.items():
        if (value := getattr(flags, option)) is not None:
            os.environ.pop(f"{name}_FILE", None)
            os.environ[name] = value


def refuse_with_store(environ: Mapping[str, str]) -> None:
    """CannotStart for settings of another one."""
    for name in NOT_WITH_STORE:
        if name in environ or f"{name}_FILE" in environ:
            raise CannotStart(f"{name}: `up --store` says where the store is: leave out one of the two")


def refuse_with_memory(environ: Mapping[str, str]) -> None:
    """CannotStart for what says where else things are kept. `--data` is in the environment by now."""
    for name in NOT_WITH_MEMORY:
        if name in environ or f"{name}_FILE" in environ:
            option = " (--data)" if name == "IDP_DATA" else ""
            raise CannotStart(f"{name}{option}: `up --memory` keeps everything in memory: leave out one of the two")


def refuse_with_cluster(environ: Mapping[str, str], flags: argparse.Namespace) -> None:
    """CannotStart for what a cluster on one machine would not heed."""
    if flags.reload:
        raise CannotStart("--reload: it starts one node again, not a cluster: leave out one of the two")
    for name in NOT_WITH_CLUSTER:
        if name in environ or f"{name}_FILE" in environ:
            raise CannotStart(f"{name}: `up --cluster` brings its own servers: leave it out")
    if environ.get("IDP_HOST", LOOPBACK) not in (LOOPBACK, "localhost"):
        raise CannotStart(f"IDP_HOST: `up --cluster` is for this machine only: leave it out, or set {LOOPBACK}")


def refuse_base_url(deployment: Deployment) -> None:
    """CannotStart for an issuer that a cluster on one machine cannot be: by http it is where its balancer listens, by
    https what stands before that."""
    if deployment.base_url is not None and not deployment.secure:
        raise CannotStart(
            "IDP_BASE_URL: `up --cluster` is http://localhost: leave it out, or name an https one and what serves it"
            " (IDP_TRUSTED_PROXIES)"
        )
    if deployment.base_url is None and deployment.trusted_proxies:
        raise CannotStart("IDP_TRUSTED_PROXIES: nothing stands before http://localhost: leave it out")


def refuse_demo(deployment: Deployment) -> None:
    """CannotStart where people could come from elsewhere: its clients and people are for whom sits at the machine."""
    if not deployment.loopback:
        raise CannotStart(
            f"--demo: its people and clients are for this machine, and {deployment.issuer} is not: leave out --demo,"
            " or the base URL"
        )
