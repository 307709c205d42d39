"""RedBeat's scheduler, which leads by a lock in Redis, made to end where it would hang, or go on without its lock.

It ends with one line and exit code 1, and its supervisor starts it again (docs/running.md). What it sends
is a hint, and may be sent twice: the store says whose run it is.
"""

import contextlib
import logging
import time
import uuid
from typing import Any

from celery.signals import beat_init
from redbeat.schedulers import LUA_EXTEND_TO_SCRIPT, RedBeatScheduler, acquire_distributed_beat_lock, get_redis
from redis.exceptions import LockError, RedisError

from idp.celery import refusal
from idp.fit import state
from tokens.tasks import celery_name
from tokens.work.schedule import TASKS, this_process

logger = logging.getLogger("celery.beat")
# Celery hides what goes wrong in a signal's receiver, and beat would tick without a lock: we take it ourselves.
beat_init.disconnect(acquire_distributed_beat_lock)


class Scheduler(RedBeatScheduler):  # type: ignore[misc]  # not typed
    fault = ""
    _looked = 0.0

    def __init__(self, app: Any, **options: Any) -> None:
        # RedBeat heeds these only where they are the application's own, not where they come from Django's settings.
        app.conf.update({name: app.conf[name] for name in ("redbeat_redis_url", "redbeat_redis_options")})
        super().__init__(app, **options)

    def setup_schedule(self) -> None:
        """Writes the schedule of this version to Redis."""
        if fault := refusal():
            raise SystemExit(fault)
        self.app.conf.beat_schedule = {
            name: {
                "task": celery_name(name),
                "schedule": task.dispatch,
                # A message that waited for longer is one of many: newer ones follow.
                "options": {"expires": task.dispatch},
            }
            for name, task in TASKS.items()
        }
        try:
            super().setup_schedule()
        except RedisError as error:
            raise SystemExit(_described(error)) from None

    def install_default_entries(self, data: object) -> None:
        """None: Celery's own are about results, and we keep none."""

    def tick(self, *arguments: Any, **options: Any) -> float:
        try:
            if self.lock is None:
                self._lead()
            elif time.monotonic() > self._looked + state.SECONDS:
                self._end_where_unfit()
            seconds: float = super().tick(*arguments, **options)
        except RedisError as error:
            # Celery ends well at this; `close` says what happened.
            self.fault = _described(error)
            raise SystemExit from None
        return seconds

    def close(self) -> None:
        if self.fault:
            raise SystemExit(self.fault)
        # Where Redis is away the lock ends by itself.
        with contextlib.suppress(RedisError):
            super().close()

    def _end_where_unfit(self) -> None:
        """One that may not send any more gives its lock to another, and ends."""
        self._looked = time.monotonic()
        if fault := refusal():
            super().close()
            self.fault = f"beat: this node does not fit, and sends nothing: {fault}"
            raise SystemExit

    def _lead(self) -> None:
        """Waits until the lock is ours. Its value says whose it is."""
        redis = get_redis(self.app)
        lock = redis.lock(self.lock_key, timeout=self.lock_timeout, sleep=self.max_interval)
        lock.lua_extend = redis.register_script(LUA_EXTEND_TO_SCRIPT)
        logger.info("beat: standing by")
        lock.acquire(token=f"{this_process()}:{uuid.uuid4().hex}")
        logger.info("beat: leading")
        self.lock = lock
        self._end_where_unfit()
        # What the last leader wrote may be of another version, or forgotten.
        self.setup_schedule()


def _described(error: RedisError) -> str:
    if isinstance(error, LockError):
        return "beat: the lock is no longer ours: another beat leads, or Redis forgot it"
    return f"IDP_BROKER_URL: Redis does not answer ({type(error).__name__}): start it, or set the right address"
