"""The column of when a row was added or last written."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.ground import clock

if TYPE_CHECKING:  # only the stubs know parameters
    Dated = models.DateTimeField[datetime, datetime]
else:
    Dated = models.DateTimeField


class DatedField(Dated):
    """`auto_now` and `auto_now_add` by the clock of the database: of two nodes the second to write a row would else
    date it before the first. Who says when a row was added is believed."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        given = getattr(model_instance, self.attname)
        if self.auto_now or (self.auto_now_add and add and given is None):
            given = clock.now()
            setattr(model_instance, self.attname, given)
        return given
