"""The preview of a client that is for some groups of people."""

from datetime import UTC, datetime

from accounts.models import PeopleGroup
from tests.admin.staff import BrowserOf
from tests.admin.test_clients_command import made
from tests.admin.test_trial import alice, claims, url
from tokens.keys import create_missing


def test_a_preview_says_that_a_person_who_is_in_none_of_the_clients_groups_would_get_nothing(
    browser_of: BrowserOf, db: None
) -> None:
    create_missing(datetime.now(UTC))
    hatters, person = PeopleGroup.objects.create(name="hatters"), alice()
    client = made(scope="openid groups", allowed_groups=["hatters"])
    form = {"scope": ["openid", "groups"], "person": "alice"}
    browser = browser_of("superuser")
    refused = browser.post(url(client, "preview/"), form)
    assert (claims(refused), "the person may not use this client" in refused.content.decode()) == ([], True)
    person.people_groups.add(hatters)
    id_token, _, userinfo = claims(browser.post(url(client, "preview/"), form))
    assert id_token["groups"] == userinfo["groups"] == ["hatters"]
