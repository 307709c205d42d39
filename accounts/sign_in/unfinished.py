"""Sign-ins on their way: who proved one factor and has a second one is asked for that, and no session begins before.

What they proved, and where they go on afterwards, is a row of the store, for ten minutes. The address of the page has
its handle, and a cookie the browser's secret: either without the other is nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts import sessions
from accounts.ground import clock
from accounts.handles import handles
from accounts.models import User
from accounts.pages import FOLLOWING, home_url
from accounts.stores import store
from accounts.stores.base.unfinished import MOST_FOLLOWING, Proof, UnfinishedSignIn

PARAMETER = "sign_in"
"""Of the page: which sign-in goes on there."""
GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A sign-in on its way in this browser, of somebody who may finish it."""

    handle: str
    sign_in: UnfinishedSignIn
    user: User

    @property
    def following(self) -> str:
        return self.sign_in.following or home_url()


def go_on(
    request: HttpRequest, user: User, method: str, *, identifier: str, following: str, remembered: bool
) -> HttpResponse:
    """Begins the session of who proved themselves by the method, and leads on; or, where that is not enough, begins a
    sign-in and leads to the page of the second step."""
    try:
        sessions.start(request, user, [method], remembered=remembered)
    except sessions.SecondFactorMissing:
        return _begin(request, user, method, identifier, following, remembered)
    return HttpResponseRedirect(following or home_url())


def of(request: HttpRequest) -> Waiting | None:
    """The one that the request is about; None where there is none in this browser, or it is over, or void: the account
    was changed since."""
    handle = request.POST.get(PARAMETER) or request.GET.get(PARAMETER) or ""
    key, browser = handles().key_of(handle), _browser(request)
    found = store().unfinished.get(key, browser, clock.now()) if key and browser else None
    if found is None or found.subject is None:
        return None
    user = User.objects.filter(pk=found.subject).first()
    if user is None or not user.is_active or user.security_epoch != found.epoch:
        return None
    return Waiting(handle=handle, sign_in=found, user=user)


def finish(request: HttpRequest, waiting: Waiting, method: str) -> bool:
    """Adds what was proven, and begins the session; False where the sign-in was over, or finished by another request
    meanwhile. Raises SecondFactorMissing where it is not enough still."""
    found, user, now = waiting.sign_in, waiting.user, clock.now()
    proof = Proof(method, now)
    if not store().unfinished.prove(found.key, found.browser, proof, str(user.pk), user.security_epoch, now):
        return False
    if not store().unfinished.finish(found.key, found.browser, now):
        return False
    used = [each.method for each in sorted(found.proofs, key=lambda each: each.at)]
    sessions.start(request, user, [*dict.fromkeys([*used, method])], remembered=found.remembered)
    return True


def forget(response: HttpResponse) -> HttpResponse:
    """Takes the browser's secret away: nothing is on its way in it any more."""
    response.delete_cookie(settings.UNFINISHED_COOKIE_NAME, samesite="Lax")
    if settings.SESSION_COOKIE_SECURE:
        response.cookies[settings.UNFINISHED_COOKIE_NAME]["secure"] = True
    return response


def page_url(handle: str, following: str) -> str:
    """`following`: shows who waits for the person."""
    query = {PARAMETER: handle} | ({FOLLOWING: following} if following else {})
    return f"{reverse('second_step')}?{urlencode(query)}"


def _begin(
    request: HttpRequest, user: User, method: str, identifier: str, following: str, remembered: bool
) -> HttpResponse:
    handle, now = handles().mint(), clock.now()
    # One secret for all of a browser's tabs.
    secret = request.COOKIES.get(settings.UNFINISHED_COOKIE_NAME, "") if _browser(request) else handles().mint()
    key, browser = handles().key_of(handle), handles().key_of(secret)
    assert key is not None and browser is not None  # noqa: S101, PT018 minted just now
    following = following if len(following) <= MOST_FOLLOWING else ""
    begun = UnfinishedSignIn(
        key=key,
        browser=browser,
        identifier=identifier,
        following=following,
        remembered=remembered,
        created=now,
        expires=now + GOOD_FOR,
    )
    store().unfinished.add(begun)
    store().unfinished.prove(key, browser, Proof(method, now), str(user.pk), user.security_epoch, now)
    response = HttpResponseRedirect(page_url(handle, following), status=303)
    response.set_cookie(
        settings.UNFINISHED_COOKIE_NAME,
        secret,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _browser(request: HttpRequest) -> str:
    """The digest of the browser's secret; empty where it has none."""
    return handles().key_of(request.COOKIES.get(settings.UNFINISHED_COOKIE_NAME, "")) or ""
