"""Sessions and sign-ins that expired are deleted, and nothing that a node may still take for alive."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import LoginSession, Session
from accounts.sessions.engine import SessionStore, hashed
from accounts.sessions.expiry import delete_expired
from tests.accounts.signed_in import SignIn, key_of


def test_expired_rows_are_deleted_and_the_others_stay(sign_in: SignIn) -> None:
    gone, recent, stays = key_of(sign_in()), key_of(sign_in()), key_of(sign_in())
    Session.objects.filter(pk=hashed(gone)).update(expires=timezone.now() - timedelta(minutes=6))
    Session.objects.filter(pk=hashed(recent)).update(expires=timezone.now() - timedelta(minutes=4))
    SessionStore.clear_expired()
    assert set(Session.objects.values_list("pk", flat=True)) == {hashed(recent), hashed(stays)}


def test_an_expired_sign_in_goes_after_the_sessions_that_point_to_it(sign_in: SignIn) -> None:
    sign_in()
    gone = timezone.now() - timedelta(minutes=6)
    Session.objects.update(expires=gone)
    LoginSession.objects.update(expires=gone)
    assert delete_expired(10) == 2
    assert (Session.objects.count(), LoginSession.objects.count()) == (0, 0)
