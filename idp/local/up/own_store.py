"""The store of `up --store dynamodb`: a server of its own, ministack, whose data stay in a folder."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from idp.conf import Deployment
from idp.local import kept_store, ministack
from idp.local.processes import ends_with_us, free_port, running, start
from idp.local.up.supervisor import Stopping, say

ENDED = (
    "ministack, the server of the store, ended by itself: what it was told since it started is lost; {log} may say why"
)


@contextlib.contextmanager
def own_store(deployment: Deployment, kind: str | None, folder: Path, stopping: Stopping) -> Iterator[str]:
    """Runs it until the block ends, told to our children and to commands of other terminals; what it held is written to
    `folder` then, also when we are killed. Says what a newcomer is told of it. Nothing runs where the store is the
    database, or is named by settings (None)."""
    if kind != "dynamodb":
        if kind is not None and kind != kept_store.chosen(deployment.data):
            kept_store.remember(deployment.data, kind, {})
        yield ""
        return
    say("starting ministack for the store")
    folder.mkdir(mode=0o700, exist_ok=True)
    port, log = free_port(), folder / "log"
    log.unlink(missing_ok=True)
    command = [*ends_with_us(), *ministack.command()]
    process = start(command, environ=ministack.environ(port, folder, kept=True), log=log)
    with running(process, first=signal.SIGTERM):
        ministack.wait(port, process, log)
        stopping.watch(process, ENDED.format(log=log))
        settings = {kept_store.NAME: kind, "IDP_DYNAMODB_ENDPOINT": ministack.url(port), **ministack.CREDENTIALS}
        kept_store.take(os.environ, settings)
        kept_store.remember(deployment.data, kind, settings)
        try:
            yield f"The store is on DynamoDB: ministack at {ministack.url(port)}, its data in {folder}"
        finally:
            kept_store.remember(deployment.data, kind, {})
