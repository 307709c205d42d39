"""What others wrote stands isolated on every page of ours, in `<bdi>`: no direction of a name turns our words around.
In a title, which has no markup, the isolates of Unicode stand in for it."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
OUTPUT = re.compile(r"\{\{\s*(?P<said>[^}|\s]+)[^}]*\}\}")
ISOLATED = (("<bdi>", "</bdi>"), ("&#x2068;", "&#x2069;"))
OURS = {
    # Django's own words and forms
    *("block.super", "media.css", "opts.verbose_name_plural", "message", "error", "field", "field.errors"),
    *("field.help_text", "field.label", "field.label_tag", "new_expiry", "secret.expiry"),
    # sentences and numbers of ours
    *("cl.how_many", "link.text", "count@admin/pagination.html", "n@admin/tokens/resource/delete_confirmation.html"),
    *(
        "left@accounts/authenticator.html",
        "left@accounts/recovery_codes.html",
        "left@accounts/ways_in.html",
        "left@accounts/what_stays.html",
        "many@accounts/recovery_codes.html",
    ),
    *("app.created", "app.last_used", "secret@accounts/authenticator_add.html", "picture"),
    *("code@accounts/recovery_codes_shown.html", "ends@admin/accounts/user/change_form.html"),
    *("title", "what", "whose", "label", "notice", "button", "elsewhere_text", "sentence", "request_id", "remark"),
    *(
        f"when@mail/{kind}/body.html"
        for kind in (
            *("password_changed", "address_changed", "factor_added", "factor_removed", "passkey_copied"),
            "new_device",
        )
    ),
    *(
        "when@accounts/passkey.html",
        "when@accounts/passkeys.html",
        "when@accounts/ways_in.html",
        "when@accounts/what_stays.html",
        "when@accounts/sessions.html",
        "time@accounts/passkeys.html",
        "time@accounts/sessions.html",
        "each.ways@accounts/sessions.html",
        "text@accounts/home.html",
    ),
    *("pkce_seen", "pkce_demanded", "seconds", "kind", "report.task", "report.runs", "report.failures", "note"),
    *("report.success_age", "secret.row", "secret.last_used", "secret.row.client_secret_expires_at"),
    *(
        "section.error",
        "section.source",
        "name@tokens/errors.html",
        "name@admin/deployment.html",
        "reason.says",
        "part@tokens/errors.html",
    ),
    *("refusal.error", "refusal.description", "detail"),
    *("group.title", "words@tokens/consent.html", "kept_for", "remembered_for"),
    *("words@tokens/applications.html", "when@tokens/applications.html"),
    *("line@tokens/application.html", "when@tokens/application.html", "minutes@tokens/application.html"),
    # for programs, in an element of their own that is always left to right, or text of ASCII alone
    *("issuer", "discovery", "connected_id", "client_secret", "link", "claims", "file.name", "file.text"),
    *("snippet.application.title", "snippet.application.install", "snippet.run"),
}
"""What a page says that nobody else wrote. `refusal` and `detail` are ASCII (RFC 6749 §5.2); `words` isolate what is
foreign in them."""


def foreign(page: str) -> set[str]:
    """What the page says without isolating it; values of attributes are not shown."""
    text = (TEMPLATES / page).read_text()
    said = set()
    for found in OUTPUT.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        in_a_tag = before.rfind("<") > before.rfind(">")
        if not in_a_tag and not any(before.endswith(first) and after.startswith(last) for first, last in ISOLATED):
            said.add(found["said"])
    return said


@pytest.mark.parametrize("page", PAGES)
def test_each_page_isolates_what_others_wrote(page: str) -> None:
    ours = {name.partition("@")[0] for name in OURS if name.partition("@")[2] in ("", page)}
    assert foreign(page) - ours == set(), "put it into <bdi>, or say here that it is ours"


def test_nothing_is_called_ours_that_no_page_says() -> None:
    said = {name for page in PAGES for name in foreign(page)}
    assert {name.partition("@")[0] for name in OURS} <= said


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("admin/")])
def test_no_page_says_a_name_where_it_is_no_output_of_a_template(page: str) -> None:
    """`firstof` and `cycle` print what they find: here they only name it."""
    text = (TEMPLATES / page).read_text()
    assert all(" as " in tag for tag in re.findall(r"\{% (?:firstof|cycle) [^%]*%\}", text))


@pytest.mark.parametrize("page", PAGES)
def test_a_name_in_a_button_is_in_one_element_with_the_words_beside_it(page: str) -> None:
    """A button lays its children out in a row, and drops the space between words and an element."""
    buttons = re.findall(r'<(a|button)[^>]*class="button[^>]*>(.*?)</\1>', (TEMPLATES / page).read_text(), re.DOTALL)
    assert [words for _, words in buttons if "<bdi>" in re.sub(r"<span.*?</span>", "", words)] == []
