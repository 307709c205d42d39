"""The scheduled work of accounts. `tokens.work.schedule` joins it with its own: Celery, `work`, metrics and the admin
follow."""

from collections.abc import Mapping

from accounts.ground.task import Task

TASKS: Mapping[str, Task] = {}
"""By name, which no task of tokens may have. Expired rows of accounts are deleted by the clean-up of all tables
(`sessions.delete_expired`)."""
