"""A sign-in that is on its way. It begins with the first thing that is proven, goes on in the same browser, and is
finished once. Its pages carry its handle."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from accounts.ground import clock
from accounts.handles import handles
from accounts.models import User
from accounts.sign_in.browser import browser_of
from accounts.stores import store
from accounts.stores.base.unfinished import MOST_FOLLOWING, Proof, UnfinishedSignIn

PARAMETER = "sign_in"
"""The parameter of its pages that has the handle."""
GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItsWay:
    """`user`: whose it is, as they are now. `proven`: by which methods so far."""

    handle: str
    user: User
    record: UnfinishedSignIn

    @property
    def proven(self) -> frozenset[str]:
        return frozenset(proof.method for proof in self.record.proofs)


def begin(
    request: HttpRequest, user: User, method: str, *, identifier: str, following: str, remembered: bool = False
) -> str:
    """With one thing proven. Its handle. What is longer than an address of ours ever is, is led home."""
    handle, now = handles().mint(), clock.now()
    key, browser = _key(handle), browser_of(request)
    store().unfinished.add(
        UnfinishedSignIn(
            key=key,
            browser=browser,
            identifier=identifier,
            following=following if len(following) <= MOST_FOLLOWING else "",
            remembered=remembered,
            created=now,
            expires=now + GOOD_FOR,
        )
    )
    store().unfinished.prove(key, browser, Proof(method, now), str(user.pk), user.security_epoch, now)
    return handle


def of(request: HttpRequest) -> OnItsWay | None:
    """The one whose page it is; None where it is over, of another browser, or void since: by another password, or an
    account that was switched off."""
    handle, record = held(request)
    if record is None or record.subject is None:
        return None
    user = User.objects.filter(pk=record.subject, security_epoch=record.epoch, is_active=True).first()
    return None if user is None else OnItsWay(handle=handle, user=user, record=record)


def held(request: HttpRequest) -> tuple[str, UnfinishedSignIn | None]:
    """The handle that came, and what is known by it in this browser, whether or not there is such a person."""
    handle = request.POST.get(PARAMETER) or request.GET.get(PARAMETER) or ""
    return handle, store().unfinished.get(_key(handle), browser_of(request), clock.now())


def prove(request: HttpRequest, on_its_way: OnItsWay, method: str) -> bool:
    """Notes that one more thing was proven; False where it is over meanwhile."""
    record, now = on_its_way.record, clock.now()
    subject, epoch = str(on_its_way.user.pk), record.epoch
    return store().unfinished.prove(record.key, browser_of(request), Proof(method, now), subject, epoch, now)


def finish(request: HttpRequest, on_its_way: OnItsWay) -> bool:
    """Ends it: true for the one caller who may do what it was for."""
    return store().unfinished.finish(on_its_way.record.key, browser_of(request), clock.now())


def _key(handle: str) -> str:
    """Of what is no handle at all: a key that none has."""
    return handles().key_of(handle) or ""
