"""What the pages of rows of a person at a client have in common."""

from django.utils.translation import gettext_lazy as _

from accounts.site.lists import Way, uuid, whole
from accounts.site.read_only import ReadOnlyAdmin


class SubjectsAdmin(ReadOnlyAdmin):
    """Rows of a person at a client: found by exactly one of their ids, which all have an index."""

    searches: tuple[Way, ...] = (whole("subject", uuid), whole("client_id"), whole("id"))
    search_help_text = _("A whole user id, client id or id of the row.")
