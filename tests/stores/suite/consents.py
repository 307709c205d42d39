"""What every store has to do with consents."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.stores import samples
from tests.stores.samples import CLIENT, END, IMPOSSIBLE, INSTANT, NOW
from tokens.stores.base import Store
from tokens.stores.base.whose import Whose


class ConsentsSuite:
    def test_a_consent_holds_until_it_expires(self, store: Store) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(consent.subject, CLIENT, END - INSTANT) == consent
        assert store.consents.get(consent.subject, CLIENT, END) is None

    def test_a_consent_is_one_persons_for_one_client(self, store: Store) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(consent.subject, "another", NOW) is None
        assert store.consents.get(samples.subject(), CLIENT, NOW) is None

    def test_what_a_person_allows_is_theirs_and_comes_client_by_client_page_by_page(self, store: Store) -> None:
        person = samples.subject()
        mine = [samples.consent(subject=person, client_id=name) for name in ("a", "b", "c", "d")]
        others = samples.consent(client_id="b")
        ended = samples.consent(subject=person, client_id="e", expires=NOW)
        for each in (*reversed(mine), others, ended):
            store.consents.grant(each)
        store.consents.withdraw(mine[2].id)
        left = [*mine[:2], mine[3]]
        assert store.consents.allowed(person, NOW, 10) == left
        assert store.consents.allowed(person, NOW, 2) == left[:2]
        assert store.consents.allowed(person, NOW, 2, after="b") == left[2:]
        assert store.consents.allowed(person, NOW, 10, after="d") == []
        assert store.consents.allowed(others.subject, NOW, 10) == [others]
        assert store.consents.allowed(person, END, 10) == []

    def test_a_new_consent_takes_the_place_of_the_old_one_under_its_id(self, store: Store) -> None:
        before, other = samples.consent(), samples.consent()
        after = replace(before, id=samples.handle(), scope=("openid", "email"), granted_at=NOW, expires=END + INSTANT)
        store.consents.grant(before)
        store.consents.grant(other)
        store.consents.grant(after)
        assert store.consents.get(before.subject, CLIENT, END) == replace(after, id=before.id)
        assert store.consents.get(other.subject, CLIENT, NOW) == other

    def test_a_consent_can_be_granted_again_after_it_expired(self, store: Store) -> None:
        before = samples.consent(expires=NOW - INSTANT)
        after = replace(before, id=samples.handle(), granted_at=NOW, expires=END)
        store.consents.grant(before)
        store.consents.grant(after)
        assert store.consents.get(before.subject, CLIENT, NOW) == replace(after, id=before.id)

    def test_a_withdrawn_consent_is_gone_and_others_are_not(self, store: Store) -> None:
        withdrawn, other = samples.consent(), samples.consent()
        store.consents.grant(withdrawn)
        store.consents.grant(other)
        store.consents.withdraw(withdrawn.id)
        store.consents.withdraw(withdrawn.id)
        assert store.consents.get(withdrawn.subject, CLIENT, NOW) is None
        assert store.consents.get(other.subject, CLIENT, NOW) == other

    def test_a_consent_after_one_that_was_withdrawn_has_an_id_of_its_own(self, store: Store) -> None:
        before = samples.consent()
        after = replace(before, id=samples.handle())
        store.consents.grant(before)
        store.consents.withdraw(before.id)
        store.consents.grant(after)
        store.consents.withdraw(before.id)
        assert store.consents.get(before.subject, CLIENT, NOW) == after

    def test_a_consent_is_renewed_until_it_is_withdrawn(self, store: Store) -> None:
        consent = samples.consent()
        more = replace(consent, scope=("openid", "email"), claims=("name",), resource=("a:b",), expires=END + INSTANT)
        assert not store.consents.renew(more)
        store.consents.grant(consent)
        assert store.consents.renew(more)
        assert store.consents.get(consent.subject, CLIENT, END) == more == store.consents.of_id(consent.id)
        store.consents.withdraw(consent.id)
        assert not store.consents.renew(consent)
        assert store.consents.get(consent.subject, CLIENT, NOW) is None

    def test_a_consent_that_took_the_place_of_one_is_not_renewed_in_its_name(self, store: Store) -> None:
        withdrawn = samples.consent()
        store.consents.grant(withdrawn)
        store.consents.withdraw(withdrawn.id)
        store.consents.grant(after := replace(withdrawn, id=samples.handle(), scope=("openid", "email")))
        assert not store.consents.renew(withdrawn)
        assert store.consents.get(withdrawn.subject, CLIENT, NOW) == after
        assert store.consents.of_id(withdrawn.id) is None

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_to_withdraw_what_cannot_be_does_nothing(self, store: Store, text: str) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        store.consents.withdraw(text)
        assert store.consents.get(consent.subject, CLIENT, NOW) == consent

    @pytest.mark.parametrize("text", [*IMPOSSIBLE, "alice"])
    def test_there_is_no_consent_of_what_cannot_be(self, store: Store, text: str) -> None:
        consent = samples.consent()
        store.consents.grant(consent)
        assert store.consents.get(text, CLIENT, NOW) is None
        assert store.consents.get(consent.subject, text, NOW) is None
        assert store.consents.get(consent.subject.upper(), CLIENT, NOW) is None
        assert store.consents.allowed(text, NOW, 10) == []
        assert store.consents.allowed(consent.subject.upper(), NOW, 10) == []

    def test_support_finds_consents_by_person_and_by_id_page_by_page(self, store: Store) -> None:
        person = samples.subject()
        mine = sorted((samples.consent(subject=person, client_id=name) for name in "abc"), key=lambda each: each.id)
        other = samples.consent(client_id="a")
        for each in (*mine, other):
            store.consents.grant(each)
        assert store.consents.find(Whose(subject=person), 2) == mine[:2]
        assert store.consents.find(Whose(subject=person), 2, after=mine[1].id) == mine[2:]
        at_a = [each for each in mine if each.client_id == "a"]
        assert store.consents.find(Whose(subject=person, client_id="a"), 10) == at_a
        assert store.consents.of_id(other.id) == other
        assert store.consents.find(Whose(subject=person.upper()), 10) == []

    def test_support_finds_consents_that_no_request_finds(self, store: Store) -> None:
        ended = samples.consent(expires=datetime(2000, 1, 1, tzinfo=UTC))
        store.consents.grant(ended)
        assert store.consents.find(Whose(subject=ended.subject), 10) == [ended]
        assert store.consents.of_id(ended.id) == ended

    @pytest.mark.parametrize("text", IMPOSSIBLE)
    def test_support_finds_no_consents_of_what_cannot_be(self, store: Store, text: str) -> None:
        store.consents.grant(samples.consent())
        assert store.consents.find(Whose(subject=text), 10) == []
        assert store.consents.find(Whose(subject=samples.subject(), client_id=text), 10) == []
        assert store.consents.of_id(text) is None
