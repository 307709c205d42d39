"""The table of groups of people, which `accounts.models` offers with the others."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.ground.exact_field import ExactField
from accounts.profile import MAX_GROUP, check_group, check_shown


class PeopleGroup(models.Model):
    """People whom applications may treat alike. What somebody may do in the admin is said by Django's groups, of which
    no application hears."""

    name = ExactField(
        _("name"),
        max_length=MAX_GROUP,
        primary_key=True,
        validators=[check_group, check_shown],
        help_text=_("Applications know the group by it, and it cannot be changed later."),
    )
    description = models.CharField(_("description"), max_length=300, blank=True, validators=[check_shown])
    second_factor_required = models.BooleanField(
        _("second factor required"),
        default=False,
        help_text=_("Its people need a second factor to go on to applications, and add one where they have none."),
    )

    class Meta:
        verbose_name = _("group of people")
        verbose_name_plural = _("groups of people")
        ordering = ["name"]

    def __str__(self) -> str:
        return str(self.name)
