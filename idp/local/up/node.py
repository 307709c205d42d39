"""`manage.py up`: one node that is everything, and the scheduled work with it."""

import contextlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from idp.conf import Deployment
from idp.local import command_lines
from idp.local.demo_client import DemoClient
from idp.local.processes import CannotStart, ends_with_us, start, stop, wait_until
from idp.local.program import Program
from idp.local.up import steps
from idp.local.up.mails import Mails
from idp.local.up.own_store import own_store
from idp.local.up.supervisor import Restarted, Stopping, say
from idp.local.up.watch import Watch, needs_preparing


class Node:
    """The server and the scheduled work, which start and end together."""

    def __init__(self, deployment: Deployment, environ: Mapping[str, str], stopping: Stopping) -> None:
        self._deployment, self._environ, self._stopping = deployment, environ, stopping
        self._gunicorn: subprocess.Popen[bytes] | None = None
        self._work: Restarted | None = None

    def start(self) -> None:
        """CannotStart if the server does not answer."""
        self._gunicorn = start([*ends_with_us(), *command_lines.gunicorn()], environ=self._environ)
        wait_until(self._answers, self._gunicorn, "the server")
        if self._deployment.tasks:
            command = [sys.executable, steps.MANAGE, "work"]
            work = Program(name="scheduled work", kind="worker", command=command, environ=self._environ, quiet=True)
            self._work = Restarted(work.ends_with_us())

    def stop(self) -> None:
        if self._work is not None:
            self._work.stop()
        if self._gunicorn is not None:
            stop(self._gunicorn)
        self._work = self._gunicorn = None

    def look(self) -> int | None:
        """Starts scheduled work again if it ended; the exit code of the server, once, if that did."""
        if self._work is not None:
            self._work.look(time.monotonic())
        if self._gunicorn is None or self._gunicorn.poll() is None:
            return None
        # Its workers outlive a master that was killed.
        code, self._gunicorn = stop(self._gunicorn), None
        return code

    def _answers(self) -> bool:
        self._stopping.check()
        return command_lines.healthy(self._deployment.host, self._deployment.port, self._deployment.issuer)


def serve(
    deployment: Deployment, stopping: Stopping, *, demo: bool, reload: bool, prepares: Sequence[str], store: str | None
) -> int:
    """Until the server ends by itself: the exit code. Stopped when somebody asks us to. With `reload` it waits for a
    change of the code instead. `prepares`: options of `manage.py prepare`."""
    watch = Watch() if reload else None
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(own_store(deployment, store, deployment.data / "dynamodb", stopping))
        prepared = steps.prepare(stopping, *prepares)
        seeds = steps.sow(stopping) if demo else None
        relying_party = _register_demo(deployment, stopping) if demo else None
        node = Node(deployment, command_lines.with_root(os.environ), stopping)
        stack.callback(node.stop)
        node.start()
        others: list[Restarted] = []
        if relying_party:
            others.append(steps.start_demo(deployment, relying_party))
            stack.callback(others[-1].stop)
        admin = steps.first_admin(deployment, prepared, stopping)
        reaching = f"IDP_DATA={shlex.quote(str(deployment.data))}"
        print(steps.welcome(deployment, reaching, admin, relying_party, seeds, kept), flush=True)
        mails = Mails()
        while True:
            stopping.check()
            mails.show()
            if (code := node.look()) is not None:
                say(f"the server ended by itself (exit code {code}); its last lines above say why")
                if watch is None:
                    return 1
            for process in others:
                process.look(time.monotonic())
            if watch is not None:
                _reload(node, watch, stopping)
            time.sleep(0.1)


def _reload(node: Node, watch: Watch, stopping: Stopping) -> None:
    """Starts it again if a file changed. What cannot start waits for the next change."""
    changed = watch.changed()
    if not changed:
        return
    say(f"{changed[0]}{f' and {len(changed) - 1} more' if len(changed) > 1 else ''} changed: starting again")
    node.stop()
    try:
        if needs_preparing(changed):
            steps.prepare(stopping)
        node.start()
        say("serves again")
    except CannotStart as error:
        say(f"{error}; waiting for the next change")


def _register_demo(deployment: Deployment, stopping: Stopping) -> DemoClient:
    return steps.register_demo(deployment.data, deployment.port + 1, deployment.database, stopping)
