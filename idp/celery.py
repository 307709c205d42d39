"""The Celery application of worker and beat nodes: `celery -A idp worker` and `celery -A idp beat`."""

import gc
import logging
import os
from typing import Any

import celery
from celery import Celery
from celery.exceptions import Reject
from celery.signals import celeryd_init, setup_logging, worker_init
from celery.worker import request, state
from celery.worker.consumer import consumer
from django.conf import settings

from idp.start import begin, set_up

logger = logging.getLogger("celery.worker")
begin()
set_up()
from idp.fit.state import beforehand, look, told  # noqa: E402 its table needs Django
from tokens.checks import tables_fault  # noqa: E402 it needs Django

# Workers need not know of one another: a broker that nobody asks for anything is idle.
for _option in ("GOSSIP", "MINGLE", "HEARTBEAT"):
    os.environ.setdefault(f"CELERY_WORKER_WITHOUT_{_option}", "true")


class Request(request.Request):  # type: ignore[misc]  # not typed
    """Ends the worker where a message cannot be acknowledged, for Celery would neither connect again nor take tasks,
    and where this node does not fit any more, for it would take messages from those that do.

    Its supervisor starts it again. What was done is done: the store knows whose run it was.
    """

    acknowledged = False

    def acknowledge(self) -> None:
        if self.acknowledged:
            return
        try:
            self.message.ack()
        except self.connection_errors:
            logger.error("worker: the broker went away in the middle of a task: it ends, to be started again")
            state.should_stop = 1
        self.acknowledged = True

    def on_failure(self, exc_info: Any, *arguments: Any, **options: Any) -> Any:
        """Of all failures only a task's `Reject` is about the node: its message went back to the others."""
        if isinstance(exc_info.exception, Reject) and not state.should_stop:
            logger.error("worker: %s: it ends, to be started again", exc_info.exception.reason)
            state.should_stop = 1
        return super().on_failure(exc_info, *arguments, **options)


class Consumer(consumer.Consumer):  # type: ignore[misc]  # not typed
    def on_unknown_task(self, body: object, message: Any, error: KeyError) -> None:
        """One line, where Celery has thirty: while a build with another task is rolled out, a worker of that one is
        asked again in half an interval."""
        logger.warning("worker: this build has no task %.100r: one that has it does it", error.args[0])
        message.reject_log_error(logger, self.connection_errors)


class Task(celery.Task):  # type: ignore[misc]  # not typed
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Does nothing where this node does not fit: it would seal keys and name subjects as no other node does."""
        if faults := look():
            raise Reject(f"this node does not fit, and does no work: {told(faults)}", requeue=True)
        return super().__call__(*args, **kwargs)


def _is_no_rejection(record: logging.LogRecord) -> bool:
    """Celery tells of each with a traceback; the worker says it in its one line."""
    return not (record.exc_info and isinstance(record.exc_info[1], Reject))


logging.getLogger("celery.app.trace").addFilter(_is_no_rejection)
app = Celery("idp", task_cls=Task)
app.Task.Request = Request
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def refusal() -> str | None:
    """Why no scheduled work may be done by this node."""
    if not settings.TASKS:
        return "IDP_TASKS: scheduled work is switched off on this node"
    if not settings.CELERY_BROKER_URL:
        return "IDP_BROKER_URL: a worker and a beat need a broker: set it, or REDIS_URL"
    return told(beforehand()) or tables_fault()


@celeryd_init.connect
def _refuse(**_: Any) -> None:
    if fault := refusal():
        raise SystemExit(fault)


@worker_init.connect
def _share_memory(**_: Any) -> None:
    """Before it forks: what no process looks through for garbage stays the same memory in all of them."""
    gc.collect()
    gc.freeze()


@setup_logging.connect
def _keep_ours(**_: Any) -> None:
    """Somebody has to listen, or Celery would set up logs of its own."""
