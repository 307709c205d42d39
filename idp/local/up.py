"""`manage.py up`: makes what is missing, then serves until it is told to stop."""

import contextlib
import dataclasses
import errno
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from accounts.conf import Accounts
from idp import env, secrets
from idp.conf import Deployment
from idp.databases import database
from idp.local import server, up_flags
from idp.local.demo_client import DemoClient, demo_client
from idp.local.django_command import tell
from idp.local.processes import CannotStart, free_port, start, stop, wait_until
from idp.local.supervisor import Restarted, Stopped, Stopping, say
from idp.redis import servers
from tokens.conf import Tokens

MANAGE = str(server.ROOT / "manage.py")
CLEANUP_SECONDS = 60


def main(arguments: list[str]) -> int:
    """Serves until Ctrl-C; returns the exit code: 2 when it cannot start, with one line that says why."""
    flags = up_flags.parse(arguments)
    up_flags.to_environment(flags)
    stopping = Stopping()
    try:
        deployment = _listening(_settings())
        _make_folder(deployment)
        return _serve(deployment, _prepare(stopping), stopping, demo=flags.demo)
    except env.BadSettings as error:
        return tell(error)
    except Stopped:
        say("stopped")
        return 0


def _settings() -> Deployment:
    """The deployment's settings; BadSettings with all that is wrong with them and the apps' ones."""
    reader = env.Reader(os.environ)
    deployment = reader.section(Deployment, "IDP_")
    reader.section(Accounts, "IDP_ACCOUNTS_")
    reader.section(Tokens, "IDP_TOKENS_")
    reader.faults += database(deployment.database, deployment.database_pool)[1]
    reader.faults += servers(deployment.redis_url)[1]
    reader.close("IDP_")
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
        made = secrets.create(deployment.secrets_folder)
    except OSError as error:
        raise CannotStart(
            f"cannot write to {deployment.secrets_folder} ({error.strerror}): make it writable, or set IDP_SECRETS"
        ) from None
    if made:
        say(f"made the server's secrets in {deployment.secrets_folder}: {', '.join(made)}")


def _prepare(stopping: Stopping) -> bool:
    """Tables, signing keys, static files; whether there is an admin."""
    say("preparing tables, signing keys and static files")
    told: dict[str, bool] = json.loads(_run(stopping, "-m", "idp.local.prepare"))
    return told["has_admin"]


def _run(stopping: Stopping, *arguments: str) -> str:
    """What a Python command of ours prints. One that fails has said why: that ends `up`."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "out", "wb+") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=server.with_root(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            start_new_session=True,
        )
        if stopping.wait_for(process) != 0:
            raise CannotStart("could not start: the line above says why")
        out.seek(0)
        return out.read().decode()


def _serve(deployment: Deployment, has_admin: bool, stopping: Stopping, *, demo: bool) -> int:
    with contextlib.ExitStack() as stack:
        environ = server.with_root(os.environ)
        relying_party = _demo_client(deployment, stopping) if demo else None
        gunicorn = start(server.command(), environ=environ)
        stack.callback(stop, gunicorn)
        wait_until(lambda: _answers(deployment, stopping), gunicorn, "the server")
        beside: list[Restarted] = []
        if deployment.tasks:
            beside.append(_cleanup(environ))
            stack.callback(beside[-1].stop)
        if relying_party:
            beside.append(_demo(deployment, relying_party))
            stack.callback(beside[-1].stop)
        print(welcome(deployment, has_admin, relying_party), flush=True)
        while gunicorn.poll() is None:
            stopping.check()
            for process in beside:
                process.look(time.monotonic())
            time.sleep(0.1)
        say(f"the server ended by itself (exit code {gunicorn.returncode}); its last lines above say why")
        return 1


def _answers(deployment: Deployment, stopping: Stopping) -> bool:
    stopping.check()
    return server.healthy(deployment.host, deployment.port, deployment.issuer)


def _demo_client(deployment: Deployment, stopping: Stopping) -> DemoClient:
    def createclient(*arguments: str) -> str:
        return _run(stopping, MANAGE, "createclient", *arguments)

    return demo_client(deployment.data / "demo.json", deployment.database, deployment.port + 1, createclient)


def _cleanup(environ: Mapping[str, str]) -> Restarted:
    sweep = [sys.executable, MANAGE, "cleanup", "--every", str(CLEANUP_SECONDS)]
    return Restarted("clean-up", sweep, environ, quiet=True)


def _demo(deployment: Deployment, client: DemoClient) -> Restarted:
    said = {
        "DEMO_ISSUER": deployment.issuer,
        "DEMO_CLIENT_ID": client.client_id,
        "DEMO_CLIENT_SECRET": client.client_secret,
        "DEMO_HOST": "localhost",
        "DEMO_PORT": str(client.port),
        "IDP_BRAND": deployment.brand,
    }
    # The relying party is not the provider: our settings and where our secrets are, are none of its business.
    others = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "DATABASE_", "REDIS_"))}
    return Restarted("the demo", [sys.executable, "-m", "idp.local.demo"], server.with_root({**others, **said}))


def welcome(deployment: Deployment, has_admin: bool, demo: DemoClient | None) -> str:
    """What a newcomer can do now."""
    lines = [f"{deployment.brand} serves {deployment.issuer}", ""]
    if not has_admin:
        manage = shlex.quote(sys.argv[0])
        lines += [
            "Become the first admin, in another terminal:",
            f"  IDP_DATA={shlex.quote(str(deployment.data))} python3 {manage} createsuperuser",
            "",
        ]
    lines += ["Try a request:", f"  curl {deployment.issuer}/.well-known/openid-configuration", ""]
    lines += [f"Clients are made in {deployment.issuer}/admin/ or with `manage.py createclient`."]
    if demo:
        lines += [f"A relying party to sign in with: {demo.url}"]
    return "\n".join([*lines, "Ctrl-C stops it."])
