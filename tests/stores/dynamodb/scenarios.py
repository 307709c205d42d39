"""What each verb is to answer, and what is to be there afterwards: for whatever goes wrong on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.stores import samples
from tests.stores.samples import CLIENT, END, INSTANT, NOW, done
from tokens.protocol import journal
from tokens.protocol.records import UNBOUND, Client
from tokens.stores.base import Store
from tokens.stores.base.whose import Whose

Question = Callable[[Store], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A verb's call. `call`: whether it answers as it has to. `holds`: whether that is there which it was to write.
    `once`: whether it works once; who calls again is refused."""

    call: Question
    holds: Question = lambda store: True
    once: bool = False


Prepared = Callable[[Store], Scenario]


def _codes_add(store: Store) -> Scenario:
    code = samples.code()
    return Scenario(
        call=lambda store: store.codes.add(code), holds=lambda store: store.codes.get(code.key, CLIENT) == code
    )


def _codes_consume(store: Store) -> Scenario:
    store.codes.add(code := samples.code())
    spent = replace(code, spent_at=NOW)
    return Scenario(
        call=lambda store: store.codes.consume(code.key, CLIENT, NOW) == spent,
        holds=lambda store: store.codes.get(code.key, CLIENT) == spent,
        once=True,
    )


def _codes_get(store: Store) -> Scenario:
    store.codes.add(code := samples.code())
    return Scenario(call=lambda store: store.codes.get(code.key, CLIENT) == code)


def _access_tokens_add(store: Store) -> Scenario:
    token = samples.access_token()
    return Scenario(
        call=_does(lambda store: store.access_tokens.add(token)),
        holds=lambda store: store.access_tokens.get(token.key, NOW) == token,
    )


def _access_tokens_get(store: Store) -> Scenario:
    store.access_tokens.add(token := samples.access_token())
    return Scenario(call=lambda store: store.access_tokens.get(token.key, NOW) == token)


def _refresh_tokens_add(store: Store) -> Scenario:
    token = samples.refresh_token()
    return Scenario(
        call=_does(lambda store: store.refresh_tokens.add(token)),
        holds=lambda store: store.refresh_tokens.get(token.key, CLIENT) == token,
    )


def _refresh_tokens_consume(store: Store) -> Scenario:
    store.refresh_tokens.add(token := samples.refresh_token())
    spent = replace(token, spent_at=NOW)
    return Scenario(
        call=lambda store: store.refresh_tokens.consume(token.key, CLIENT, NOW) == spent,
        holds=lambda store: store.refresh_tokens.get(token.key, CLIENT) == spent,
        once=True,
    )


def _refresh_tokens_get(store: Store) -> Scenario:
    store.refresh_tokens.add(token := samples.refresh_token())
    return Scenario(call=lambda store: store.refresh_tokens.get(token.key, CLIENT) == token)


def _refresh_tokens_extend(store: Store) -> Scenario:
    store.refresh_tokens.add(token := samples.refresh_token())
    longer = replace(token, expires=END + INSTANT)
    return Scenario(
        call=_does(lambda store: store.refresh_tokens.extend(token.key, END + INSTANT)),
        holds=lambda store: store.refresh_tokens.get(token.key, CLIENT) == longer,
    )


def _client_assertions_use(store: Store) -> Scenario:
    jti = samples.handle()
    return Scenario(call=lambda store: store.client_assertions.use(CLIENT, jti, END), once=True)


def _interactions_add(store: Store) -> Scenario:
    waiting = samples.interaction()
    return Scenario(
        call=_does(lambda store: store.interactions.add(waiting)),
        holds=lambda store: store.interactions.get(waiting.key, waiting.browser, NOW) == waiting,
    )


def _interactions_get(store: Store) -> Scenario:
    store.interactions.add(waiting := samples.interaction())
    return Scenario(call=lambda store: store.interactions.get(waiting.key, waiting.browser, NOW) == waiting)


