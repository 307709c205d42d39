"""Every marked string is translated into every language that there is a folder for, and what is compiled is that."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from django.conf import settings

from idp.languages import FOLDER, languages
from tests.rules import translations
from tests.rules.translations import Key, Said, Text, faults, mo, po

HOW = "python -m tests.rules.translations reads the strings anew and says what is to do"
NONE: Mapping[Key, Text] = {}


@pytest.fixture(scope="module")
def found() -> Mapping[Key, Text]:
    return translations.texts()


def test_the_strings_of_code_pages_and_mails_are_found(found: Mapping[Key, Text]) -> None:
    """One of each way in which one is marked."""
    assert len(found) > 900
    assert "templates/accounts/sign_in.html" in found[(None, "Sign in")].files
    assert found[(None, "The password is not right.")].files == ("accounts/sign_in/forms.py",)
    counted = found[(None, "%(count)d session was ended.")]
    assert counted.plural == "%(count)d sessions were ended."
    assert any(file.startswith("templates/mail/") for text in found.values() for file in text.files)


@pytest.mark.parametrize("language", translations.languages())
def test_a_language_is_whole(language: str, found: Mapping[Key, Text]) -> None:
    assert list(faults(language, found, translations.translations(language))) == [], HOW


@pytest.mark.parametrize("language", translations.languages())
def test_what_is_compiled_is_what_is_written(language: str, found: Mapping[Key, Text]) -> None:
    have, folder = translations.translations(language), FOLDER / language / "LC_MESSAGES"
    assert (folder / "django.po").read_bytes() == po(language, found, have), HOW
    assert (folder / "django.mo").read_bytes() == mo(language, found, have), HOW


def test_german_and_arabic_stand_beside_english() -> None:
    offered = {language.replace("_", "-").lower() for language in translations.languages()}
    assert {code for code, _name in settings.LANGUAGES} == {"en", *offered} >= {"en", "de", "ar"}


def test_a_language_without_what_is_compiled_is_not_offered(tmp_path: Path) -> None:
    for name in ("pt_BR", "fr"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / name / "LC_MESSAGES/django.po").touch()
    (tmp_path / "pt_BR/LC_MESSAGES/django.mo").touch()
    assert languages([tmp_path]) == [("en", "English"), ("pt-br", "Português Brasileiro")]


ONE = Text(plural=None, files=())
MANY = Text(plural="%(n)d keys", files=())


@pytest.mark.parametrize(
    ("english", "text", "said", "fault"),
    [
        ("Hello", ONE, "Hallo", None),
        ("Hello", ONE, "", "not translated"),
        ("as <bdi>%(name)s</bdi>", ONE, "als <bdi>%(name)s</bdi>", None),
        ("as <bdi>%(name)s</bdi>", ONE, "als <bdi>%(nam)s</bdi>", "other places"),
        ("as <bdi>%(name)s</bdi>", ONE, "als %(name)s", "other places"),
        ("100%%", ONE, "100", "other places"),
        ("Hello ", ONE, "Hallo", "other spaces"),
        ("Hello", ONE, '"Hallo"', "quotation mark"),
        ("%(n)d key", MANY, ("%(n)d Schlüssel", "%(n)d Schlüssel"), None),
        ("%(n)d key", MANY, ("Ein Schlüssel", "%(n)d Schlüssel"), None),
        ("%(n)d key", MANY, ("%(n)d Schlüssel", ""), "not translated"),
        ("%(n)d key", MANY, ("%(n)d Schlüssel", "%(m)d Schlüssel"), "other places"),
    ],
)
def test_the_rule_bites(english: str, text: Text, said: Said, fault: str | None) -> None:
    told = list(faults("de", {(None, english): text}, {(None, english): said}))
    assert [fault in line for line in told] == [True] if fault else told == []


def test_a_language_that_django_has_no_name_for_goes_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "de_AT/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "de_AT/LC_MESSAGES/django.mo").touch()
    assert languages([tmp_path]) == [("de-at", "de-at"), ("en", "English")]


def test_what_nobody_says_any_more_is_told() -> None:
    assert list(faults("de", NONE, {(None, "Gone"): "Fort"})) == ["de: nobody says it any more: 'Gone'"]
