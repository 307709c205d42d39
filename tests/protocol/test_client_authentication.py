"""Client authentication (RFC 6749 §2.3)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, PEPPERS, client_record, client_secret, credentials, evidence
from tests.support.constant_time import Opaque
from tokens.protocol.client_authentication import METHODS, PRIVATE_KEY_JWT, SECRET_METHODS, check
from tokens.protocol.client_authentication import client_secret as secrets_of_clients
from tokens.protocol.client_authentication import presented as presented_by
from tokens.protocol.client_authentication.method import Presented
from tokens.protocol.errors import InvalidClient, InvalidRequest, OAuthError
from tokens.protocol.records import Client, ClientSecret

SECRET = "s3cret"
SAME_WORDS = "client authentication failed"
PLAIN = [method for method in METHODS if method != PRIVATE_KEY_JWT]
"""Without an assertion; with one: test_private_key_jwt.py."""
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=50)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def presented(authorization: str | None, form: Mapping[str, str]) -> Presented[Any]:
    return presented_by(credentials(authorization, form))


# --- What was presented


@given(TEXT, TEXT)
def test_basic_credentials_are_form_encoded_before_they_are_joined(client_id: str, secret: str) -> None:
    header = basic(quote_plus(client_id), quote_plus(secret))
    assert presented(header, {}) == Presented("client_secret_basic", client_id, secret)


@pytest.mark.parametrize(
    ("authorization", "form", "expected"),
    [
        # RFC 6749 §2.3.1's own example.
        (
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
            {},
            ("client_secret_basic", "s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
        ),
        (basic("0.client", "a%3Ab%25+c"), {}, ("client_secret_basic", "0.client", "a:b% c")),
        (basic("0.client", "a:b"), {}, ("client_secret_basic", "0.client", "a:b")),
        # An empty secret is none: RFC 6749 §2.3.1 lets a client leave it out.
        (basic("0.client", ""), {}, ("none", "0.client", None)),
        (basic("0.client", ""), {"client_id": "0.client"}, ("none", "0.client", None)),
        (basic("c", "s").replace("Basic ", "bAsIc   "), {}, ("client_secret_basic", "c", "s")),
        (basic("c", "s"), {"client_id": "c"}, ("client_secret_basic", "c", "s")),
        (None, {"client_id": "c", "client_secret": "s"}, ("client_secret_post", "c", "s")),
        (None, {"client_id": "c"}, ("none", "c", None)),
    ],
)
def test_each_method_is_told_by_what_the_request_has(
    authorization: str | None, form: Mapping[str, str], expected: tuple[str, str, str | None]
) -> None:
    assert presented(authorization, form) == Presented(*expected)


@pytest.mark.covers("S48 one")
@pytest.mark.parametrize(
    ("authorization", "form", "error", "description"),
    [
        (basic("c", "s"), {"client_secret": "s"}, InvalidRequest, "one authentication method a request"),
        (basic("c", "s"), {"client_id": "c", "client_secret": "s"}, InvalidRequest, "one authentication method"),
        (basic("c", ""), {"client_secret": "s"}, InvalidRequest, "one authentication method a request"),
        ("Bearer x", {"client_id": "c", "client_secret": "s"}, InvalidRequest, "one authentication method"),
        (basic("c", "s"), {"client_id": "d"}, InvalidRequest, "client_id differs"),
        (None, {}, InvalidClient, "does not say which client"),
        (None, {"client_secret": "s"}, InvalidClient, "does not say which client"),
        ("", {"client_id": "c"}, InvalidClient, "is Basic"),
        ("Bearer abc", {"client_id": "c"}, InvalidClient, "is Basic"),
        ("Digest username=c", {}, InvalidClient, "is Basic"),
    ],
)
def test_two_methods_at_once_and_no_method_of_ours_are_refused(
    authorization: str | None, form: Mapping[str, str], error: type[OAuthError], description: str
) -> None:
    with pytest.raises(error, match=description):
        presented(authorization, form)


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    "credentials",
    [
        "",
        " ",
        "!!!!",
        "YTp",
        "é" * 8,
        "YTpi YTpi",
        base64.b64encode(b"no-colon").decode(),
        base64.b64encode(b"\xff:\xfe").decode(),
        base64.b64encode(b"%ff:s").decode(),
        base64.b64encode(b"c:%ff").decode(),
        base64.b64encode(b"a\x00b:s").decode(),
        base64.b64encode(b"a%00b:s").decode(),
        "A" * 100_001,
    ],
)
def test_basic_credentials_that_cannot_be_read_are_an_invalid_client(credentials: str) -> None:
    with pytest.raises(InvalidClient, match="cannot be read"):
        presented(f"Basic {credentials}", {})


@given(st.text(max_size=200))
def test_no_authorization_header_breaks_the_parser(header: str) -> None:
    with pytest.raises(OAuthError):
        presented(header if not header.lower().startswith("basic ") else "Basic !", {})


# --- Whether it is right


@pytest.mark.covers("S47 token", "S48 either", "S48 stronger", "S48 public", "S48 pinned")
@pytest.mark.parametrize("secret", [SECRET, "wrong"])
@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("registered", METHODS)
def test_a_secret_comes_either_way_and_nothing_stands_in_for_another_method(
    registered: str, pinned: bool, method: str, secret: str
) -> None:
    client = client_record(
        token_endpoint_auth_method=registered, pin_token_endpoint_auth_method=pinned, secrets=(client_secret(SECRET),)
    )
    proof = Presented(method, client.client_id, None if method == "none" else secret)
    either = SECRET_METHODS if not pinned and registered in SECRET_METHODS else (registered,)
    is_right = registered == "none" if method == "none" else secret == SECRET
    if is_right and method in either:
        assert check(proof, client, evidence()) is client
    elif is_right:
        # Said only to whoever has the secret.
        assert _refusal(proof, client) == (
            f"the secret is right, but it came by {method}: this client authenticates by {registered} alone"
        )
    else:
        assert _refusal(proof, client) == SAME_WORDS


@pytest.mark.covers("S50 hashed")
@pytest.mark.parametrize(
    "secret", ["", SECRET[:-1], SECRET + "x", SECRET.upper(), SECRET + "\x00", "é", client_secret(SECRET).digest]
)
def test_a_wrong_secret_is_refused_and_so_is_the_stored_digest(secret: str) -> None:
    client = client_record(secrets=(client_secret(SECRET),))
    assert _refusal(Presented("client_secret_basic", client.client_id, secret), client) == SAME_WORDS


def test_several_secrets_are_live_at_once_and_an_expired_one_is_not() -> None:
    second = timedelta(seconds=1)
    client = client_record(
        secrets=(
            client_secret("old", expires=NOW),
            client_secret("older", expires=NOW - second),
            client_secret("going", expires=NOW + second),
            client_secret("new"),
        )
    )
    assert [_passes(client, secret) for secret in ("old", "older", "going", "new")] == [False, False, True, True]


def test_a_secret_under_any_pepper_that_is_still_there_passes() -> None:
    client = client_record(secrets=(client_secret("before", "1"), client_secret("after", "2")))
    assert _passes(client, "before")
    assert _passes(client, "after")
    assert not _passes(client, "before", {"2": PEPPERS["2"]})
    # The same bytes under another id are another pepper: the row names the one it was made with.
    assert not _passes(client, "before", {"2": PEPPERS["1"], "3": PEPPERS["1"]})


@pytest.mark.covers("S50 constant")
@pytest.mark.parametrize("method", SECRET_METHODS)
@pytest.mark.parametrize("secret", [SECRET, "wrong", ""])
def test_digests_are_compared_by_what_takes_as_long_wherever_they_differ(secret: str, method: str) -> None:
    kept = client_secret(SECRET)
    client = client_record(token_endpoint_auth_method=method, secrets=(replace(kept, digest=Opaque(kept.digest)),))
    assert _passes(client, secret) == (secret == SECRET)


@pytest.mark.covers("S50 hashed")
@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_secret_whose_pepper_was_lost_matches_nothing(digest: str) -> None:
    client = client_record(secrets=(ClientSecret("lost", digest, None),))
    assert not any(_passes(client, secret) for secret in ("", SECRET))


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize(
    "changes",
    [
        None,
        {"enabled": False, "secrets": (client_secret(SECRET),)},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"secrets": ()},
        {"secrets": (client_secret(SECRET), client_secret("other", "1"))},
    ],
)
def test_whoever_asks_costs_one_digest_a_pepper(
    monkeypatch: pytest.MonkeyPatch, method: str, changes: dict[str, object] | None
) -> None:
    made = _count_digests(monkeypatch)
    client = None if changes is None else client_record(**{"token_endpoint_auth_method": method} | changes)
    _refusal(Presented(method, "0.client", "wrong"), client, raises=method != "none" or client is None)
    assert len(made) == (0 if method == "none" else len(PEPPERS))


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("client", [None, client_record(enabled=False), client_record()])
def test_an_unknown_a_disabled_and_a_mistaken_client_hear_the_same_words(client: Client | None) -> None:
    assert _refusal(Presented("client_secret_basic", "0.client", "wrong"), client) == SAME_WORDS


@pytest.mark.covers("S38 secrets", "S50 hashed")
def test_what_is_stored_of_a_secret_is_its_hmac() -> None:
    expected = hmac.new(PEPPERS["2"], SECRET.encode(), hashlib.sha256).hexdigest()
    assert secrets_of_clients.secret_digest(SECRET, PEPPERS["2"]) == expected


def _refusal(proof: Presented[Any], client: Client | None, *, raises: bool = True) -> str:
    if not raises and client is not None and client.enabled and client.token_endpoint_auth_method == proof.method:
        check(proof, client, evidence())
        return ""
    with pytest.raises(InvalidClient) as refused:
        check(proof, client, evidence())
    return refused.value.description


def _passes(client: Client, secret: str, peppers: Mapping[str, bytes] = PEPPERS) -> bool:
    try:
        return check(Presented("client_secret_basic", client.client_id, secret), client, evidence(peppers)) is client
    except InvalidClient:
        return False


def _count_digests(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    made: list[bytes] = []
    real: Callable[[str, bytes], str] = secrets_of_clients.secret_digest

    def counted(secret: str, pepper: bytes) -> str:
        made.append(pepper)
        return real(secret, pepper)

    monkeypatch.setattr(secrets_of_clients, "secret_digest", counted)
    return made
