"""What `doctor` sees of scheduled work: the broker, who leads, and whether anything is done."""

from collections.abc import Iterator

from django.conf import settings

from idp.node.finding import Finding, Size
from idp.settings import deployment
from tokens.work import schedule

LATE = 3
"""Intervals without a run that ended well, after which nobody seems to do a task,"""
LEAST = 300.0
"""and no fewer seconds: some are due every five."""
LEADER, SCHEDULE = "redbeat::lock", "redbeat::schedule"
"""RedBeat's keys. The lock's value begins with host and process of the beat that holds it."""


def broker(size: Size) -> Iterator[Finding]:
    """A message that Redis drops to make room is asked for again; a lock that it drops ends the beat that leads."""
    if settings.BROKER is None:
        return
    # Here, so that a node without Redis need not load its client.
    from redis.exceptions import RedisError

    named = bool(deployment.broker_url) or deployment.role in ("worker", "beat")
    try:
        with settings.BROKER.client() as redis:
            policy = redis.info("memory")["maxmemory_policy"]
            leader, used = redis.get(LEADER), redis.exists(SCHEDULE)
    except (RedisError, ValueError):
        if named:  # else it is first of all the session cache, which is looked at apart
            yield Finding("error", "it does not answer", "start it, or check IDP_BROKER_URL or REDIS_URL")
        return
    if named or used:
        yield from _policy(policy)
        yield from _leader(leader)


def scheduled_work(size: Size) -> Iterator[Finding]:
    """Whoever asks for it and whoever does it: the store knows when a run ended well."""
    late = [
        f"{report.task} {_since(report.success_age)}"
        for report in schedule.reports()
        if report.success_age is None or report.success_age > max(LEAST, LATE * schedule.TASKS[report.task].interval)
    ]
    if late:
        remedy = "start a worker and a beat, or `manage.py work`; runs and their errors are in the admin"
        yield Finding("error", f"nobody does it: {', '.join(late)}", remedy)
    else:
        yield Finding("ok", "it is done")


def _policy(policy: str) -> Iterator[Finding]:
    if policy == "noeviction":
        yield Finding("ok", "it answers")
    else:
        text = f"when its memory is full it forgets messages and locks ({policy})"
        yield Finding("warning", text, "set maxmemory-policy noeviction, or name another Redis in IDP_BROKER_URL")


def _leader(leader: bytes | None) -> Iterator[Finding]:
    if leader is None:
        yield Finding("warning", "no beat leads: nobody sends what is due to workers", "start a beat")
    else:
        yield Finding("ok", f"the beat {leader.decode(errors='replace').rpartition(':')[0]} leads")


def _since(age: float | None) -> str:
    return "never ended well" if age is None else f"last ended well {age / 60:.0f} minutes ago"
