"""Scheduled work, as Celery sends it to workers."""

from collections.abc import Mapping
from datetime import UTC, datetime

from celery import shared_task

from tokens import backchannel_logout, cleanup
from tokens.keys.rotation import rotate
from tokens.management.told import told


@shared_task
def delete_expired() -> Mapping[str, int]:
    """How many rows of each kind were deleted."""
    return cleanup.delete_expired()


@shared_task
def rotate_keys() -> list[str]:
    """What was done to the signing keys, a line each."""
    return [told(step) for step in rotate(datetime.now(UTC))]


@shared_task
def deliver_logouts() -> Mapping[str, int]:
    """What became of the logout notices that were due."""
    return backchannel_logout.deliver()
