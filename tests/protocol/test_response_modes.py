"""How an authorization response travels."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import ISSUER
from tokens.protocol.authorization_request import ReturnAddress, answer
from tokens.protocol.errors import LoginRequired
from tokens.protocol.response_modes import RESPONSE_MODES, FormPost, Redirect, can_carry, fragment, query

ADDRESS = "https://rp.example/callback"


@pytest.mark.parametrize(
    ("redirect_uri", "expected"),
    [
        (ADDRESS, f"{ADDRESS}?code=c"),
        (f"{ADDRESS}?", f"{ADDRESS}?code=c"),
        (f"{ADDRESS}?tenant=7", f"{ADDRESS}?tenant=7&code=c"),
        (f"{ADDRESS}?a=1&a=2&b=%C3%A9+x", f"{ADDRESS}?a=1&a=2&b=%C3%A9+x&code=c"),
        ("com.example.app:/callback", "com.example.app:/callback?code=c"),
        ("http://[::1]:4711/?x=", "http://[::1]:4711/?x=&code=c"),
    ],
)
def test_the_registered_query_stays_as_it_is_and_the_answer_is_added(redirect_uri: str, expected: str) -> None:
    assert query(redirect_uri, {"code": "c"}) == expected
    assert fragment(redirect_uri, {"code": "c"}) == f"{redirect_uri}#code=c"
    assert RESPONSE_MODES["form_post"](redirect_uri, {"code": "c"}) == FormPost(redirect_uri, {"code": "c"})


@pytest.mark.covers("S7 success", "S15 exact", "S15 URL")
@pytest.mark.parametrize("mode", RESPONSE_MODES)
@given(state=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_state_comes_back_byte_for_byte_and_nothing_of_it_leaves_its_place(mode: str, state: str) -> None:
    before = [("tenant", "7")] if mode == "query" else []
    assert _sent(mode, state, f"{ADDRESS}?tenant=7") == [*before, ("code", "c"), ("state", state), ("iss", ISSUER)]


@pytest.mark.covers("S7 error")
@pytest.mark.parametrize("mode", RESPONSE_MODES)
def test_an_error_carries_iss_and_its_description_and_no_state_where_none_was_sent(mode: str) -> None:
    address = ReturnAddress(redirect_uri=ADDRESS, response_mode=mode, state=None)
    said = {"error": "login_required", "error_description": "the person has to sign in", "iss": ISSUER}
    encoded = "error=login_required&error_description=the+person+has+to+sign+in&iss=https%3A%2F%2Fop.example"
    expected = {
        "query": Redirect(f"{ADDRESS}?{encoded}"),
        "fragment": Redirect(f"{ADDRESS}#{encoded}"),
        "form_post": FormPost(ADDRESS, said),
    }
    assert answer(address, LoginRequired("the person has to sign in").parameters(), ISSUER) == expected[mode]


@pytest.mark.parametrize("mode", RESPONSE_MODES)
def test_a_parameter_of_ours_cannot_be_set_by_state(mode: str) -> None:
    sent = _sent(mode, "x&code=stolen&iss=https://evil.example#code=stolen", ADDRESS)
    assert [name for name, _ in sent] == ["code", "state", "iss"]


def test_no_form_is_posted_to_an_app() -> None:
    app, loopback = "com.example.app:/callback", "http://127.0.0.1/callback"
    carried = {(mode, uri) for mode in RESPONSE_MODES for uri in (ADDRESS, app, loopback) if can_carry(mode, uri)}
    assert carried == {(mode, uri) for mode in RESPONSE_MODES for uri in (ADDRESS, app, loopback)} - {
        ("form_post", app)
    }
    assert not can_carry("unknown", ADDRESS)


def _sent(mode: str, state: str, redirect_uri: str) -> list[tuple[str, str]]:
    """What the client reads."""
    sent = answer(ReturnAddress(redirect_uri=redirect_uri, response_mode=mode, state=state), {"code": "c"}, ISSUER)
    if isinstance(sent, FormPost):
        assert sent.redirect_uri == redirect_uri
        return list(sent.fields.items())
    assert sent.url.isascii()
    assert not set(sent.url) & set("\r\n\"'<> ")
    assert sent.url.count("#") == (mode == "fragment")
    parts = urlsplit(sent.url)
    return parse_qsl(parts.fragment if mode == "fragment" else parts.query, keep_blank_values=True)
