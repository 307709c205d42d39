"""What `up` does for one node and for a cluster alike: prepares, starts the demo, says what a newcomer can do."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idp.conf import Deployment
from idp.local import command_lines
from idp.local.demo_client import DemoClient, demo_client
from idp.local.processes import CannotStart
from idp.local.program import Program
from idp.local.up.supervisor import Restarted, Stopping, say

OURS = ("IDP_", "DATABASE_", "REDIS_", "AWS_")
MANAGE = str(command_lines.ROOT / "manage.py")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `manage.py prepare` prints."""

    has_admin: bool
    programs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Seeds:
    """What `idp.local.seeds` prints: empty where it made nothing."""

    people: Mapping[str, str]
    clients: Mapping[str, Mapping[str, str]]
    resource: str | None


def prepare(stopping: Stopping, *options: str) -> Prepared:
    """Tables, signing keys, static files. `options`: of `manage.py prepare`."""
    say("preparing tables, signing keys and static files")
    return Prepared(**json.loads(run(stopping, MANAGE, "prepare", *options)))


def run(stopping: Stopping, *arguments: str) -> str:
    """What a Python command of ours prints. One that fails has said why: that ends `up`."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "out", "wb+") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=command_lines.with_root(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            start_new_session=True,
        )
        if stopping.wait_for(process) != 0:
            raise CannotStart("could not start: the line above says why")
        out.seek(0)
        return out.read().decode()


def first_admin(deployment: Deployment, prepared: Prepared, stopping: Stopping) -> str | None:
    """Where the first admin chooses a password; None where there is one, or no page to do it on."""
    if prepared.has_admin or "front" not in deployment.sides:
        return None
    link: str = json.loads(run(stopping, MANAGE, "users", "first-admin", "--json"))["reset_link"]
    return link


def sow(stopping: Stopping) -> Seeds:
    """People, a client of each kind and a resource to try things with."""
    return Seeds(**json.loads(run(stopping, "-m", "idp.local.seeds")))


def register_demo(folder: Path, port: int, database: str, stopping: Stopping) -> DemoClient:
    """The demo's registration, kept in `folder`. `port`: where it would like to be; `database`: which one it is."""

    def createclient(*arguments: str) -> str:
        return run(stopping, MANAGE, "createclient", *arguments)

    return demo_client(folder / "demo.json", database, port, createclient)


def start_demo(deployment: Deployment, client: DemoClient) -> Restarted:
    settings = {
        "DEMO_ISSUER": deployment.issuer,
        "DEMO_CLIENT_ID": client.client_id,
        "DEMO_CLIENT_SECRET": client.client_secret,
        "DEMO_HOST": "localhost",
        "DEMO_PORT": str(client.port),
        "IDP_BRAND": deployment.brand,
    }
    # The relying party is not the provider: our settings and where our secrets are, are none of its business.
    others = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    program = Program(
        name="the demo",
        kind="demo",
        command=[sys.executable, "-m", "idp.local.demo"],
        environ=command_lines.with_root({**others, **settings}),
        where=client.url,
    )
    return Restarted(program.ends_with_us())


def welcome(
    deployment: Deployment, reaching: str, admin: str | None, demo: DemoClient | None, seeds: Seeds | None, store: str
) -> str:
    """What a newcomer can do now. `reaching`: the settings with which a command reaches the same database; `admin`:
    where the first admin chooses a password, where there is none; `store`: what is said of it, if anything."""
    lines = [f"{deployment.brand} serves {deployment.issuer}", *([store] if store else []), ""]
    manage = f"{reaching} python3 {shlex.quote(sys.argv[0])}"
    if admin:
        lines += [
            "Become the first admin (the link works once, for an hour):",
            f"  {admin}",
            "A later one comes from another terminal:",
            f"  {manage} users first-admin",
            "",
        ]
    lines += ["Try a request:", f"  curl {deployment.issuer}/.well-known/openid-configuration", ""]
    lines += [f"Clients are made in {deployment.issuer}/admin/, or in another terminal:"]
    lines += [f"  {manage} createclient --help", ""]
    if demo:
        lines += [f"A relying party to sign in with: {demo.url}"]
    if seeds:
        lines += ["", *_sown(seeds), ""]
    return "\n".join([*lines, "Ctrl-C stops it."])


def _sown(seeds: Seeds) -> list[str]:
    if not seeds.people:
        return ["People, clients and a resource are there from before. Their passwords and secrets were shown once."]
    return [
        "Two people, a client of each kind and a resource, to try things with. This is shown once:",
        *(f"  person    {name:<8}  password {password}" for name, password in seeds.people.items()),
        *(line for kind, client in seeds.clients.items() for line in _client(kind, **client)),
        f"  resource  {seeds.resource}",
    ]


def _client(kind: str, client_id: str, client_secret: str = "") -> list[str]:
    secret = [f"{'':<20}  secret  {client_secret}"] if client_secret else []
    return [f"  client    {kind:<8}  id      {client_id}", *secret]
