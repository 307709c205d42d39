"""What the pages have in common on which a passkey may be used."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest

from accounts import sessions
from accounts.factors.passkeys import FIELD, assertion, registration
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import Passkey, User
from accounts.sign_in import known_devices


def was_sent(request: HttpRequest) -> bool:
    """Whether the page's form brings what a browser answered in place of a password."""
    return request.method == "POST" and bool(request.POST.get(FIELD))


def offered(request: HttpRequest, of: Sequence[Passkey] | None = None) -> dict[str, Any]:
    """What the page's template needs for its button (`assertion.offer`); nothing where there can be no passkeys."""
    return {"passkey_options": assertion.offer(request, of)} if is_possible() else {}


def prover(request: HttpRequest, form: Callable[[], Form]) -> User | Form:
    """Who proved with the answer to have a passkey of theirs; else the form, with the reason why not."""
    try:
        user = assertion.proved(request, request.POST[FIELD]).user
    except ValidationError as error:
        return refused(form(), error)
    known_devices.note_right(request)
    return user


def add(request: HttpRequest, user: User, name: str = "") -> None:
    """Adds the one that the form brings. Its person unlocked it here and now, and is not asked for it at once. Raises
    ValidationError."""
    registration.add(request, user, request.POST.get(FIELD, ""), name)
    sessions.reauthenticated(request, user, "passkey")


def refused(form: Form, error: ValidationError) -> Form:
    """The unbound form, with what the person is told."""
    form.full_clean()
    form.cleaned_data = {}
    form.add_error(None, error)
    return form
