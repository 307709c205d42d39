"""Time that has passed for what is counted: the database's clock cannot be moved, so what it wrote is moved back."""

from datetime import timedelta

from django.db.models import F

from accounts.models import Throttle


def pass_time(by: timedelta) -> None:
    Throttle.objects.update(spent_at=F("spent_at") - by, again=F("again") - by, expires=F("expires") - by)
