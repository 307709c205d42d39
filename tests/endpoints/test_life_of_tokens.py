"""What families of tokens live through, in any order: a machine that hypothesis drives against the endpoints, next to a
model of what must work and what must not."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.support import builders
from tests.support.endpoints import post
from tests.support.long import tries
from tests.support.messages import TOKEN, USERINFO, Registered, bearer, code_form, secret_post

SCOPE = ("openid", "email", "offline_access")
REVOKE, INTROSPECT = "/oauth2/revoke", "/oauth2/introspect"


@dataclass(slots=True)
class Family:
    """What one sign-in at one client was given, as the model has it."""

    client: Registered
    rotates: bool
    code: str
    access_tokens: list[str] = field(default_factory=list)
    refresh_tokens: list[str] = field(default_factory=list)
    """The last one is unspent."""
    alive: bool = True


class LifeOfTokens(RuleBasedStateMachine):
    families: Bundle[Family] = Bundle("families")

    @initialize()
    def begin(self) -> None:
        self.sender = Client(raise_request_exception=False)
        self.born: list[Family] = []
        self.clients = [self._client(rotates=True), self._client(rotates=False)]
        self.stranger = self._client(rotates=True)
        self.person = builders.person(f"p{secrets.token_hex(8)}")

    # --- What an honest client does

    @rule(target=families, rotates=st.booleans())
    def redeem(self, rotates: bool) -> Family:
        client = self.clients[0 if rotates else 1]
        code, _ = builders.save_code(client.client_id, str(self.person.pk), scope=SCOPE)
        family = Family(client, rotates, code)
        self._take(family, self._exchange(family))
        self.born.append(family)
        return family

    @rule(family=families)
    def refresh(self, family: Family) -> None:
        answer = self._refresh(family.client, family.refresh_tokens[-1])
        assert (answer.status_code == 200) is family.alive, answer.content
        if family.alive:
            self._take(family, answer)

    @rule(family=families)
    def lose_the_answer_and_try_again(self, family: Family) -> None:
        before = family.refresh_tokens[-1]
        self.refresh(family)
        again = self._refresh(family.client, before)
        assert (again.status_code == 200) is family.alive
        if family.alive and family.rotates:
            assert again.json()["refresh_token"] == family.refresh_tokens[-1]

    # --- What a thief does

    @rule(family=families, data=st.data())
    def replay_a_token_that_was_replaced_long_ago(self, family: Family, data: st.DataObject) -> None:
        if len(family.refresh_tokens) < 3:
            return
        assert self._refresh(family.client, data.draw(st.sampled_from(family.refresh_tokens[:-2]))).status_code == 400
        family.alive = False

    @rule(family=families)
    def replay_the_code(self, family: Family) -> None:
        assert self._exchange(family).status_code == 400
        family.alive = False

    @rule(family=families)
    def use_what_is_another_client_s(self, family: Family) -> None:
        answers = [self._refresh(self.stranger, family.refresh_tokens[-1]), self._exchange(family, self.stranger)]
        assert [answer.json()["error"] for answer in answers] == ["invalid_grant", "invalid_grant"]
        for token in (family.access_tokens[-1], family.refresh_tokens[-1]):
            assert self._send(self.stranger, REVOKE, token=token).status_code == 200
            assert self._send(self.stranger, INTROSPECT, token=token).json() == {"active": False}

    # --- What ends it

    @rule(family=families, data=st.data())
    def revoke(self, family: Family, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from([*family.access_tokens, *family.refresh_tokens]))
        assert self._send(family.client, REVOKE, token=token).status_code == 200
        family.alive = False

    @rule()
    def the_person_is_switched_off_and_on(self) -> None:
        for active in (False, True):
            self.person.is_active = active
            self.person.save()
        for family in self.born:
            family.alive = False

    # --- What holds all the time

    @invariant()
    def every_access_token_works_as_long_as_its_family_does(self) -> None:
        for family in getattr(self, "born", []):
            for token in family.access_tokens[-2:]:
                assert (self.sender.get(USERINFO, headers=bearer(token)).status_code == 200) is family.alive

    @invariant()
    def of_the_refresh_tokens_the_last_one_alone_is_active(self) -> None:
        for family in getattr(self, "born", []):
            *before, last = family.refresh_tokens[-3:]
            active = [self._send(family.client, INTROSPECT, token=token).json()["active"] for token in [*before, last]]
            assert active == [False] * len(before) + [family.alive]

    def _client(self, *, rotates: bool) -> Registered:
        return builders.register(
            token_endpoint_auth_method="client_secret_post", rotate_refresh_tokens=rotates, scope=" ".join(SCOPE)
        )

    def _take(self, family: Family, answer: Any) -> None:
        assert answer.status_code == 200, answer.content
        family.access_tokens.append(answer.json()["access_token"])
        if "refresh_token" in answer.json():
            family.refresh_tokens.append(answer.json()["refresh_token"])

    def _exchange(self, family: Family, client: Registered | None = None) -> Any:
        return self._send(client or family.client, TOKEN, **code_form(family.client, family.code))

    def _refresh(self, client: Registered, token: str) -> Any:
        return self._send(client, TOKEN, grant_type="refresh_token", refresh_token=token)

    def _send(self, client: Registered, path: str, **form: str) -> Any:
        return post(self.sender, path, form | secret_post(client))


@pytest.mark.covers("S29 reuse", "S30", "S34 access", "S34 refresh", "S35 revoke", "DOT #727", "DOT #1510", "DOT #1617")
def test_in_any_order_what_was_ended_is_dead_and_nothing_else_is(db: None) -> None:
    run_state_machine_as_test(
        LifeOfTokens,
        settings=settings(
            max_examples=tries(8, long=25),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
