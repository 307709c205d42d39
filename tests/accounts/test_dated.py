"""What two nodes date, whose clocks are wrong in any way, is dated by the clock of the database."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.signing import BadSignature

from accounts.ground import clock
from accounts.ground.dated_signer import DatedSigner
from accounts.models import User
from tokens.models import Client, ClientSecret, Resource

NOON = datetime(2033, 5, 18, 12, tzinfo=UTC)
KEPT = timedelta(minutes=1)
OFF = (-25.0, 0.0, 25.0)


pytestmark = pytest.mark.usefixtures("reckoned")


def at(monkeypatch: pytest.MonkeyPatch, instant: datetime, off: float = 0) -> None:
    """The database's clock stands at the instant, and this machine's is so many seconds ahead of it."""
    told = instant.timestamp()
    monkeypatch.setattr(clock, "_offset", told - 50)
    monkeypatch.setattr(time, "monotonic", lambda: 50.0)
    monkeypatch.setattr(time, "time", lambda: told + off)


@pytest.mark.parametrize("wrote", OFF)
@pytest.mark.parametrize("reads", OFF)
@pytest.mark.parametrize(("age", "is_fresh"), [(0, True), (60, True), (61, False)])
def test_a_note_is_fresh_for_as_long_whichever_nodes_write_and_read_it(
    monkeypatch: pytest.MonkeyPatch, wrote: float, reads: float, age: int, is_fresh: bool
) -> None:
    at(monkeypatch, NOON, wrote)
    signed = DatedSigner(salt="a note").sign("text: of any kind")
    at(monkeypatch, NOON + timedelta(seconds=age), reads)
    if is_fresh:
        assert DatedSigner(salt="a note").fresh(signed, KEPT) == "text: of any kind"
        return
    with pytest.raises(BadSignature):
        DatedSigner(salt="a note").fresh(signed, KEPT)


@pytest.mark.parametrize("forged", ["", ":", "::", "text", "text:1:x", "text:\x00:"])
def test_what_was_not_signed_is_no_note(forged: str) -> None:
    with pytest.raises(BadSignature):
        DatedSigner(salt="a note").fresh(forged, KEPT)


@pytest.mark.django_db
@pytest.mark.parametrize("off", OFF)
def test_a_row_is_dated_by_the_databases_clock(monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    at(monkeypatch, NOON, off)
    person = User.objects.create_user("alice")
    client = Client.objects.create(client_id="shop")
    resource = Resource.objects.create(identifier="https://api.example")
    secret = ClientSecret.objects.create(client=client)
    rows = (person, client, resource, secret)
    assert {row.created for row in rows} == {NOON}
    assert {person.updated_at, client.updated, resource.updated} == {NOON}

    at(monkeypatch, NOON + KEPT, -off)
    for row in rows:
        row.save()
        row.refresh_from_db()
    assert {row.created for row in rows} == {NOON}
    assert {person.updated_at, client.updated, resource.updated} == {NOON + KEPT}


@pytest.mark.django_db
def test_who_says_when_an_account_was_made_is_believed() -> None:
    made = User.objects.create(pk=uuid4(), username="bob", created=NOON)
    [brought] = User.objects.bulk_create([User(username="eve", username_key="eve", created=NOON)])
    made.save()
    assert {each.created for each in User.objects.filter(pk__in=[made.pk, brought.pk])} == {NOON}
