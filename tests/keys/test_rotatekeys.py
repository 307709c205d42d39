"""`manage.py rotatekeys`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django.fixtures import Settings

from tests.support.held import let_keys_be_older
from tokens import keys
from tokens.conf import conf
from tokens.protocol.records import SigningKey
from tokens.stores import store

pytestmark = pytest.mark.django_db
KID = re.compile(r"0-[\w-]{16}")


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> Iterator[None]:
    """An RSA key takes longer to make than a test to run."""
    settings.TOKENS = replace(conf(), signing_algs=("ES256", "EdDSA"))
    keys._made.cache_clear()
    yield
    keys._made.cache_clear()


def run(*arguments: str) -> list[str]:
    """The lines that it printed, without kids and instants."""
    call_command("rotatekeys", *arguments, stdout=(output := StringIO()))
    return [KID.sub("KID", re.sub(r"^[-\d]{10} [:\d]{8} UTC", "UTC", line)) for line in output.getvalue().splitlines()]


def after(seconds: float) -> None:
    """So much later, for the keys."""
    let_keys_be_older(timedelta(seconds=seconds))


def held(state: str) -> list[SigningKey]:
    found = store().keys.all()
    return [key for key in found if key.state == state]


DUE = ["UTC: ES256 gets a next key", "UTC: EdDSA gets a next key"]


def test_it_makes_what_is_missing_once() -> None:
    assert run("--ensure") == ["made KID, which signs ES256", "made KID, which signs EdDSA"]
    assert run("--ensure") == []
    assert sorted(run()) == sorted(DUE)


def test_ensure_rotates_nothing() -> None:
    run("--ensure")
    after(400 * 24 * 3600)
    assert run("--ensure") == []


def test_a_key_is_replaced_when_its_life_ends() -> None:
    run("--ensure")
    before = {key.kid for key in held("active")}
    after(90 * 24 * 3600 - 915)
    published = [f"made KID, the next {alg} key: it is published and does not sign yet" for alg in ("ES256", "EdDSA")]
    assert sorted(run()) == sorted([*published, "UTC: KID signs ES256", "UTC: KID signs EdDSA"])
    assert run() == ["UTC: KID signs ES256", "UTC: KID signs EdDSA"]
    after(915)
    found = run()
    assert {"KID signs ES256 from now on", "KID signs EdDSA from now on"} < set(found)
    assert not before & {key.kid for key in held("active")}
    after(625)
    assert "retired KID (ES256): its private half is destroyed" in run()
    assert {key.kid for key in held("retired")} == before
    assert [key.private for key in held("retired")] == ["", ""]


def test_now_begins_at_once_and_only_once() -> None:
    run("--ensure")
    assert run("--now", "--alg", "ES256") == [
        "made KID, the next ES256 key: it is published and does not sign yet",
        "UTC: KID signs ES256",
        "UTC: EdDSA gets a next key",
    ]
    assert run("--now", "--alg", "ES256") == ["UTC: KID signs ES256", "UTC: EdDSA gets a next key"]
    assert [line for line in run("--now") if line.startswith("made")] == [
        "made KID, the next EdDSA key: it is published and does not sign yet"
    ]


def test_what_is_due_is_told_with_its_instant() -> None:
    run("--ensure")
    call_command("rotatekeys", "--now", "--alg", "ES256", stdout=(output := StringIO()))
    instant = output.getvalue().splitlines()[1].partition(" UTC: ")[0]
    due = datetime.fromisoformat(instant).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(seconds=900) < due < timedelta(seconds=920)


def test_a_revoked_key_is_replaced_and_it_says_what_others_see() -> None:
    run("--ensure")
    (revoked,) = (key.kid for key in held("active") if key.alg == "ES256")
    told = [
        "Within 5 s every node refuses what they signed. Relying parties that cached our keys believe it until",
        "they read them again, within 905 s, and may refuse until then what a key signs that they have not read.",
    ]
    due = ["UTC: EdDSA gets a next key", "UTC: ES256 gets a next key"]
    first = ["revoked KID (ES256): its private half is destroyed", "made KID, which signs ES256"]
    assert run("--revoke", revoked) == [*first, *told, *due]
    assert run("--revoke", revoked) == ["revoked before: nothing to do", *due]
    assert [(key.kid, key.private) for key in held("revoked")] == [(revoked, "")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--revoke", "0-unknown"], "there is no signing key 0-unknown: the admin lists them all"),
        (["--alg", "ES256"], "--alg goes with --now"),
        (["--now", "--alg", "HS256"], "Error: argument --alg: invalid choice: 'HS256'"),
        (["--now", "--ensure"], "Error: argument --ensure: not allowed with argument --now"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_other_sealing_keys_are_told_with_their_remedy(settings: Settings) -> None:
    run("--ensure")
    settings.SEALING_KEYS = {"1": b"x" * 32}
    with pytest.raises(CommandError, match="set IDP_SECRETS to the folder that it was made with"):
        run()


def test_a_database_that_is_away_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("server closed\nthe connection")

    monkeypatch.setattr(type(store().keys), "all", fail)
    with pytest.raises(CommandError, match=r"\Athe database: server closed the connection; nothing is half done"):
        run()
