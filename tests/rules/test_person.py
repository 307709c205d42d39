"""The person of the tests knows the client's addresses from all others."""

import pytest

from tests.support.person import _leads_to


@pytest.mark.parametrize(
    ("client", "address", "leads"),
    [
        *(
            ("http://localhost:4242", f"http://localhost:4242{more}", True)
            for more in ("", "/", "/cb", "?code=x", "#x")
        ),
        *(("https://rp.example/cb?a=1", f"https://rp.example/cb?a=1{more}", True) for more in ("", "&code=x")),
        *(("http://127.0.0.1:", "http://127.0.0.1:5/cb", True), ("app:/", "app:/cb?code=x", True)),
        *(("http://localhost:4242", "http://localhost:42425/oauth2/consent", False),),
        *(
            ("https://rp.example", "https://rp.example.org/cb", False),
            ("https://rp.example/cb", "https://rp.example/cbs", False),
        ),
    ],
)
def test_an_address_is_the_clients_or_below_it(client: str, address: str, leads: bool) -> None:
    assert _leads_to(client, address) is leads
