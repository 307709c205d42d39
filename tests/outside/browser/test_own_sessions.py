"""Where a person is signed in: seen in one browser, ended in another."""

import pytest

from tests.outside.browser.visit import Open, sees, sign_in
from tests.servers.nodes import Cluster


@pytest.mark.covers("S71 own")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_who_is_signed_out_elsewhere_is_told_so_where_they_come_next(
    provider: Cluster, new_page: Open, scripts: bool
) -> None:
    here, there, third = (new_page(java_script_enabled=scripts) for _ in range(3))
    for page in (third, there, here):
        page.goto(f"{provider.issuer}/accounts/login/")
        sign_in(page)
        sees(page, "Your account")
    here.get_by_role("link", name="Where you are signed in").click()
    sees(here, "Where you are signed in")
    here.get_by_role("button", name="Sign out there").first.click()
    here.get_by_text("That sign-in is over.").wait_for()
    there.reload()
    there.get_by_text("Your sign-in in this browser is over").wait_for()
    here.get_by_role("button", name="Sign out everywhere else").click()
    here.get_by_text("You are signed in nowhere else.").wait_for()
    third.reload()
    third.get_by_text("Your sign-in in this browser is over").wait_for()
    here.get_by_role("link", name="Your account").click()
    sees(here, "Your account")
