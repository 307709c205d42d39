"""The finding rule: the name in the specification is the name of the file."""

import importlib
import inspect
from pathlib import Path

import pytest
from django.urls import reverse

from tokens.grants import GRANTS
from tokens.protocol import errors
from tokens.protocol.client_authentication import METHODS
from tokens.urls import ENDPOINTS, Endpoint

TOKENS = Path(__file__).parents[2] / "tokens"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.member)
def test_a_metadata_member_names_its_view(endpoint: Endpoint) -> None:
    name = endpoint.member.removesuffix("_endpoint").removesuffix("_uri")
    assert endpoint.view is getattr(importlib.import_module(f"tokens.views.{name}"), name)
    assert reverse(name) == f"/{endpoint.path}"
    assert endpoint.path.startswith("oauth2/")


@pytest.mark.parametrize("grant_type", GRANTS)
def test_a_grant_type_names_its_module(grant_type: str) -> None:
    name = grant_type.rpartition(":")[2].replace("-", "_")
    assert GRANTS[grant_type].redeem is importlib.import_module(f"tokens.grants.{name}").redeem


def test_every_grant_module_is_in_the_table() -> None:
    modules = {file.stem for file in (TOKENS / "grants").glob("*.py")} - {"__init__"}
    assert modules == {grant_type.rpartition(":")[2].replace("-", "_") for grant_type in GRANTS}


@pytest.mark.parametrize("method", METHODS)
def test_a_client_authentication_method_names_its_module(method: str) -> None:
    module = importlib.import_module(f"tokens.protocol.client_authentication.{method}")
    assert METHODS[method] is module.METHOD
    assert method == module.NAME


def test_an_error_code_names_its_class() -> None:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.OAuthError)]
    own = [each for each in classes if "error" in vars(each)]
    assert {each.__name__ for each in own} == {"".join(map(str.title, each.error.split("_"))) for each in own}
