"""How far a request walks through our own code: the files that it enters, once all that is loaded once has been loaded.

`python3 manage.py test tests/endpoints/test_walks.py -n0 -rP` prints each walk, file by file.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.support.builders import save_code
from tests.support.endpoints import exchange, post
from tests.support.messages import TOKEN, USERINFO, Registered, basic, bearer
from tests.support.walk import walk
from tokens.protocol import handles, pkce

MOST_FILES = {
    "code exchange": 72,
    "refresh": 65,
    "userinfo": 48,
    "introspection": 48,
    "revocation": 43,
    "discovery": 22,
}
"""A node of the role `all`, with what every request passes on the way to its view. Two more than they are on
PostgreSQL: one more step is a choice, one more layer shows here."""


@pytest.fixture
def trips(anybody: Client, alice: User, web: Registered) -> dict[str, Callable[[], Any]]:
    """Each request, to be made as often as one likes: what it spends is made before."""
    header = basic(web.client_id, web.client_secret)
    codes = [save_code(web.client_id, str(alice.pk), scope=("openid", "offline_access"))[0] for _ in range(4)]
    pair = exchange(anybody, web, codes.pop()).json()
    access_token, refresh_token = pair["access_token"], pair["refresh_token"]
    refresh = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return {
        "code exchange": lambda: exchange(anybody, web, codes.pop()),
        "refresh": lambda: post(anybody, TOKEN, refresh, header),
        "userinfo": lambda: anybody.get(USERINFO, headers=bearer(access_token)),
        "introspection": lambda: post(anybody, "/oauth2/introspect", {"token": access_token}, header),
        "revocation": lambda: post(anybody, "/oauth2/revoke", {"token": access_token}, header),
        "discovery": lambda: anybody.get("/.well-known/openid-configuration"),
    }


@pytest.mark.sql("a walk through another store is another one")
@pytest.mark.parametrize("trip", MOST_FILES)
def test_a_request_enters_only_so_many_of_our_files(trips: dict[str, Callable[[], Any]], trip: str) -> None:
    assert trips[trip]().status_code == 200
    walked = walk(trips[trip])
    print(f"{trip}: {len(walked.files)} files, {walked.calls} calls, {walked.jumps} jumps")
    for file, calls in sorted(walked.files.items()):
        print(f"{calls:>4} {file}")
    assert len(walked.files) <= MOST_FILES[trip]


def test_a_walk_counts_calls_of_ours_by_file_and_jumps_between_files() -> None:
    walked = walk(lambda: pkce.challenge_of("v" * 43))
    assert walked.files["tokens/protocol/pkce.py"] == 1
    alone = walk(lambda: handles.parse("no handle"))
    assert (dict(alone.files), alone.calls, alone.jumps) == ({"tokens/protocol/handles.py": 1}, 1, 0)
    assert walk(lambda: sorted("ab")).calls == 0
