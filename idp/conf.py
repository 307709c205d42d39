"""The settings of a deployment: where it listens, what it is called, where its data are."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from accounts.ground.look import Logo, colour, folder, logo
from accounts.ground.shown_text import hidden, is_blank
from idp.issuer import Issuer, issuer, listening

THREADS_PER_CONNECTION = 6
"""A thread waits mostly without a connection: for its turn, for Redis or for the sender. So many are cheap, and keep
the answers that need no database, `/healthz` among them, out of any queue."""
PASSWORD_WAITERS = 128
"""People who may wait until their password is checked, in each process: each in a thread that is there for nobody else,
so that the others have as many as before."""

Role = Literal["all", "front", "back", "worker", "beat"]
Side = Literal["front", "back"]
SIDES: Mapping[Role, tuple[Side, ...]] = {
    "all": ("front", "back"),
    "front": ("front",),
    "back": ("back",),
    "worker": (),
    "beat": (),
}
"""What a node of each role serves over HTTP: pages for people, endpoints for programs, or nothing."""
MAX_PASSWORD_CHECKS = 128
MAX_DRAIN = 300  # seconds
MIN_TOKEN = 16  # characters


@dataclass(frozen=True, slots=True)
class Deployment:
    """Read from `IDP_*`, `DATABASE_URL` and `REDIS_URL`; every command reads the same ones."""

    role: Annotated[
        Role,
        "What this node does: `front` serves people (sign-in, consent, the admin), `back` serves programs (tokens,"
        " keys, discovery), `all` both; `worker` and `beat` serve nothing over HTTP.",
    ] = "all"
    tasks: Annotated[
        bool, "Whether scheduled work (clean-up) may run on this node; a `worker` or `beat` has no other."
    ] = True
    host: Annotated[
        str,
        "The address that `up` listens on; IPv6 as it is, `::1`. On anything but loopback a reverse proxy that buffers"
        " whole requests belongs in front.",
        listening,
    ] = "127.0.0.1"
    port: Annotated[int, "The port that `up` listens on; 0 takes a free one."] = 8000
    data: Annotated[
        Path, "The folder for the SQLite database, the server's secrets and the collected static files."
    ] = Path("data")
    base_url: Annotated[
        Issuer | None,
        "The issuer: scheme, host and port that people and relying parties use. Default: `http://localhost:PORT`.",
        issuer,
    ] = None
    brand: Annotated[str, "The name that pages and mails show."] = "Avouch"
    brand_logo: Annotated[
        Logo | None,
        "The picture beside the name on pages: an SVG, PNG, JPEG or WebP file of at most 20 KB ([the look](look.md)).",
        logo,
    ] = None
    brand_accent: Annotated[
        str | None,
        "The colour of buttons and links, as `#0d6a66`; pages take the shade nearest to it that can be read.",
        colour,
    ] = None
    brand_folder: Annotated[
        Path | None,
        "A folder with a look of one's own: `templates`, `locale` and `pages.css`, each if wanted"
        " ([the look](look.md)).",
        folder,
    ] = None
    database_url: Annotated[
        str | None,
        "`postgresql://…`, `mysql://…` (MariaDB, MySQL), `oracle://…` or `sqlite:///…` ([which](databases.md)). "
        "Default: `db.sqlite3` in the data folder. Of several PostgreSQL servers,"
        " `postgresql://[USER:PASSWORD@]HOST[:PORT],…/NAME`, the one that takes writes is used.",
        "DATABASE_URL",
    ] = None
    database_pool: Annotated[int, "Connections that one process may hold to PostgreSQL, at the most."] = 8
    database_prepare_threshold: Annotated[
        int,
        "How often a connection runs a statement before PostgreSQL keeps it prepared. 0: never, for a pooler that knows"
        " no prepared statements.",
    ] = 2
    workers: Annotated[
        int,
        "Processes of gunicorn on a node, each with threads, connections and password checks of its own.",
        "WEB_CONCURRENCY",
    ] = 1
    password_checks: Annotated[
        int,
        "Passwords that one process checks at a time: each takes a core, and 46 MiB while it lasts. 0: as many as it"
        " may use cores, divided by WEB_CONCURRENCY. Set it where CPU time is limited otherwise, as by a container's"
        " quota.",
    ] = 0
    redis_url: Annotated[
        str | None,
        "Caches session data; without it only the database serves them. `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`,"
        " `rediss://…` (TLS) or `unix:///PATH`; behind Sentinel `redis+sentinel://[USER:PASSWORD@]HOST[:PORT],…/NAME[/DB]`"
        " (the Sentinels' own: `?sentinel_username=…&sentinel_password=…`); a cluster"
        " `redis+cluster://[USER:PASSWORD@]HOST[:PORT],…`. `rediss+…` for TLS, `?ssl_ca_certs=PATH` for its authority.",
        "REDIS_URL",
    ] = None
    broker_url: Annotated[
        str | None,
        "Where Celery's messages wait for `worker` nodes, and `beat` nodes agree who leads: `redis://…`, `rediss://…`"
        " or, behind Sentinel, `redis+sentinel://…`, as for REDIS_URL. Default: REDIS_URL, if it is one of these.",
    ] = None
    beat_loop: Annotated[int, "Seconds after which a `beat` node looks again at what is due."] = 5
    beat_lock: Annotated[
        int, "Seconds without a sign of life after which another `beat` node takes over: at least three loops."
    ] = 30
    metrics_token: Annotated[
        str | None,
        "What a monitor has to show at `/metrics`, as a Bearer token. Without it nobody is answered there.",
    ] = None
    secrets: Annotated[
        Path | None, "The folder of the server's four secrets. Default: `secrets` in the data folder."
    ] = None
    trusted_proxies: Annotated[
        int,
        "How many reverse proxies stand before the server, each appending to X-Forwarded-For. 0 ignores the header."
        " An https base URL needs at least 1: the server speaks no TLS.",
    ] = 0
    drain: Annotated[
        int,
        "Seconds that a node goes on serving after SIGTERM, while `/readyz` says 503: as long as balancers need to"
        " notice.",
    ] = 0
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        "The least severe log line that is written. The line of a refusal is INFO: above that, the number that a page"
        " or an answer names leads to no line.",
    ] = "INFO"
    debug: Annotated[bool, "Django's debug pages. Refused unless the issuer is loopback."] = False

    @property
    def sides(self) -> tuple[Side, ...]:
        """What it serves over HTTP."""
        return SIDES[self.role]

    @property
    def origin(self) -> Issuer:
        return self.base_url or Issuer(scheme="http", hostname="localhost", port=self.port)

    @property
    def issuer(self) -> str:
        """The issuer identifier (OpenID Connect Discovery §3): an origin, without a path."""
        return str(self.origin)

    @property
    def secure(self) -> bool:
        """Whether people reach the server by https; decides about Secure cookies, `__Host-` and HSTS."""
        return self.origin.secure

    @property
    def loopback(self) -> bool:
        return self.origin.loopback

    @property
    def cookie_prefix(self) -> str:
        """What the names of all cookies begin with. Cookies know no ports (RFC 6265 §8.5), and on loopback programs
        are one host: Flask's and Starlette's cookie is `session`, and another of these servers may run there."""
        host = "__Host-" if self.secure else ""
        return f"{host}idp-{self.origin.port}-" if self.loopback else host

    @property
    def database(self) -> str:
        # A folder's name may have `#`, `?` or `%` in it, which mean something else in a URL.
        return self.database_url or f"sqlite:///{quote(str((self.data / 'db.sqlite3').absolute()))}"

    @property
    def secrets_folder(self) -> Path:
        return self.secrets or self.data / "secrets"

    @property
    def password_places(self) -> int:
        """How many passwords one process checks at a time."""
        return self.password_checks or max(1, _cores() // self.workers)

    @property
    def threads(self) -> int:
        """Of one process."""
        waiting = PASSWORD_WAITERS if "front" in self.sides else 0
        return self.database_pool * THREADS_PER_CONNECTION + waiting

    def faults(self) -> Iterator[str]:
        if not 0 <= self.port <= 65535:
            yield f"IDP_PORT: {self.port} is not a port (0 to 65535)"
        if found := hidden(self.brand):
            yield f"IDP_BRAND: it has a character that nobody sees ({found}): leave it out"
        if is_blank(self.brand):
            yield "IDP_BRAND: it has nothing that can be seen"
        if self.database_pool < 1:
            yield "IDP_DATABASE_POOL: at least 1"
        if self.database_prepare_threshold < 0:
            yield "IDP_DATABASE_PREPARE_THRESHOLD: 0 or more"
        if self.workers < 1:
            yield "WEB_CONCURRENCY: at least 1"
        if not 0 <= self.password_checks <= MAX_PASSWORD_CHECKS:
            yield f"IDP_PASSWORD_CHECKS: from 0 to {MAX_PASSWORD_CHECKS}"
        if not 0 <= self.drain <= MAX_DRAIN:
            yield f"IDP_DRAIN: from 0 to {MAX_DRAIN}"
        if self.role in ("worker", "beat") and not self.tasks:
            yield f"IDP_TASKS: scheduled work is all that a {self.role} does: leave it on, or do not start the node"
        if self.role in ("worker", "beat") and not (self.broker_url or self.redis_url):
            yield f"IDP_BROKER_URL: a {self.role} needs a broker: set it, or REDIS_URL"
        if self.metrics_token and len(self.metrics_token) < MIN_TOKEN:
            yield f"IDP_METRICS_TOKEN: at least {MIN_TOKEN} characters"
        if self.beat_loop < 1:
            yield "IDP_BEAT_LOOP: at least 1"
        if self.beat_lock < 3 * self.beat_loop:
            yield f"IDP_BEAT_LOCK: at least three times IDP_BEAT_LOOP, {3 * self.beat_loop}"
        if self.trusted_proxies < 0:
            yield "IDP_TRUSTED_PROXIES: 0 or more"
        if self.secure and self.trusted_proxies == 0:
            yield (
                "IDP_TRUSTED_PROXIES: an https IDP_BASE_URL needs a reverse proxy, for this server speaks no TLS:"
                " set how many there are, mostly 1"
            )
        if self.debug and not self.loopback:
            yield "IDP_DEBUG: its pages show secrets; it needs an IDP_BASE_URL on localhost"


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
