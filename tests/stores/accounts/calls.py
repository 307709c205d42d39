"""Every verb of the store below both applications, called once, as it writes."""

from datetime import UTC, datetime, timedelta

from accounts.stores.base import Store
from accounts.stores.base.codes import Code
from accounts.stores.base.throttles import Counter, Limit
from accounts.stores.base.unfinished import Proof, UnfinishedSignIn

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
END = NOW + timedelta(minutes=10)
DIGEST = "a" * 64
LIMIT = Limit(failures=9, kept=timedelta(days=90), waits=((2, timedelta(minutes=1)),))
SIGN_IN = UnfinishedSignIn(
    key="0.a",
    browser=DIGEST,
    identifier="alice@example.org",
    following="/oauth2/authorize?interaction=0.",
    remembered=True,
    created=NOW,
    expires=END,
)


def fill(store: Store) -> None:
    for counter in (Counter(key=DIGEST, limit=LIMIT), Counter(key=DIGEST, limit=LIMIT, account=DIGEST)):
        for _ in range(2):
            store.throttles.spend(counter)
        store.throttles.give_back(counter)
    store.throttles.forget(DIGEST)
    store.once.spend("passkey challenge", END)
    store.once.spend("totp:1:58000000", END, SIGN_IN.key)
    store.codes.put(DIGEST, Code(digest=DIGEST, bound=DIGEST, expires=END))
    for digest in ("b" * 64, DIGEST):
        store.codes.attempt(DIGEST, digest, NOW)
    store.codes.spend(DIGEST, DIGEST, NOW)
    store.unfinished.add(SIGN_IN)
    store.unfinished.prove(SIGN_IN.key, DIGEST, Proof("password", NOW), "b5a1d9f0-3c86-4b1e-9d2a-5f0e3a7c1d42", 0, NOW)
    store.unfinished.finish(SIGN_IN.key, DIGEST, NOW)
