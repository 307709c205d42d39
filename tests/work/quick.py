"""The product with scheduled work every TEST_INTERVAL seconds: `celery -A tests.work.quick …`, or
`python -m tests.work.quick work`."""

import os
import sys
from dataclasses import replace
from datetime import timedelta

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idp.settings")
django.setup()

from tokens.work import schedule  # noqa: E402  the tables have to be there

interval = int(os.environ["TEST_INTERVAL"])
schedule.TASKS = {name: replace(task, interval=interval) for name, task in schedule.TASKS.items()}

schedule.HOLD = timedelta(seconds=3)

from idp.celery import app  # noqa: E402  and the tasks made of these
from idp.fit import state  # noqa: E402  likewise

state.SECONDS = interval

__all__ = ["app"]

if __name__ == "__main__":
    execute_from_command_line(["manage.py", *sys.argv[1:]])
