"""What the admin's journal says of an act: in one language, whoever did it and whoever reads it."""

from typing import Any

from django.conf import settings
from django.utils import translation


def noted(text: Any) -> str:
    """`text`: lazy, as an action's label is."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(text)
