"""`up --cluster` as an issuer by https, on a port of its own: behind nginx as it is shipped."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from idp.local.processes import free_port
from tests.running.local.test_up import Up
from tests.running.local.test_up_cluster import QUICK, Life, manage
from tests.servers.nginx import Site, nginx
from tests.support.messages import NOWHERE, Registered, authorization_request
from tests.support.people import PASSWORD
from tests.support.person import Person


@pytest.fixture
def life(certificate: tuple[Path, Path], tmp_path: Path) -> Iterator[Life]:
    https = free_port()
    issuer = f"https://localhost:{https}"
    up = Up(tmp_path, "--cluster", "--port", "0", "--base-url", issuer, **QUICK, IDP_TRUSTED_PROXIES="1")
    try:
        up.says(up.out, "Ctrl-C stops it")
        port = urlsplit(Life(up, issuer, {}).table["balancer"][1]).port or 0
        with nginx(tmp_path / "nginx", Site(https, free_port(), *certificate, front=[port], back=[port])):
            yield Life(up, issuer, {})
    finally:
        up.end()


def test_a_person_signs_in_by_https_on_the_issuer_s_own_port(life: Life) -> None:
    assert life.up.serves() == life.issuer
    document = requests.get(f"{life.issuer}/.well-known/openid-configuration", timeout=10).json()
    assert (document["issuer"], document["token_endpoint"]) == (life.issuer, f"{life.issuer}/oauth2/token")
    who = {"DJANGO_SUPERUSER_USERNAME": "alice", "DJANGO_SUPERUSER_EMAIL": "alice@example.org"}
    manage(life.up, "createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=PASSWORD, **who)
    made = manage(life.up, "createclient", "--kind", "web", "--name", "App", "--redirect-uri", NOWHERE)
    [client_id] = re.findall(r'"client_id": "([^"]+)"', made)
    asked = authorization_request(Registered(client_id, "", NOWHERE))
    with Person("alice", PASSWORD) as alice:
        led = alice.go(f"{document['authorization_endpoint']}?{urlencode(asked)}", client=NOWHERE)
        names = {cookie.name for cookie in alice._browser.cookies}
    answer = parse_qs(urlsplit(led).query)
    assert (answer["iss"], "code" in answer) == ([life.issuer], True)
    assert names
    assert all(name.startswith("__Host-") for name in names)
