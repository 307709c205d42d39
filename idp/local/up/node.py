"""`manage.py up`: one node that is everything, and the scheduled work beside it."""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Mapping

from idp.conf import Deployment
from idp.local import server
from idp.local.demo_client import DemoClient
from idp.local.processes import start, stop, tied, wait_until
from idp.local.up import steps
from idp.local.up.supervisor import Restarted, Stopping, say


def serve(deployment: Deployment, stopping: Stopping, *, demo: bool) -> int:
    """Until the server ends by itself: the exit code. Stopped when somebody asks us to."""
    has_admin = steps.prepare(stopping).has_admin
    with contextlib.ExitStack() as stack:
        environ = server.with_root(os.environ)
        relying_party = _register_demo(deployment, stopping) if demo else None
        gunicorn = start([*tied(), *server.command()], environ=environ)
        stack.callback(stop, gunicorn)
        wait_until(lambda: _answers(deployment, stopping), gunicorn, "the server")
        beside: list[Restarted] = []
        if deployment.tasks:
            beside.append(_scheduled_work(environ))
            stack.callback(beside[-1].stop)
        if relying_party:
            beside.append(steps.start_demo(deployment, relying_party))
            stack.callback(beside[-1].stop)
        reaching = f"IDP_DATA={shlex.quote(str(deployment.data))}"
        print(steps.welcome(deployment, reaching, has_admin, relying_party), flush=True)
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


def _register_demo(deployment: Deployment, stopping: Stopping) -> DemoClient:
    return steps.register_demo(deployment.data, deployment.port + 1, deployment.database, stopping)


def _scheduled_work(environ: Mapping[str, str]) -> Restarted:
    return Restarted("scheduled work", [*tied(), sys.executable, steps.MANAGE, "work"], environ, quiet=True)
