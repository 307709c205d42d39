"""Subject identifiers: the same for everybody, or one a sector."""

from typing import Any

import pytest

from tests.support.builders import SUBJECT, client_record
from tokens.protocol.subject import sector, session_id, subject

SALTS = {"1": b"salt" * 8}
PAIRWISE: dict[str, Any] = {"subject_type": "pairwise"}


def test_a_public_client_is_told_who_the_person_is_everywhere() -> None:
    assert subject(client_record(), SUBJECT, SALTS) == SUBJECT
    assert session_id(client_record(), "0.sid", SALTS) == "0.sid"


def test_clients_of_one_sector_are_told_the_same_and_others_something_else() -> None:
    first = client_record(client_id="1", redirect_uris=("https://rp.example/a",), **PAIRWISE)
    same = client_record(client_id="2", redirect_uris=("https://RP.example:8443/b",), **PAIRWISE)
    shared = client_record(sector_identifier_uri="https://rp.example/sector.json", redirect_uris=(), **PAIRWISE)
    other = client_record(redirect_uris=("https://other.example/a",), **PAIRWISE)
    told = [subject(client, SUBJECT, SALTS) for client in (first, same, shared, other)]
    assert told[0] == told[1] == told[2] != told[3]
    assert SUBJECT not in told
    assert len({subject(first, person, SALTS) for person in ("a", "b", SUBJECT)}) == 3


def test_a_session_and_a_person_of_one_name_are_told_apart() -> None:
    client = client_record(**PAIRWISE)
    assert session_id(client, "x", SALTS) != subject(client, "x", SALTS)


def test_the_first_salt_alone_decides() -> None:
    client = client_record(**PAIRWISE)
    assert subject(client, SUBJECT, {**SALTS, "2": b"another"}) == subject(client, SUBJECT, SALTS)
    assert subject(client, SUBJECT, {"1": b"pepper" * 8}) != subject(client, SUBJECT, SALTS)


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        ("https://RP.example/a?b", "rp.example"),
        ("http://[::1]:8000/cb", "0.client"),
        ("http://localhost/cb", "0.client"),
        ("http://127.0.0.1:5/cb", "0.client"),
        ("com.example.app:/cb", "com.example.app"),
    ],
)
def test_the_sector_is_the_host_of_the_redirect_uri(redirect_uri: str, expected: str) -> None:
    assert sector(client_record(redirect_uris=(redirect_uri,), **PAIRWISE)) == expected
    assert sector(client_record(client_id="0.Client", redirect_uris=(), **PAIRWISE)) == "0.client"
