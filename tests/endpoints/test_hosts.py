"""Host and forwarding headers: none of them changes what we are or where we lead (BCP 4.13)."""

import re

import pytest
from django.test import Client

from tests.support.endpoints import location
from tests.support.messages import AUTHORIZE, REDIRECT_URI, Registered, authorization_request

ISSUER = "http://localhost:8000"
HOSTILE_HOSTS = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Forwarded-Server": "evil.example", "X-Host": "evil.example", "X-Original-Host": "evil.example"},
    {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil", "X-Original-URL": "/evil", "X-Rewrite-URL": "/evil"},
    {"Host": "127.0.0.1:9999"},
    {"Host": "localhost"},
]


@pytest.mark.covers("S76 issuer", "ltb #755", "KC #35216")
@pytest.mark.parametrize("headers", HOSTILE_HOSTS)
def test_no_header_changes_issuer_redirects_or_links(
    anybody: Client, browser: Client, web: Registered, headers: dict[str, str]
) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        assert anybody.get(path, headers=headers).content == anybody.get(path).content
    address, answered = location(browser.get(AUTHORIZE, authorization_request(web), headers=headers))
    assert (address, answered["iss"]) == (REDIRECT_URI, ISSUER)
    redirect = anybody.get(AUTHORIZE, authorization_request(web), headers=headers)
    assert redirect["Location"].startswith("/accounts/login/?next=%2Foauth2%2Fauthorize%3Finteraction%3D0.")
    for page in (anybody.get(redirect["Location"], headers=headers), anybody.get(AUTHORIZE, headers=headers)):
        assert "evil" not in page.content.decode()
        assert not re.search(r'(?:href|action|src)="(?!/|#)', page.content.decode())


@pytest.mark.covers("S76 issuer", "ltb #755")
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:8000", "", "\xff"]
)
def test_a_foreign_host_is_refused_and_never_told_back(browser: Client, web: Registered, host: str) -> None:
    for path in (AUTHORIZE, "/oauth2/userinfo", "/accounts/login/"):
        answer = browser.get(path, authorization_request(web), HTTP_HOST=host)
        assert answer.status_code == 400
        assert "Location" not in answer
        assert "evil" not in answer.content.decode()
