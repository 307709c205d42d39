"""Who looks at the admin's pages, and whom its rows are about."""

from collections.abc import Callable
from uuid import UUID

from django.test import Client as Browser

PERSON = UUID("6f1c3f3e-6a55-4d0e-9a4f-0d3c1b1d7f11")

BrowserOf = Callable[[str], Browser]
"""A browser in which somebody of that role is signed in."""
