"""`manage.py up`: makes what is missing, then serves until it is told to stop."""

import argparse
import contextlib
import dataclasses
import errno
import os
import socket
import tempfile
from collections.abc import Iterator

from idp import secrets
from idp.conf import Deployment
from idp.configuration import read_settings
from idp.env import BadSettings
from idp.local import kept_settings
from idp.local.django_command import tell
from idp.local.processes import CannotStart, free_port
from idp.local.up import flags, mails, node
from idp.local.up.alone import alone, look
from idp.local.up.memory import folder_in_memory
from idp.local.up.supervisor import Stopped, Stopping, say


def main(arguments: list[str]) -> int:
    """Serves until Ctrl-C; returns the exit code: 2 when it cannot start, with one line that says why."""
    options = flags.parse(arguments)
    flags.to_environment(options)
    if options.cluster:
        flags.refuse_with_cluster(os.environ, options)
    if options.memory:
        flags.refuse_with_memory(os.environ)
    if options.store:
        flags.refuse_with_store(os.environ)
    stopping = Stopping()
    try:
        with _placed(options):
            return _start(stopping, options)
    except BadSettings as error:
        return tell(error)
    except Stopped:
        say("stopped")
        return 0


@contextlib.contextmanager
def _placed(options: argparse.Namespace) -> Iterator[None]:
    """Where things are kept is in memory meanwhile, if that is wanted."""
    if not options.memory:
        yield
        return
    with folder_in_memory() as folder:
        os.environ["IDP_DATA"] = str(folder)
        yield


def _start(stopping: Stopping, options: argparse.Namespace) -> int:
    deployment = _settings()
    if not options.cluster:
        look(deployment)
    deployment = _listening(deployment)
    if options.cluster:
        flags.refuse_base_url(deployment)
    if options.demo:
        flags.refuse_demo(deployment)
    _make_folder(deployment)
    # A cluster has a database of its own in the folder, and a lock on that.
    with contextlib.nullcontext() if options.cluster else alone(deployment):
        return _serve(deployment, stopping, options)


def _settings() -> Deployment:
    """The deployment's settings. BadSettings with all that is wrong with any setting or secret; a missing secret is
    made afterwards."""
    # What needs mail has it by the time that it is served (`mails.to_environment`).
    told = {} if mails.is_named() else {"IDP_MAIL_FOLDER": "mail"}
    deployment = read_settings({**os.environ, **told}, secrets_missing=True).deployment
    if not deployment.loopback:
        deployment = read_settings(os.environ, secrets_missing=True).deployment
    if not deployment.sides:
        raise CannotStart(f"IDP_ROLE: a {deployment.role} serves nothing over HTTP: start it with Celery")
    return deployment


def _listening(deployment: Deployment) -> Deployment:
    """The same with a free port and a folder that is the same from everywhere, told to our children, too."""
    port = deployment.port or free_port()
    data = deployment.data.absolute()
    for name, value in (("IDP_PORT", str(port)), ("IDP_DATA", str(data))):
        os.environ.pop(f"{name}_FILE", None)
        os.environ[name] = value
    family = socket.AF_INET6 if ":" in deployment.host else socket.AF_INET
    try:
        socket.create_server((deployment.host, port), family=family).close()
    except OSError as error:
        raise CannotStart(_cannot_listen(deployment.host, port, error)) from None
    return dataclasses.replace(deployment, port=port, data=data)


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop what listens there, or choose another with --port (0: a free one)"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is for administrators: choose one above 1023 with --port"
    return f"cannot listen on {host} ({error.strerror or error}): choose an address of this machine with --host"


def _make_folder(deployment: Deployment) -> None:
    """The data folder and the server's secrets."""
    try:
        deployment.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=deployment.data).close()
    except OSError as error:
        raise CannotStart(
            f"cannot write to {deployment.data} ({error.strerror}): make it writable, or choose another with --data"
        ) from None
    try:
        created = secrets.create(deployment.secrets_folder)
    except OSError as error:
        raise CannotStart(
            f"cannot write to {deployment.secrets_folder} ({error.strerror}): make it writable, or set IDP_SECRETS"
        ) from None
    if created:
        say(f"made the server's secrets in {deployment.secrets_folder}: {', '.join(created)}")


def _serve(deployment: Deployment, stopping: Stopping, options: argparse.Namespace) -> int:
    store = flags.store(options, os.environ, deployment.data)
    mails.to_environment(deployment)
    with kept_settings.kept(deployment.data, os.environ):
        return _run(deployment, stopping, options, store)


def _run(deployment: Deployment, stopping: Stopping, options: argparse.Namespace, store: str | None) -> int:
    if options.cluster:
        from idp.local.up import cluster  # needs what only requirements/local.txt brings

        return cluster.serve(deployment, stopping, demo=options.demo, prepares=options.prepares, store=store)
    return node.serve(
        deployment,
        stopping,
        demo=options.demo,
        prepares=options.prepares,
        reload=options.reload,
        store=store,
    )
