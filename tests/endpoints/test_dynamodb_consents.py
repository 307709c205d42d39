"""Answers of a person of which the store on DynamoDB writes a part, and not the rest."""

import pytest

from tests.endpoints.lifecycle import is_active
from tests.endpoints.on_the_wire import World, world
from tests.endpoints.test_consent_answers import allowed, asking, opened
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.endpoints import consent_form, exchange, location, post
from tests.support.messages import AUTHORIZE, CONSENT, Registered
from tokens.stores.base.unavailable import Unavailable
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.service import RETRY_AFTER

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
