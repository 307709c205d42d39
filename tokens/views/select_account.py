"""The account chooser (OpenID Connect Core §3.1.2.1, `prompt=select_account`). One person is signed in in a browser:
they go on, or somebody else signs in in their place."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpResponse

from accounts import sessions
from tokens.interaction import expected, interactions
from tokens.interaction.pages import Page, interaction_page
from tokens.protocol.interaction import gave_way, selected
from tokens.protocol.reasons import refusal


@interaction_page
def select_account(page: Page, now: datetime) -> HttpResponse:
    if not page.posted:
        another = expected.another(page.request, page.client, page.current, page.waiting.interaction.parameters)
        return page.show("tokens/select_account.html", {"expected": another})
    answer = page.form.get("answer", "")
    if answer not in ANSWERS:
        raise refusal("answer_missing")
    ANSWERS[answer](page, now)
    return page.leave()


def _go_on(page: Page, now: datetime) -> None:
    interactions.record(page.waiting, selected(page.current.sid), now)


def _give_way(page: Page, now: datetime) -> None:
    """Ends the sign-in: the request then leads to the sign-in page, and a new one meets it."""
    interactions.record(page.waiting, gave_way(page.current.subject), now)
    sessions.sign_out(page.request)


ANSWERS: Mapping[str, Callable[[Page, datetime], None]] = {"continue": _go_on, "another": _give_way}