def _interactions_with_client(store: Store) -> Scenario:
    store.interactions.add(waiting := samples.interaction())
    return _registered(lambda store: store.interactions.with_client(waiting.key, waiting.browser, NOW) is not None)(
        store
    )


def _interactions_bind(store: Store) -> Scenario:
    store.interactions.add(waiting := samples.interaction(browser=UNBOUND))
    browser, step = samples.key(), done("seen", "0.a")
    bound = replace(waiting, browser=browser, steps=frozenset([step]))
    return Scenario(
        call=lambda store: store.interactions.bind(waiting.key, browser, [step], NOW),
        holds=lambda store: store.interactions.get(waiting.key, browser, NOW) == bound,
        once=True,
    )


def _interactions_record_step(store: Store) -> Scenario:
    store.interactions.add(waiting := samples.interaction())
    step = done("denied", "0.a")
    return Scenario(
        call=lambda store: store.interactions.record_step(waiting.key, waiting.browser, step, NOW),
        holds=lambda store: (
            store.interactions.get(waiting.key, waiting.browser, NOW) == replace(waiting, steps=waiting.steps | {step})
        ),
    )


def _interactions_consume(store: Store) -> Scenario:
    store.interactions.add(waiting := samples.interaction())
    return Scenario(
        call=lambda store: store.interactions.consume(waiting.key, waiting.browser, NOW),
        holds=lambda store: store.interactions.get(waiting.key, waiting.browser, NOW) is None,
        once=True,
    )


def _authorizations_add(store: Store) -> Scenario:
    given, token = samples.authorization(), samples.refresh_token()

    def holds(store: Store) -> bool:
        told = store.authorizations.session_told(CLIENT, str(given.told_sid))
        found = store.authorizations.find(Whose(subject=given.subject), 9)
        first = store.refresh_tokens.get(token.key, CLIENT)
        return (store.authorizations.get(given.id, NOW), told, found, first) == (given, given.sid, [given], token)

    return Scenario(call=lambda store: store.authorizations.add(given, token), holds=holds)


def _given(ask: Callable[[Store, Any], bool]) -> Prepared:
    def prepared(store: Store) -> Scenario:
        store.authorizations.add(given := samples.authorization())
        return Scenario(call=lambda store: ask(store, given))

    return prepared


def _revokes(revoke: Callable[[Store, Any], None]) -> Prepared:
    def prepared(store: Store) -> Scenario:
        store.authorizations.add(given := samples.authorization())
        return Scenario(
            call=_does(lambda store: revoke(store, given)),
            holds=lambda store: store.authorizations.get(given.id, NOW) is None,
        )

    return prepared


def _consents_grant(store: Store) -> Scenario:
    consent = samples.consent()
    return Scenario(
        call=_does(lambda store: store.consents.grant(consent)),
        holds=lambda store: (
            store.consents.get(consent.subject, CLIENT, NOW) == consent == store.consents.of_id(consent.id)
        ),
    )


def _consents_grant_again(store: Store) -> Scenario:
    store.consents.grant(before := samples.consent())
    more = replace(before, id=samples.handle(), scope=("openid", "email"))
    return Scenario(
        call=_does(lambda store: store.consents.grant(more)),
        holds=lambda store: store.consents.get(before.subject, CLIENT, NOW) == replace(more, id=before.id),
    )


def _consents_renew(store: Store) -> Scenario:
    store.consents.grant(before := samples.consent())
    more = replace(before, scope=("openid", "email"))
    return Scenario(
        call=lambda store: store.consents.renew(more),
        holds=lambda store: store.consents.get(before.subject, CLIENT, NOW) == more,
    )


def _consents_withdraw(store: Store) -> Scenario:
    store.consents.grant(consent := samples.consent())
    return Scenario(
        call=_does(lambda store: store.consents.withdraw(consent.id)),
        holds=lambda store: store.consents.get(consent.subject, CLIENT, NOW) is None,
    )


