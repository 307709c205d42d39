"""How gunicorn serves the provider: `gunicorn --config deploy/gunicorn.conf.py idp.wsgi`, told only by `IDP_*`.

WEB_CONCURRENCY is the number of workers (1). A worker has six threads for every connection that it may hold to the
database, so that a request that needs none is always answered; where it serves people, 128 more for those who wait
until their password is checked. They start when they are needed. Nothing is preloaded: each worker makes its own
connections and threads after the fork. A thread stays with its connection while more is asked on it, and waits for a
slow sender: on anything but loopback, put a reverse proxy in front that buffers whole requests. What stops it has to
signal only the master and leave it IDP_DRAIN + graceful_timeout seconds.
"""

import sys
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.workers.base import Worker

from idp.node.draining import drain_before, draining
from idp.node.server_lines import withhold
from idp.start import PRIVATE, begin

begin()
from idp.settings import DATA_UPLOAD_MAX_MEMORY_SIZE, deployment  # noqa: E402 begin() says what is wrong with them

if not deployment.sides:
    sys.exit(f"IDP_ROLE: a {deployment.role} serves nothing over HTTP: start it with Celery, or choose another role")

bind = f"[{deployment.host}]:{deployment.port}" if ":" in deployment.host else f"{deployment.host}:{deployment.port}"
worker_class = "idp.node.worker.Worker"
umask = PRIVATE
threads = deployment.threads
graceful_timeout = 10
keepalive = 5
limit_request_line = 8190
"""The most that gunicorn takes. `tokens.endpoint.form` refuses a query a little before, in words for a program."""
errorlog = "-"
loglevel = deployment.log_level.lower()
forwarded_allow_ips = ""
"""Only Django decides which proxy is believed (IDP_TRUSTED_PROXIES)."""
# The heartbeat of the workers must never wait for a disk.
if Path("/dev/shm").is_dir():  # noqa: S108 a folder for the workers' heartbeats, made with names of their own
    worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
"""Its default place is shared by all nodes of a user."""


def when_ready(server: Arbiter) -> None:
    """SIGTERM first turns /readyz to 503; the rest goes on for IDP_DRAIN seconds, and then as gunicorn has it."""
    drain_before(server.signal, deployment.drain)


def post_worker_init(worker: Worker) -> None:
    """A node that would share its sessions of the database with others ends, with one line, and so does one whose store
    has no tables. One that does not fit its database knows it before its first request. From here on gunicorn's lines
    quote nothing of a request."""
    # Here, where Django is set up.
    from idp.fit import state
    from idp.postgresql import pooler
    from tokens.checks import tables_fault

    if fault := pooler.fault() or tables_fault():
        print(fault, file=sys.stderr)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
    state.watch()
    withhold()


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """What it said of its settings goes with it."""
    from idp.fit import state

    state.leave()


def pre_request(worker: Worker, request: Request) -> None:
    """While it drains, no connection is kept: a proxy that keeps some (nginx) has none left when the node stops. Nor is
    one whose body is refused unread: to keep it, all of the body would have to be read and thrown away."""
    if draining() or _length(request) > DATA_UPLOAD_MAX_MEMORY_SIZE:
        request.force_close()


def _length(request: Request) -> int:
    """That a body says of itself, of which gunicorn has checked the form."""
    return max((int(value) for name, value in request.headers if name == "CONTENT-LENGTH"), default=0)
