"""The admin on a store whose records are in no table of Django's: what there is to look at, and how it is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.staff import PERSON, BrowserOf
from tests.stores import rows, samples
from tests.stores.suite.outbox import claimed, owe, wanting
from tokens import stores
from tokens.conf import conf
from tokens.keys import rotation
from tokens.protocol.records import Authorization, Consent, LogoutDelivery, SigningKey
from tokens.staff_roles import ROLES
from tokens.stores.base import Store

ADMIN = "/admin/tokens/"
MEMORY = "tokens.stores.memory.memory_store"
CONSENTS, GIVEN, NOTICES = f"{ADMIN}consent/", f"{ADMIN}authorization/", f"{ADMIN}logoutdelivery/"
KEYS, RUNS = f"{ADMIN}signingkey/", f"{ADMIN}run/"
TOLD, CLIENT, TASK = "told", "0.a-client", "rotate_keys"
SUBJECT = str(PERSON)
WHO = (*ROLES, "superuser", "person", "anonymous")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One of each kind, and the store that they are in. The notice was given up."""

    store: Store
    consent: Consent
    authorization: Authorization
    notice: LogoutDelivery
    key: SigningKey


@pytest.fixture(params=["memory", "dynamodb"])
def held(request: pytest.FixtureRequest, settings: Settings, db: None) -> Iterator[Held]:
    """One of each kind in the store."""
    if request.param == "dynamodb":
        request.getfixturevalue("on_dynamodb")
    path = MEMORY if request.param == "memory" else request.param
    settings.TOKENS = replace(conf(), store=path, signing_algs=("RS256",))
    # One that is new, or is made anew under the settings of this test.
    stores._of_path.cache_clear()
    yield fill(stores.store())
    stores._of_path.cache_clear()


@pytest.fixture
def root(browser_of: BrowserOf) -> Browser:
    return browser_of("superuser")


def fill(store: Store) -> Held:
    now = datetime.now(UTC)
    for client in (wanting(TOLD), samples.client(client_id=CLIENT, scope=("openid", "email"), allowed_groups=())):
        rows.add_client_to(store, client)
    allowed = {
        "subject": SUBJECT,
        "client_id": CLIENT,
        "scope": ("openid", "email"),
        "resource": (),
        "expires": now + DAY,
    }
    consent = samples.consent(**allowed)
    given = samples.authorization(**allowed, consent_id=consent.id, root_at=now, kept_until=None)
    store.consents.grant(consent)
    store.authorizations.add(given)
    owe(store, TOLD)
    notice = claimed(store, TOLD)
    assert store.outbox.close(notice, "answered 400", now + DAY, False)
    run = store.runs.claim(TASK, DAY, DAY, DAY, "a node")
    assert run is not None
    assert store.runs.finish(run, {"next": 1}, "")
    rotation.create_missing(now)
    [key] = store.keys.all()
    return Held(store=store, consent=consent, authorization=given, notice=notice, key=key)


def lists(held: Held) -> dict[str, str]:
    """The list that shows each, and what its row says."""
    return {
        f"{CONSENTS}?q={SUBJECT}": "openid email",
        f"{GIVEN}?q={SUBJECT}": "in force",
        f"{NOTICES}?q={TOLD}": "answered 400",
        KEYS: held.key.kid,
        f"{RUNS}?task={TASK}": "1 next",
    }


def act(browser: Browser, url: str, action: str, *row_ids: str) -> Any:
    return browser.post(url, {"action": action, "_selected_action": list(row_ids), "index": "0"}, follow=True)


def page(url: str, row_id: str, name: str = "change") -> str:
    """A page of the row, of the list at that address."""
    return f"{url.partition('?')[0]}{quote(row_id)}/{name}/"


def ids(answer: Any) -> list[str]:
    return [str(row.pk) for row in answer.context["cl"].result_list]


def walked(browser: Browser, url: str) -> Iterator[list[str]]:
    """The pages of a list, one after another."""
    path, following = url.partition("?")[0], url
    while following:
        answer = browser.get(following)
        yield ids(answer)
        onward = answer.context["cl"].next_url
        following = f"{path}{onward}" if onward else ""


def state(browser: Browser) -> str:
    [row] = browser.get(f"{GIVEN}?q={SUBJECT}").context["cl"].result_list
    return str(browser.get(GIVEN).context["cl"].model_admin.state(row))
