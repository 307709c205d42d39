"""The scheduled work of accounts, a file each. `tokens.work.schedule` joins the table with its own: Celery, `work`,
metrics and the admin follow."""

from collections.abc import Mapping

from accounts.ground.task import Task
from accounts.work.send_mail import deliver

TASKS: Mapping[str, Task] = {
    # "name": Task(seconds from one run to the next, what to do),
    "send_mail": Task(5, deliver),
}
"""By name, which no task of tokens may have. Expired rows of accounts are deleted by the clean-up of all tables
(`sessions.delete_expired`)."""