def _allowed(ask: Callable[[Store, Any], bool]) -> Prepared:
    def prepared(store: Store) -> Scenario:
        store.consents.grant(consent := samples.consent())
        return Scenario(call=lambda store: ask(store, consent))

    return prepared


def _keys_add(store: Store) -> Scenario:
    key = samples.signing_key(alg=samples.handle())
    return Scenario(
        call=lambda store: store.keys.add(key),
        holds=lambda store: [each.kid for each in store.keys.all() if each.alg == key.alg] == [key.kid],
        once=True,
    )


def _moves_a_key(state: Any, move: Callable[[Store, Any], bool], after: str) -> Prepared:
    def prepared(store: Store) -> Scenario:
        store.keys.add(key := samples.signing_key(alg=samples.handle(), state=state))
        return Scenario(
            call=lambda store: move(store, key),
            holds=lambda store: [each.state for each in store.keys.all() if each.kid == key.kid] == [after],
            once=True,
        )

    return prepared


def _keys_all(store: Store) -> Scenario:
    store.keys.add(key := samples.signing_key(alg=samples.handle()))
    return Scenario(call=lambda store: key.kid in {each.kid for each in store.keys.all()})


def _redeems(store: Store) -> Scenario:
    """A unit as the token endpoint has it."""
    store.codes.add(code := samples.code())
    first, spent = samples.refresh_token(), replace(code, spent_at=NOW)

    def work(store: Store) -> bool:
        if store.codes.consume(code.key, CLIENT, NOW) is None:
            return False
        return store.authorizations.add(code.authorization, first)

    return Scenario(
        call=lambda store: store.in_unit(lambda: work(store)),
        holds=lambda store: (
            store.codes.get(code.key, CLIENT) == spent and store.refresh_tokens.get(first.key, CLIENT) == first
        ),
        once=True,
    )


def _rotates(store: Store) -> Scenario:
    store.refresh_tokens.add(before := samples.refresh_token())
    after = samples.refresh_token()

    def work(store: Store) -> bool:
        store.refresh_tokens.add(after)
        return store.refresh_tokens.consume(before.key, CLIENT, NOW) is not None

    return Scenario(
        call=lambda store: store.in_unit(lambda: work(store)),
        holds=lambda store: store.refresh_tokens.get(after.key, CLIENT) == after,
        once=True,
    )


def _answers(store: Store) -> Scenario:
    """A unit that decides twice: what was allowed, and that the interaction is over."""
    store.interactions.add(waiting := samples.interaction())
    consent = samples.consent()

    def work(store: Store) -> bool:
        if not store.interactions.consume(waiting.key, waiting.browser, NOW):
            return False
        store.consents.grant(consent)
        return True

    return Scenario(
        call=lambda store: store.in_unit(lambda: work(store)),
        holds=lambda store: store.consents.get(consent.subject, CLIENT, NOW) == consent,
        once=True,
    )


def _registered(question: Question, holds: Question = lambda store: True, once: bool = False) -> Prepared:
    """Of a client that there is, and of which nothing was noted."""

    def prepare(store: Store) -> Scenario:
        with store.unit():
            store.clients.delete(CLIENT)
            assert store.clients.add(samples.client(resources=()))
        return Scenario(call=question, holds=holds, once=once)

    return prepare


def _client(store: Store) -> Client:
    client = store.clients.get(CLIENT)
    assert client is not None
    return client


def _does(verb: Callable[[Store], object]) -> Question:
    """Of what answers nothing."""
    return lambda store: verb(store) is None


