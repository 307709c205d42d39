"""A deployment's own look: a logo, an accent that is read on every page, a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.ground.look import BLACK, MAX_BYTES, READABLE, WHITE, Logo, contrast, logo, readable
from accounts.site import stylesheet
from accounts.site.stylesheet import DARK, LIGHT, OURS
from idp.configuration import read_settings
from idp.env import BadSettings
from tests.support.pictures import png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def own(settings: Settings) -> Iterator[Settings]:
    """A deployment that looks otherwise, and forgets it."""
    settings.BRAND_LOGO, settings.BRAND_ACCENT = Logo(SVG, "image/svg+xml"), "#ffcc00"
    settings.BRAND_RULES = "main { border-radius: 0; }"
    stylesheet.stylesheet.cache_clear()
    yield settings
    stylesheet.stylesheet.cache_clear()


def told(**environ: str) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        read_settings(environ, secrets_missing=True)
    return raised.value.faults


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_accent_is_read_by_day_and_by_night(accent: str) -> None:
    """WCAG 2.2 §1.4.3, as text on a page and under a button's words."""
    for pages, towards, on_accent in ((LIGHT, BLACK, WHITE), (DARK, WHITE, "#06201e")):
        shade = readable(accent, pages, towards)
        assert all(contrast(shade, each) >= READABLE for each in (*pages, on_accent))


def test_an_accent_that_is_read_as_it_is_stays_as_it_is() -> None:
    assert readable("#0d6a66", LIGHT, BLACK) == "#0d6a66"
    assert round(contrast("#ffffff", "#000000"), 2) == 21


def test_what_the_shades_are_read_on_is_what_the_stylesheet_has() -> None:
    css = OURS.read_text()
    assert [page for page in (*LIGHT, *DARK) if page not in css.replace("--card: #fff;", "--card: #ffffff;")] == []
    assert "--on-accent: #fff;" in css
    assert "--on-accent: #06201e;" in css


def test_without_a_look_of_ones_own_pages_have_ours(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert 'href="/static/accounts/pages' in page
    assert 'src="/static/accounts/mark' in page
    assert client.get("/accounts/look/x/pages.css").status_code == 410
    assert client.get("/accounts/look/x/logo").status_code == 410


def test_the_logo_is_a_picture_for_good_and_can_do_nothing(client: Client, db: None, own: Settings) -> None:
    path = f"/accounts/look/{own.BRAND_LOGO.digest}/logo"
    assert client.get("/").content.decode().count(f'"{path}"') == 2
    answer = client.get(path)
    assert (answer.content, answer["Content-Type"]) == (SVG, "image/svg+xml")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script" not in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_the_stylesheet_is_ours_and_then_the_deployments(client: Client, db: None, own: Settings) -> None:
    page = client.get("/").content.decode()
    path = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client.get(path)
    css = answer.content.decode()
    assert css.startswith(OURS.read_text())
    assert css.count("--accent: #ffcc00;") == 1, "as it is by night, and darker by day"
    assert css.endswith("main { border-radius: 0; }")
    assert answer["Content-Type"] == "text/css"
    assert client.get(path, headers={"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"


def test_a_node_that_looks_otherwise_meanwhile_gives_what_it_has_and_nobody_keeps_it(
    client: Client, db: None, own: Settings
) -> None:
    for name in ("pages.css", "logo"):
        answer = client.get(f"/accounts/look/another/{name}")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-cache")


def test_a_look_that_cannot_be_is_told_by_the_setting(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(bytes(MAX_BYTES + 1))
    assert told(IDP_BRAND_LOGO=str(tmp_path / "gone.png")) == [
        "IDP_BRAND_LOGO: its file cannot be read (No such file or directory)"
    ]
    assert told(IDP_BRAND_LOGO="logo.gif") == [
        "IDP_BRAND_LOGO: 'logo.gif' does not end with one of .svg, .png, .jpg, .jpeg, .webp"
    ]
    assert told(IDP_BRAND_LOGO=str(large)) == ["IDP_BRAND_LOGO: its file has 20481 bytes: from 1 to 20480 are shown"]
    assert told(IDP_BRAND_ACCENT="teal") == [
        "IDP_BRAND_ACCENT: 'teal' is no colour as #0d6a66 is one: # and six hexadecimal digits"
    ]
    assert told(IDP_BRAND_FOLDER=str(tmp_path / "gone")) == [f"IDP_BRAND_FOLDER: '{tmp_path}/gone' is no folder"]
    (tmp_path / "pages.css").write_bytes(b"\xe9")
    assert told(IDP_BRAND_FOLDER=str(tmp_path)) == [
        "IDP_BRAND_FOLDER: its pages.css cannot be read: it is text in UTF-8"
    ]


def test_a_look_is_read_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "logo.PNG").write_bytes(png())
    read = read_settings(
        {
            "IDP_BRAND_LOGO": str(tmp_path / "logo.PNG"),
            "IDP_BRAND_ACCENT": "#FFCC00",
            "IDP_BRAND_FOLDER": str(tmp_path),
        },
        secrets_missing=True,
    ).deployment
    assert read.brand_logo == Logo(png(), "image/png") == logo(str(tmp_path / "logo.PNG"))
    assert (read.brand_accent, read.brand_folder) == ("#ffcc00", tmp_path)
