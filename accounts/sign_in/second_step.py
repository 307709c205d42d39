"""Who proved one factor and has a second one is asked for that, and no session begins before."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import pages, sessions
from accounts.models import User
from accounts.sign_in import new_device, unfinished
from accounts.sign_in.unfinished import OnItsWay


def start(
    request: HttpRequest, user: User, method: str, *, identifier: str, following: str, remembered: bool
) -> HttpResponse | None:
    """Begins the session of who proved themselves by the method; or, where that is not enough, a sign-in that is
    finished by the second step, and leads to its page."""
    try:
        with new_device.told(request, user):
            sessions.write(request, user, [method], remembered=remembered)
    except sessions.SecondFactorMissing:
        handle = unfinished.begin(
            request, user, method, identifier=identifier, following=following, remembered=remembered
        )
        return HttpResponseRedirect(page_url(handle, following), status=303)
    sessions.begun(request, user)
    return None


def finish(request: HttpRequest, on_its_way: OnItsWay, method: str) -> bool:
    """Adds what was proven, and begins the session; False where the sign-in is over, or another request finished it.
    Raises SecondFactorMissing where it is not enough still."""
    record = on_its_way.record
    if not unfinished.prove(request, on_its_way, method):
        return False
    before = [proof.method for proof in sorted(record.proofs, key=lambda proof: proof.at)]
    # Together, so that where the session does not come to be, the sign-in goes on, and what proved it is good for it.
    with transaction.atomic():
        if not unfinished.finish(request, on_its_way):
            return False
        with new_device.told(request, on_its_way.user):
            sessions.write(request, on_its_way.user, [*dict.fromkeys([*before, method])], remembered=record.remembered)
    sessions.begun(request, on_its_way.user)
    return True


def page_url(handle: str, following: str) -> str:
    """`following`: shows who waits for the person."""
    return pages.page_url("second_step", following, **{unfinished.PARAMETER: handle})