SCENARIOS: Mapping[str, Prepared] = {
    "access_tokens.add": _access_tokens_add,
    "access_tokens.get": _access_tokens_get,
    "authorizations.add": _authorizations_add,
    "authorizations.causes": _given(lambda store, it: store.authorizations.causes([it.id], END) != {}),
    "authorizations.find": _given(lambda store, it: store.authorizations.find(Whose(subject=it.subject), 9) == [it]),
    "authorizations.get": _given(lambda store, it: store.authorizations.get(it.id, NOW) == it),
    "authorizations.of_id": _given(lambda store, it: store.authorizations.of_id(it.id) == it),
    "authorizations.session_told": _given(
        lambda store, it: store.authorizations.session_told(CLIENT, it.told_sid) == it.sid
    ),
    "clients.get": _registered(lambda store: store.clients.get(CLIENT) is not None),
    "clients.of_id": _registered(lambda store: store.clients.of_id(CLIENT) is not None),
    "clients.named": _registered(lambda store: store.clients.named([CLIENT]) != []),
    "clients.unless_void": _registered(lambda store: store.clients.unless_void(CLIENT, ["token:a"], NOW) is not None),
    "clients.note_secret_use": _registered(
        _does(lambda store: store.clients.note_secret_use(CLIENT, "a" * 64, NOW, timedelta(minutes=5))),
        lambda store: _client(store).secrets[0].last_used == NOW,
    ),
    "clients.note_protection": _registered(
        _does(lambda store: store.clients.note_protection(CLIENT, "pkce", NOW, timedelta(days=1))),
        lambda store: _client(store).protections_seen.pkce == NOW,
    ),
    "clients.note_logout": _registered(
        lambda store: store.clients.note_logout(CLIENT, NOW),
        lambda store: _client(store).logout_failing_since == NOW,
        once=True,
    ),
    "client_assertions.use": _client_assertions_use,
    "codes.add": _codes_add,
    "codes.consume": _codes_consume,
    "codes.get": _codes_get,
    "consents.allowed": _allowed(lambda store, it: store.consents.allowed(it.subject, NOW, 9) == [it]),
    "consents.find": _allowed(lambda store, it: store.consents.find(Whose(subject=it.subject), 9) == [it]),
    "consents.get": _allowed(lambda store, it: store.consents.get(it.subject, CLIENT, NOW) == it),
    "consents.grant": _consents_grant,
    "consents.grant, again": _consents_grant_again,
    "consents.of_id": _allowed(lambda store, it: store.consents.of_id(it.id) == it),
    "consents.renew": _consents_renew,
    "consents.withdraw": _consents_withdraw,
    "interactions.add": _interactions_add,
    "interactions.bind": _interactions_bind,
    "interactions.consume": _interactions_consume,
    "interactions.get": _interactions_get,
    "interactions.with_client": _interactions_with_client,
    "interactions.record_step": _interactions_record_step,
    "journal.revoke": _revokes(lambda store, it: store.journal.revoke(journal.consent(it.consent_id), END)),
    "journal.revoke_authorization": _revokes(lambda store, it: store.journal.revoke_authorization(it.id, END)),
    "journal.revoke_until": _revokes(
        lambda store, it: store.journal.revoke_until(journal.subject(it.subject), NOW, END)
    ),
    "journal.revoke_until_now": _revokes(
        lambda store, it: store.journal.revoke_until_now(journal.subject(it.subject), END)
    ),
    "journal.revoked": _given(lambda store, it: not store.journal.revoked([*journal.of(it)], NOW)),
    "keys.activate": _moves_a_key("next", lambda store, key: store.keys.activate(key, timedelta()), "active"),
    "keys.add": _keys_add,
    "keys.all": _keys_all,
    "keys.retire": _moves_a_key("retiring", lambda store, key: store.keys.retire(key, timedelta()), "retired"),
    "keys.revoke": _moves_a_key("active", lambda store, key: store.keys.revoke(key.kid), "revoked"),
    "keys.withdraw": _moves_a_key("next", lambda store, key: store.keys.withdraw(key), "retiring"),
    "refresh_tokens.add": _refresh_tokens_add,
    "refresh_tokens.consume": _refresh_tokens_consume,
    "refresh_tokens.extend": _refresh_tokens_extend,
    "refresh_tokens.get": _refresh_tokens_get,
    "in_unit, redeeming": _redeems,
    "in_unit, rotating": _rotates,
    "in_unit, answering": _answers,
}
