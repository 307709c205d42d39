"""Other people's resource servers read our tokens: those of PyPI run themselves, unmodified, set up as their documents
say (readers.py); of those that another language is needed for, what their defaults demand stands in demands.py."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.outside.apis.demands import BY_INTROSPECTION, BY_KEYS, faults
from tests.outside.apis.world import OPAQUE, OTHER, PLAIN, SONGS, World, claims_of, header_of

READERS = Path(__file__).parent / "readers.py"
SIMPLEJWT = {"TOKEN_TYPE_CLAIM": None, "USER_ID_CLAIM": "sub"}
"""Its own claims are named otherwise: `token_type` and `user_id` are those of the tokens that it makes itself."""
FOR_SONGS = {"OIDC_CLAIMS_OPTIONS": {"aud": {"essential": True, "value": SONGS}}}
"""By default it wants some `aud`, not its own."""


@pytest.fixture
def read(world: World, python: Path, environ: dict[str, str], tmp_path: Path) -> Any:
    def reading(reader: str, token: str, audience: str = SONGS, **settings: Any) -> Any:
        asked = {
            **{name: world.metadata[name] for name in ("issuer", "jwks_uri", "introspection_endpoint")},
            **world.api,
            "reader": reader,
            "token": token,
            "audience": audience,
            "url": f"{audience}/songs",
            "settings": settings,
        }
        command = [str(python), str(READERS), json.dumps(asked)]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return reading


@pytest.mark.parametrize(
    ("reader", "settings"),
    [
        ("PyJWT", {}),
        ("Authlib", {}),
        ("djangorestframework-simplejwt", SIMPLEJWT),
        ("drf-oidc-auth", {}),
        ("drf-oidc-auth", FOR_SONGS),
    ],
)
def test_a_library_that_verifies_takes_what_a_plain_machine_client_gets(
    world: World, read: Any, reader: str, settings: dict[str, Any]
) -> None:
    token = world.of_machine(SONGS)
    answer = read(reader, token, **settings)
    assert answer["accepted"], answer["says"]
    assert answer["says"]["sub"] == world.machines[SONGS]["client_id"]
    person = read(reader, world.of_person(SONGS)["access_token"], **settings)
    assert person["accepted"], person["says"]


@pytest.mark.parametrize(
    ("reader", "settings", "takes_others"),
    [
        ("PyJWT", {}, False),
        ("Authlib", {}, False),
        ("djangorestframework-simplejwt", SIMPLEJWT, False),
        ("drf-oidc-auth", FOR_SONGS, False),
        ("drf-oidc-auth", {}, True),
    ],
)
def test_its_audience_keeps_out_what_is_meant_for_others_where_it_looks_at_it(
    world: World, read: Any, reader: str, settings: dict[str, Any], takes_others: bool
) -> None:
    """With its defaults drf-oidc-auth takes another API's token, and an ID token: the documents say what to set."""
    for token in (world.of_machine(OTHER), world.of_person(SONGS)["id_token"]):
        assert read(reader, token, **settings)["accepted"] is takes_others


def test_simplejwt_by_its_defaults_knows_only_its_own_tokens(world: World, read: Any) -> None:
    answer = read("djangorestframework-simplejwt", world.of_machine(SONGS))
    assert (answer["accepted"], "Token has no type" in answer["says"]) == (False, True), answer


@pytest.mark.parametrize("resource", [SONGS, OPAQUE])
def test_django_oauth_toolkit_introspects_and_makes_a_user_of_the_username(
    world: World, read: Any, resource: str
) -> None:
    token = world.of_person(resource)["access_token"]
    answer = read("django-oauth-toolkit", token, resource)
    assert answer["accepted"], answer["says"]
    assert answer["says"]["username"] == "alice"
    assert "songs" in answer["says"]["scope"].split()
    for other in (world.of_person(resource)["id_token"], world.of_machine(OTHER)):
        assert not read("django-oauth-toolkit", other, resource)["accepted"]


# --- What cannot be run here, by what its documents say


@pytest.mark.parametrize("name", BY_KEYS)
def test_what_a_verifier_demands_by_its_defaults_a_token_of_its_resource_has(world: World, name: str) -> None:
    row = BY_KEYS[name]
    resource = PLAIN if row.wants_jwt else SONGS
    for token in (world.of_machine(resource), world.of_person(resource, scope="songs")["access_token"]):
        assert faults(row, header_of(token), claims_of(token), audience=resource, issuer=world.issuer) == []


@pytest.mark.parametrize("name", [name for name, row in BY_KEYS.items() if row.wants_jwt])
def test_one_that_knows_only_jwt_refuses_the_other_type(world: World, name: str) -> None:
    token = world.of_machine(SONGS)
    found = faults(BY_KEYS[name], header_of(token), claims_of(token), audience=SONGS, issuer=world.issuer)
    assert found == ["typ"]


@pytest.mark.parametrize("name", BY_KEYS)
def test_an_id_token_is_kept_out_by_the_audience_alone_or_by_more(world: World, name: str) -> None:
    token = world.of_person(SONGS)["id_token"]
    found = faults(BY_KEYS[name], header_of(token), claims_of(token), audience=SONGS, issuer=world.issuer)
    assert ("aud" in found) is BY_KEYS[name].looks_at_aud
    assert found or not BY_KEYS[name].looks_at_aud


@pytest.mark.parametrize("name", BY_INTROSPECTION)
@pytest.mark.parametrize("resource", [PLAIN, OPAQUE])
def test_what_one_that_introspects_demands_is_in_the_answer(world: World, name: str, resource: str) -> None:
    row = BY_INTROSPECTION[name]
    answer = world.introspected(world.of_person(resource)["access_token"])
    lacking = set(row.members) - answer.keys()
    # What names a person beyond `username` a resource has to ask for: this one does, the other does not.
    assert lacking == (set() if resource == PLAIN else {"email"} & set(row.members))
    assert row.active == answer["active"]
