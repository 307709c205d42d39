"""Rows that nobody has a page for."""

from django.db import models


class Unlisted(models.Model):
    """The base of a row that the admin lists nowhere. There are no rights to it that anybody could be given: the forms
    of people and roles would offer them."""

    class Meta:
        abstract = True
        default_permissions = ()
