"""A person's answer on the consent page, and what it does to what they allowed before: a yes is worth what its page
showed and the client may have still, a no takes back what it denies."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core import signing

from accounts import sessions
from accounts.ground import clock
from tokens.conf import JOURNAL_LIFETIME, conf, minter
from tokens.protocol import journal
from tokens.protocol.authorization_request import AuthorizationRequest, digest
from tokens.protocol.records import Authorization, Consent
from tokens.stores import store
from tokens.stores.base.whose import Whose

PAGE = 500
"""Authorizations that are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks a person for: scopes, claims by their sources, resources."""

    scope: tuple[str, ...]
    claims: tuple[str, ...]
    resource: tuple[str, ...]

    @classmethod
    def of(cls, judged: AuthorizationRequest) -> "Asked":
        return cls(scope=judged.scope, claims=judged.claim_names, resource=judged.resource)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        return self.scope, self.claims, self.resource

    @property
    def digest(self) -> str:
        """As `AuthorizationRequest.asked`."""
        return digest(*self.parts)

    def cut(self, other: "Asked") -> "Asked":
        """What both ask for."""
        return Asked(
            scope=_both(self.scope, other.scope),
            claims=_both(self.claims, other.claims),
            resource=_both(self.resource, other.resource),
        )

    def is_in(self, consent: Consent) -> bool:
        """Whether any of it was allowed."""
        held = (consent.scope, consent.claims, consent.resource)
        return any(not set(asked).isdisjoint(of) for asked, of in zip(self.parts, held, strict=True))

    def is_held_by(self, authorization: Authorization) -> bool:
        """Whether any of it was authorized."""
        claims = authorization.claims
        told = (*claims.userinfo, *claims.id_token, *claims.mapped)
        held = (authorization.scope, told, authorization.resource)
        return any(not set(asked).isdisjoint(of) for asked, of in zip(self.parts, held, strict=True))


def write_shown(asked: Asked, identifier: str, sid: str) -> str:
    """For the page's form: what it shows, signed for this request and this session."""
    return signing.dumps(asked.parts, salt=_salt(identifier, sid), compress=True)


def read_shown(text: str, identifier: str, sid: str) -> Asked | None:
    """What the page showed that the form came from; None where it was none of this request and session."""
    try:
        parts: Any = signing.loads(text, salt=_salt(identifier, sid))
    except signing.BadSignature:
        return None
    scope, claims, resource = map(tuple, parts)
    return Asked(scope=scope, claims=claims, resource=resource)


def allow(asked: Asked, current: sessions.Current, client_id: str, now: datetime) -> None:
    """Remembers the yes. What was allowed before stays allowed, unless it is withdrawn at this moment: then this yes
    alone is remembered. Belongs into a unit."""
    yes = Consent(
        id=minter().mint(),
        subject=current.subject,
        client_id=client_id,
        scope=asked.scope,
        claims=asked.claims,
        resource=asked.resource,
        granted_at=now,
        expires=now + timedelta(seconds=conf().consent_lifetime),
    )
    before = store().consents.get(current.subject, client_id, now)
    if before is None or not store().consents.renew(_with(before, yes)):
        store().consents.grant(yes)


def _with(before: Consent, yes: Consent) -> Consent:
    return replace(
        yes,
        id=before.id,
        scope=_union(before.scope, yes.scope),
        claims=_union(before.claims, yes.claims),
        resource=_union(before.resource, yes.resource),
    )


def deny(asked: Asked, current: sessions.Current, client_id: str, now: datetime) -> None:
    """Takes the yes from before back, if it held any of this, and ends every authorization that holds any."""
    whose = Whose(subject=current.subject, client_id=client_id)
    taken = [consent for consent in store().consents.find(whose, PAGE) if asked.is_in(consent)]
    _end(whose, taken, asked.is_held_by, now)


def take_back(subject: str, client_id: str, now: datetime) -> bool:
    """Takes all back that the person allowed the client, in every region, and ends every authorization that it has of
    them; false, and nothing done, where they allowed it nothing. Belongs into a unit."""
    whose = Whose(subject=subject, client_id=client_id)
    taken = store().consents.find(whose, PAGE)
    if taken:
        _end(whose, taken, lambda _: True, now)
    return bool(taken)


def _end(whose: Whose, taken: Collection[Consent], is_meant: Callable[[Authorization], bool], now: datetime) -> None:
    """The consents last: where a store without transactions does a part, they are there to be taken back again."""
    # Those of a yes that expired, and of a time when the client did not have to ask.
    over = {consent.id for consent in taken}
    for authorization in _authorizations(whose):
        if authorization.consent_id not in over and authorization.expires > now and is_meant(authorization):
            store().journal.revoke(journal.authorization(authorization.id), authorization.expires)
    for consent in taken:
        withdraw(consent.id)


def withdraw(consent_id: str) -> None:
    """Ends the consent and all that was issued on it, codes that wait too: the journal first, so that nothing lives
    without its consent. Belongs into a unit."""
    store().journal.revoke(journal.consent(consent_id), clock.now() + JOURNAL_LIFETIME)
    store().consents.withdraw(consent_id)


def _authorizations(whose: Whose) -> Iterable[Authorization]:
    after = ""
    while page := store().authorizations.find(whose, PAGE, after):
        yield from page
        after = page[-1].id


def _salt(identifier: str, sid: str) -> str:
    return f"tokens.consent.{identifier}.{sid}"


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in one if each in other)


def _union(before: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *added)))
