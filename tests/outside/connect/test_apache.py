"""Apache with mod_auth_openidc, configured with what is shown for it, knows who signed in."""

from pathlib import Path

from tests.outside.connect.test_in_a_browser import port_of
from tests.outside.connect.test_snippets import NOWHERE, files_of, refused
from tests.servers.apache import Site, apache
from tests.support.people import EMAIL
from tests.support.person import Page, Person

PASSPHRASE = "/etc/apache2/oidc-passphrase"
WHO = '<!--#echo var="OIDC_CLAIM_email" -->'


def test_apache_knows_who_signed_in_after_a_no(
    tmp_path: Path, snippets: dict[str, str], redirect_uris: dict[str, str], alice: Person
) -> None:
    ((_, shown),) = files_of(snippets["mod-auth-openidc"]).items()
    assert PASSPHRASE in shown
    (tmp_path / "passphrase").write_text("a long random text of a test's")
    redirect_uri = redirect_uris["mod-auth-openidc"]
    site = Site(
        packages=("libapache2-mod-auth-openidc",),
        module="auth_openidc",
        configured=shown.replace(PASSPHRASE, str(tmp_path / "passphrase")),
        port=port_of(redirect_uri),
        pages={"index.shtml": WHO},
    )
    with apache(site) as folder:
        home = f"http://127.0.0.1:{site.port}/"
        told = refused(alice, home, redirect_uri)
        page = alice.visit(alice.go(home, client=redirect_uri), client=NOWHERE)
        said = (folder / "error.log").read_text()
    assert told.status < 500, (told, said)
    assert isinstance(page, Page)
    assert (page.status, page.text, page.path) == (200, EMAIL, "/"), said
