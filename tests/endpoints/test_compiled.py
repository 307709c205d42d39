"""A request of a hot path asks what was compiled before: Django's compilers write nothing for it."""

import pytest
from pytest_django.fixtures import Settings

from tests.endpoints.hot_paths import Ask
from tests.endpoints.page_visits import Visit
from tests.support.compilers import compiled

__all__ = ["compiled"]  # a fixture that holds here too
pytestmark = [pytest.mark.server("in memory nothing is compiled"), pytest.mark.sql("it counts its statements")]

TOLD = ["tokens_authorization", "tokens_client", "tokens_revocation", "tokens_logoutrecheck"]
"""Which clients are told of a sign-out, that want it and were not told that all sign-ins ended; and the second look."""
ELSEWHERE = ["accounts_loginsession", "accounts_voidbefore"]
"""The person's other sign-ins that are not void."""
ANEW = {
    # Who has that name or address; the new sign-in, whose instant is the database's.
    "sign-in, right": ["accounts_user", "accounts_loginsession"],
    # The kinds of hashes that there are.
    "sign-in, wrong": ["accounts_user", "accounts_passwordkind"],
    "account chooser, another": TOLD,
    "consent, yes to what was allowed": ["tokens_consent"],
    "consent, no": ["tokens_consent", "tokens_authorization"],
    "consent, no to what was allowed": ["tokens_consent", "tokens_authorization", "tokens_consent"],
    "applications": ["tokens_consent", "tokens_client", "tokens_resourcesversion"],
    "an application, withdrawn": ["tokens_consent", "tokens_authorization", "tokens_authorization", "tokens_consent"],
    "an application, withdrawn again": ["tokens_consent"],
    "sign-out": TOLD,
    "sign-out, for a client": TOLD,
    "sessions": ELSEWHERE,
    "sessions, one ended": ["accounts_loginsession", *TOLD],
    "sessions, two others ended": [*ELSEWHERE, *TOLD, *TOLD],
}
"""The pages' requests that compile statements all the same, and the tables of these, in turn."""


def test_no_request_of_a_hot_path_compiles_a_statement(warm: dict[str, Ask], compiled: list[str]) -> None:
    made = {}
    for name, ask in warm.items():
        for _ in range(2):  # a token is forgotten at the second rotation after it, for the first time
            compiled.clear()
            assert ask().status_code in (200, 303)
        made[name] = list(compiled)
    assert {name: statements for name, statements in made.items() if statements} == {}


def test_requests_of_the_pages_compile_what_is_named_here_and_nothing_else(
    visits: dict[str, Visit], compiled: list[str], settings: Settings
) -> None:
    """Without mail: that of a sign-in on a new device is a row more."""
    settings.MAIL = type(settings.MAIL)()
    made = {}
    for name, visit in visits.items():
        for _ in range(2):
            request = visit()
            compiled.clear()
            assert request().status_code in (200, 302, 303, 422)
        made[name] = list(compiled)
    assert {name: statements for name, statements in made.items() if statements} == ANEW
