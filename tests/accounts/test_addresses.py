"""Where a request comes from, in one spelling."""

import pytest
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts.site.addresses import source, source_of

SOURCES = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "192.0.2.1:4711": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:C000:0201": "192.0.2.1",
    "[::ffff:192.0.2.1]:4711": "192.0.2.1",
    "64:ff9b::c000:201": "192.0.2.1",
    "2001:db8:1:2::1": "2001:db8:1:2::/64",
    "2001:DB8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64",
    "[2001:db8:1:2::1]": "2001:db8:1:2::/64",
    "[2001:db8:1:2::1]:443": "2001:db8:1:2::/64",
    "fe80::1%eth0": "fe80::/64",
    "fe80::2%25eth1": "fe80::/64",
    "::1": "::/64",
}
NONE = [
    "",
    "unknown",
    "_hidden",
    "localhost",
    "192.0.2",
    "192.0.2.256",
    "010.0.0.1",
    "1",
    ":",
    "[",
    "]",
    "%",
    "[]:1",
    "::1::%",
]
NONE += ["192.0.2.1/24", "\u0661.0.2.1", "x" * 8000, "1:2:3", "2001:db8::1::1", "192.0.2.1:80:80", "\x00", "\ud800"]


@pytest.mark.parametrize(("text", "expected"), SOURCES.items())
def test_all_spellings_of_a_source_are_one(text: str, expected: str) -> None:
    assert source(text) == expected


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_none(text: str) -> None:
    assert source(text) is None


@pytest.mark.covers("S58 source", "S76 hops", "CVE-2024-47070")
@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "198.51.100.1", "192.0.2.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.1, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.1, 198.51.100.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 198.51.100.1", "203.0.113.1"),
        (2, "198.51.100.1", "192.0.2.9"),
        (1, "unknown", "192.0.2.9"),
        (1, "198.51.100.1, unknown", "192.0.2.9"),
        (1, "", "192.0.2.9"),
        (1, ",", "192.0.2.9"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(
    rf: RequestFactory, settings: Settings, proxies: int, told: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert source_of(rf.get("/", headers={"X-Forwarded-For": told}, REMOTE_ADDR="192.0.2.9")) == expected


def test_who_connects_by_a_file_has_no_address(rf: RequestFactory) -> None:
    assert source_of(rf.get("/", REMOTE_ADDR="")) == ""


@pytest.mark.covers("S58 source")
@pytest.mark.parametrize("peer", ["::ffff:192.0.2.{}", "64:ff9b::192.0.2.{}", "2001:db8:1:{}::1", "192.0.2.{}"])
def test_one_guesser_throttles_no_neighbour(db: None, settings: Settings, peer: str) -> None:
    """Every IPv4 address written as IPv6 is in one network of 64 bits: it is not one source."""
    settings.ACCOUNTS = type(settings.ACCOUNTS)(failures_per_address=1)
    form = {"login": "x", "password": "y"}
    statuses = [
        Client(REMOTE_ADDR=peer.format(number))
        .post("/accounts/login/", form | {"login": f"u{number}{turn}"})
        .status_code
        for turn in range(2)
        for number in (1, 2)
    ]
    assert statuses == [422, 422, 429, 429]
