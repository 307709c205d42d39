"""Names of people, of their groups, of the deployment: nothing in them that nobody sees, by any way that sets them."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models

from accounts.models import PeopleGroup, User
from idp.conf import Deployment
from tests.accounts.test_users_command import said
from tests.protocol.test_shown_text import PICTURELESS, WRITTEN

HIDING = ["\u3164", "\u115f", "\u200b", "\u00ad", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\x07", *PICTURELESS]
NOT_SHOWN = {"password", "username_key", "email_key", "name_key"}
URLS = {"profile", "picture", "website"}


def texts(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.fields if isinstance(field, models.CharField)]


SHOWN = [(model, name) for model in (User, PeopleGroup) for name in texts(model) if name not in NOT_SHOWN]


def refuses(model: type[models.Model], name: str, text: str) -> bool:
    try:
        model._meta.get_field(name).run_validators(text)  # type: ignore[union-attr]  # a column of its own
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("letter", HIDING, ids=ascii)
@pytest.mark.parametrize(("model", "name"), SHOWN)
def test_no_text_of_a_person_or_a_group_has_what_nobody_sees(model: type[models.Model], name: str, letter: str) -> None:
    form = {"email": "a{}b@example.org"}.get(name, "https://a.example/{}" if name in URLS else "A{}b")
    assert refuses(model, name, form.format(letter))
    assert refuses(model, name, letter)


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("name", ["name", "given_name", "family_name", "nickname", "street_address"])
def test_a_name_may_be_in_any_script(name: str, text: str) -> None:
    assert not refuses(User, name, text)


@pytest.mark.parametrize("letter", ["\u3164", "\u2800", "\u200b"])
def test_an_attribute_has_none_either(letter: str) -> None:
    for attributes in ({"a": f"x{letter}"}, {"a": ["x", letter]}):
        assert refuses(User, "attributes", attributes)  # type: ignore[arg-type]  # JSON
    assert not refuses(User, "attributes", {"a": "x", "b": ""})  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize(
    "arguments",
    [["\u3164"], ["ali\u3164ce"], ["bob", "--name", "\u200b"], ["bob", "--given-name", "\u202eboB"]],
    ids=ascii,
)
def test_the_command_for_accounts_refuses_it(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=r"nobody sees it|Enter a valid"):
        said("add", *arguments)
    assert not User.objects.exists()


def test_so_does_the_command_for_the_first_administrator(db: None) -> None:
    with pytest.raises(CommandError, match=r"Leave out U\+3164: nobody sees it"):
        call_command("createsuperuser", "--noinput", "--username", "ro\u3164ot", "--email", "root@example.org")
    assert not User.objects.exists()


@pytest.mark.parametrize("brand", ["\u3164", "Avo\u200buch", "\u202ehcuovA", "\u0301"], ids=ascii)
def test_a_brand_can_be_seen(brand: str, tmp_path: Any) -> None:
    assert [fault for fault in Deployment(data=tmp_path, brand=brand).faults() if fault.startswith("IDP_BRAND: ")]
    assert not [fault for fault in Deployment(data=tmp_path, brand="بنك").faults() if "BRAND" in fault]
