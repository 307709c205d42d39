"""An API elsewhere keeps what the provider publishes: how long, and how often it looks again."""

from typing import Any

import pytest
from avouch_api import fetch
from avouch_api.keys import AGAIN, MAX_AGE, STALE, Cache, key_set, metadata
from avouch_api.refusals import Unavailable
from joserfc.jwk import RSAKey

URL = "https://login.example/oauth2/jwks"


class Provider:
    """Answers what it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.now, self.asked, self.max_age = 0.0, 0, 100
        self.answer: dict[str, Any] = {"version": 1}
        self.away = False

    def get(self, url: str, timeout: float) -> tuple[dict[str, Any], int | None]:
        self.asked += 1
        if self.away:
            raise Unavailable("the provider does not answer")
        return self.answer, self.max_age or None


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(fetch, "get", made.get)
    return made


@pytest.fixture
def cache(provider: Provider) -> Cache:
    return Cache(URL, 1.0, lambda document: document["version"], clock=lambda: provider.now)


@pytest.mark.parametrize(("max_age", "kept"), [(100, 100), (0, MAX_AGE)])
def test_it_is_asked_once_for_as_long_as_it_says(provider: Provider, cache: Cache, max_age: int, kept: int) -> None:
    provider.max_age = max_age
    for at, asked in ((0, 1), (kept - 1, 1), (kept, 2), (kept + 1, 2)):
        provider.now = float(at)
        assert (cache.get(), provider.asked) == (1, asked)


def test_for_what_is_missing_it_is_asked_again_but_not_for_each_made_up_name(provider: Provider, cache: Cache) -> None:
    cache.get()
    for _ in range(100):
        cache.get(again=True)
    assert provider.asked == 1
    provider.now, provider.answer = AGAIN, {"version": 2}
    assert [cache.get(again=True) for _ in range(100)] == [2] * 100
    assert provider.asked == 2


def test_while_it_is_away_the_last_answer_is_used_for_a_day_and_no_longer(provider: Provider, cache: Cache) -> None:
    cache.get()
    provider.away = True
    for at in (101.0, 102.0, STALE):
        provider.now = at
        assert cache.get() == 1
    provider.now = STALE + 1
    with pytest.raises(Unavailable):
        cache.get()
    provider.away, provider.now = False, STALE + 1 + AGAIN
    assert cache.get() == 1


def test_who_was_never_reached_is_asked_again_after_a_while(provider: Provider, cache: Cache) -> None:
    provider.away = True
    for _ in range(10):
        with pytest.raises(Unavailable):
            cache.get()
    assert provider.asked == 1
    provider.away, provider.now = False, AGAIN
    assert cache.get() == 1


def test_metadata_are_those_of_the_issuer_that_was_asked_for(provider: Provider) -> None:
    provider.answer = {"issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks"}
    with pytest.raises(Unavailable):
        metadata("https://login.example", 1.0).get()


def test_keys_of_a_kind_that_is_not_known_are_passed_over() -> None:
    known = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "a"}
    for other in ({"kty": "unknown"}, {}, "text", None, {"kty": "RSA"}):
        assert [key.kid for key in key_set({"keys": [other, known]}).keys] == ["a"]
    with pytest.raises(Unavailable):
        key_set({"keys": [{"kty": "unknown"}]})


@pytest.mark.parametrize("url", ["http://login.example/jwks", "file:///etc/passwd", "ftp://127.0.0.1/", "//a", ""])
def test_it_is_asked_by_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(Unavailable, match="by https only"):
        fetch.get(url, 1.0)
