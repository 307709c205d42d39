"""What is over of the store in the database is deleted by the clean-up of accounts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.models import MailedCode, Once, UnfinishedSignIn
from accounts.sessions import expiry
from accounts.stores.base.codes import Code
from accounts.stores.orm import orm_store
from tests.stores.accounts.calls import DIGEST, SIGN_IN

KINDS = {"once": Once, "mailed code": MailedCode, "unfinished sign-in": UnfinishedSignIn}


def test_what_is_over_is_swept_and_what_may_live_by_another_clock_is_not(db: None) -> None:
    store, now = orm_store(), datetime.now(UTC)
    for number, ends in enumerate((now - timedelta(hours=1), now, now + timedelta(hours=1))):
        store.once.spend(f"totp:{number}", ends)
        store.codes.put(f"{number}{DIGEST[1:]}", Code(digest=DIGEST, bound=DIGEST, expires=ends))
        store.unfinished.add(replace(SIGN_IN, key=f"0.{number}", expires=ends))
    sweeps = expiry.sweeps()
    assert {kind: sweeps[kind](10, None).deleted for kind in KINDS} == dict.fromkeys(KINDS, 1)
    assert {kind: model._default_manager.count() for kind, model in KINDS.items()} == dict.fromkeys(KINDS, 2)
