"""The system checks: what must hold between our settings and django-oauth-toolkit's."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.checks import run_checks
from django.db import connection
from pytest_django.fixtures import Settings

from tokens import checks
from tokens.grants import GRANTS
from tokens.models import Client
from tokens.protocol.records import Pkce


def check_ids() -> list[str | None]:
    return [message.id for message in run_checks(include_deployment_checks=True) if "security.W" not in str(message.id)]


def test_as_we_ship_it_nothing_is_wrong_for_a_deployment_either() -> None:
    assert check_ids() == []


@pytest.mark.parametrize("setting", checks.MODELS)
def test_each_model_of_the_library_is_one_of_ours(setting: str, settings: Settings) -> None:
    setattr(settings, setting, "oauth2_provider.Application")
    assert "tokens.E001" in check_ids()


def test_the_library_makes_no_table(settings: Settings, db: None) -> None:
    assert [name for name in connection.introspection.table_names() if name.startswith("oauth2_provider")] == []
    settings.MIGRATION_MODULES = {}
    assert "tokens.E002" in check_ids()


def test_no_model_of_the_library_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    library = apps.get_app_config("oauth2_provider")
    assert list(library.get_models()) == []
    monkeypatch.setattr(library, "get_models", lambda: [type("Extra", (), {})])
    assert [message.id for message in checks.check_models(None)] == ["tokens.E003"]


@pytest.mark.parametrize("name", checks.SEAMS)
def test_the_librarys_resource_server_side_reads_our_tokens_alone(name: str, settings: Settings) -> None:
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, name: True}
    assert "tokens.E004" in check_ids()


@pytest.mark.parametrize("name", [name for name, value in checks.SEAMS.items() if value])
def test_no_seam_of_the_library_is_left_to_its_default(name: str, settings: Settings) -> None:
    settings.OAUTH2_PROVIDER = {key: value for key, value in settings.OAUTH2_PROVIDER.items() if key != name}
    assert "tokens.E004" in check_ids()


def test_the_library_reads_redirect_uris_as_it_always_did() -> None:
    client = Client(metadata={"redirect_uris": ["https://rp.example/a", "https://rp.example/b"]})
    assert client.redirect_uri_allowed("https://rp.example/b")
    assert not client.redirect_uri_allowed("https://rp.example/c")
    assert not Client().redirect_uri_allowed("https://rp.example/b")


@pytest.mark.parametrize("setting", checks.TOO_WIDE)
def test_no_access_token_opens_our_own_pages(setting: str, settings: Settings) -> None:
    setattr(settings, setting, [*getattr(settings, setting), checks.TOO_WIDE[setting][0]])
    assert check_ids() == ["tokens.E009"]


def test_the_librarys_admin_stays_out() -> None:
    class Intruder(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
        pass

    Intruder.__module__ = "oauth2_provider.admin"
    model = apps.get_model("tokens", "AuthorizationCode")
    admin.site.register(model, Intruder)
    try:
        assert "tokens.E005" in check_ids()
    finally:
        admin.site.unregister(model)


@pytest.mark.parametrize("grant", ["implicit", "password"])
def test_no_grant_that_the_best_current_practice_forbids(grant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "GRANTS", {**GRANTS, grant: None})
    assert "tokens.E006" in check_ids()


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("RESPONSE_TYPES", ("code", "code token"), "tokens.E007"),
        ("RESPONSE_TYPES", ("token",), "tokens.E007"),
        ("RESPONSE_TYPES", ("code id_token",), None),
        ("pkce.CODE_CHALLENGE_METHODS", ("S256", "plain"), "tokens.E008"),
    ],
)
def test_what_leaves_by_the_browser_is_checked(
    name: str, value: Any, fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"tokens.checks.{name}", value)
    assert check_ids() == ([fault] if fault else [])


@pytest.mark.parametrize("floor", get_args(Pkce))
def test_what_the_deployment_asks_of_every_client_is_its_own_affair(settings: Settings, floor: Pkce) -> None:
    settings.TOKENS = replace(settings.TOKENS, pkce=floor)
    assert check_ids() == []
