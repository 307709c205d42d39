"""Answers of a person of which the store on DynamoDB writes a part, and not the rest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from accounts import sessions
from accounts.ground.dynamodb.service import RETRY_AFTER
from accounts.ground.unavailable import Unavailable
from tests.endpoints.lifecycle import is_active
from tests.endpoints.on_the_wire import World, world
from tests.endpoints.test_consent_answers import allowed, asking, opened
from tests.endpoints.test_dynamodb_budgets import BATCH, GET, QUERY, UPDATE
from tests.stores import samples
from tests.stores.dynamodb.capacity import metered
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.stores.dynamodb.faults import Fault, Send
from tests.stores.samples import CLIENT
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.endpoints import consent_form, exchange, location, post
from tests.support.messages import AUTHORIZE, CONSENT, Registered
from tokens.interaction.consents import Asked, allow, withdraw
from tokens.protocol import journal
from tokens.stores import store
from tokens.stores.base.whose import Whose
from tokens.stores.dynamodb.journal import Journal

__all__ = ["asking", "clock_of_the_store", "on_dynamodb", "own_tables", "world"]


def test_a_client_is_told_no_only_once_what_it_had_has_ended(
    world: World, asking: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = exchange(world.sender, asking, allowed(world.browser, asking)).json()
    interaction = opened(world.browser, asking, prompt="consent")
    form = consent_form(world.browser, interaction, "deny")

    def away(*_: object) -> None:
        raise Unavailable(RETRY_AFTER)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "revoke", away)
        assert post(world.browser, CONSENT, form).status_code == 503
    waiting = {"interaction": interaction, "client_id": asking.client_id}
    assert "/consent" in world.browser.get(AUTHORIZE, waiting)["Location"]
    assert is_active(world.sender, asking, tokens["access_token"])
    post(world.browser, CONSENT, form)
    assert location(world.browser.get(AUTHORIZE, waiting))[1]["error"] == "access_denied"
    assert not is_active(world.sender, asking, tokens["access_token"])


class Died(BaseException):
    """The process is gone: nothing of ours catches it."""


def _goes(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    send(request)
    raise Died


@pytest.fixture
def current(world: World) -> sessions.Current:
    now = datetime.now(UTC)
    return sessions.Current(
        sid=samples.handle(),
        subject=str(world.person.pk),
        auth_time=now,
        acr="1",
        amr=("pwd",),
        root_at=now,
        expires=now + timedelta(days=1),
    )


def _says_yes(current: sessions.Current, scope: str) -> None:
    with store().unit():
        allow(Asked(scope=("openid", scope), claims=(), resource=()), current, CLIENT, datetime.now(UTC))


def _allowed_before(current: sessions.Current) -> str:
    """The id of a consent to tell the e-mail address."""
    if (before := store().consents.get(current.subject, CLIENT, datetime.now(UTC))) is not None:
        withdraw(before.id)
    _says_yes(current, "email")
    [consent] = store().consents.find(Whose(subject=current.subject), 2)
    return consent.id


@pytest.mark.parametrize("again", [False, True], ids=["withdrawn", "and allowed something else"])
@pytest.mark.parametrize("lives", [0, 1, 2, 3, 4, None])
def test_a_yes_brings_nothing_back_that_is_withdrawn_before_any_of_its_calls(
    world: World, current: sessions.Current, again: bool, lives: int | None
) -> None:
    """Its process is gone so many calls after that; None: it lives."""
    _allowed_before(current)
    world.wire.clear()
    _says_yes(current, "phone")
    for number in range(len(world.wire.asked)):
        before = _allowed_before(current)

        def elsewhere(before: str = before) -> None:
            withdraw(before)
            if again:
                _says_yes(current, "profile")

        def happens(request: AWSPreparedRequest, send: Send, elsewhere: Callable[[], None] = elsewhere) -> AWSResponse:
            world.wire.clear()
            with ThreadPoolExecutor(1) as other:
                other.submit(elsewhere).result()
            if lives is not None:
                world.wire.once(lives - 1, Fault(happens=_goes))
            return send(request) if lives != 0 else _goes(request, send)

        world.wire.once(number, Fault(happens=happens))
        with suppress(Died):
            _says_yes(current, "phone")
        world.wire.clear()
        held = store().consents.get(current.subject, CLIENT, datetime.now(UTC))
        assert held is None or "email" not in held.scope, number
        assert lives is not None or (held is not None and "phone" in held.scope), number


APPLICATIONS = "/oauth2/applications"


def test_what_was_allowed_in_two_regions_is_one_and_is_withdrawn_in_both(
    world: World, asking: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = store().consents._state  # type: ignore[attr-defined]  # this store's
    allowed(world.browser, asking)
    [here] = store().consents.find(Whose(subject=str(world.person.pk)), 9)
    with monkeypatch.context() as patch:
        patch.setattr(state, "region", "elsewhere")
        later = replace(here, id=samples.handle(), scope=("openid",), granted_at=here.granted_at + timedelta(seconds=1))
        store().consents.grant(later)
    now = datetime.now(UTC)
    assert store().consents.allowed(here.subject, now, 9) == [later]
    store().journal.revoke(journal.consent(later.id), now + timedelta(days=1))
    assert store().consents.allowed(here.subject, now, 9) == [here]
    world.browser.post(f"{APPLICATIONS}/one?client_id={asking.client_id}")
    assert store().consents.allowed(here.subject, now, 9) == []
    assert store().journal.revoked([journal.consent(here.id)], now)


def test_the_pages_of_what_was_allowed_make_their_calls_and_no_more(world: World, asking: Registered) -> None:
    exchange(world.sender, asking, allowed(world.browser, asking))
    one = f"{APPLICATIONS}/one?client_id={asking.client_id}"
    asked: dict[str, Callable[[], object]] = {
        "all": lambda: world.browser.get(APPLICATIONS),
        "one": lambda: world.browser.get(one),
        "withdrawn": lambda: world.browser.post(one),
        "again": lambda: world.browser.post(one),
    }
    made = {}
    for name, ask in asked.items():
        with metered(world.wire.client) as meter:
            ask()
        made[name] = meter.operations
    assert made == {
        "all": [QUERY, BATCH, BATCH],
        "one": [QUERY, BATCH, BATCH],
        "withdrawn": [QUERY, QUERY, BATCH, QUERY, UPDATE, GET, GET, "DeleteItem"],
        "again": [QUERY],
    }
