"""A second factor that is required: by the setting, a group, a client, of a first admin, of whose own was removed.
Who has none adds one on the way, and is where they were going."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.outside.browser.person import Person
from tests.outside.browser.places.place import make, shell
from tests.outside.browser.visit import Landing, Open, add_app, enter, give_app, prove, sees, serving, show, sign_in
from tests.servers.nodes import Cluster, cluster
from tests.servers.provider import database_server

NAME, NEW = "A bank", "nine quiet herons by the water"
REQUIRED = "A second factor is required of you before you go on."
CHIEFS = """
from accounts.models import PeopleGroup, User
chiefs = PeopleGroup.objects.create(name="chiefs", second_factor_required=True)
chiefs.members.add(User.objects.get(username="greta"))
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Where the setting requires it of everybody. Nobody is there yet."""
    folder = tmp_path_factory.mktemp("strict")
    with (
        database_server() as server,
        cluster(1, server_url=server, folder=folder, IDP_ACCOUNTS_SECOND_FACTOR="required") as made,
    ):
        yield made


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    with serving(Landing) as url:
        yield url


@pytest.fixture(params=["setting", "group", "client"])
def required(
    request: pytest.FixtureRequest, provider: Cluster, strict: Cluster, application: str, new_page: Open
) -> tuple[str, str, Callable[[], Person]]:
    """Somebody's name, what they are told, and a browser of theirs."""
    by = request.param
    name, where = {"setting": "sven", "group": "greta", "client": "clara"}[by], strict if by == "setting" else provider
    make(where, name)
    if by == "group":
        shell(where, CHIEFS)
    more = ("--second-factor-required",) if by == "client" else ()
    client_id = where.client("web", NAME, f"{application}/callback", more=more)["client_id"]
    said = "A bank asks for a second factor." if by == "client" else REQUIRED
    return name, said, lambda: Person(new_page(), where, client_id, application)


def test_who_has_none_adds_one_on_the_way_and_is_asked_for_it_the_next_time(
    required: tuple[str, str, Callable[[], Person]],
) -> None:
    name, said, somewhere = required
    person = somewhere()
    person.begin()
    person.sign_in(name)
    expect(person.page.locator("main")).to_contain_text(said)
    secret, _, _ = add_app(person.page)
    person.press("I have kept them")
    person.press("Allow")
    assert person.answered()
    person.begin(prompt="none")
    assert person.answered()
    elsewhere = somewhere()
    elsewhere.begin()
    elsewhere.sign_in(name)
    elsewhere.sees("Confirm that it is you")
    enter(elsewhere.page, show(secret, 1))
    assert elsewhere.answered()


def test_the_link_of_the_first_admin_ends_with_a_second_factor_and_in_the_admin(
    strict: Cluster, new_page: Open
) -> None:
    told = json.loads(strict.manage("users", "first-admin", "--json"))
    page = new_page()
    page.goto(told["reset_link"])
    sees(page, "Choose a password")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Sign in with it.")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"as {told['username']}")
    prove(page, NEW)
    expect(page.locator("main")).to_contain_text(REQUIRED)
    add_app(page)
    page.get_by_role("link", name="I have kept them").click()
    sees(page, "Site administration")


def test_whose_factors_an_admin_removed_is_signed_out_and_adds_one_at_the_next_sign_in(
    provider: Cluster, new_page: Open
) -> None:
    make(provider, "lotte@example.org")
    secret, _ = give_app(provider, "lotte@example.org")
    theirs, admin = new_page(), new_page()
    theirs.goto(f"{provider.issuer}/accounts/login/")
    sign_in(theirs, name="lotte@example.org")
    enter(theirs, show(secret, 0))
    sees(theirs, "Your account")
    admin.goto(f"{provider.issuer}/admin/accounts/user/")
    sign_in(admin)
    admin.get_by_role("link", name="lotte@example.org", exact=True).first.click()
    admin.get_by_text("Remove second factor and passkeys…").click()
    admin.get_by_role("button", name="Remove second factor and passkeys").click()
    expect(admin.get_by_text("1 second factor")).to_be_visible()
    theirs.reload()
    expect(theirs.locator("main")).to_contain_text("Your sign-in in this browser is over")
    theirs.get_by_role("link", name="Sign in").click()
    sign_in(theirs, name="lotte@example.org")
    expect(theirs.locator("main")).to_contain_text(REQUIRED)
    add_app(theirs)
    theirs.get_by_role("link", name="I have kept them").click()
    sees(theirs, "Your account")
