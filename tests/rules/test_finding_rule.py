"""The finding rule: the name in the specification is the name of the file."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from django.urls import resolve, reverse

from tokens.grants import GRANTS
from tokens.protocol import errors
from tokens.protocol.client_authentication import METHODS
from tokens.protocol.prompts import PROMPTS
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


@pytest.mark.parametrize("grant_type", GRANTS)
def test_a_grant_names_the_parameters_that_its_module_reads(grant_type: str) -> None:
    """One that it does not name is never in its TokenRequest."""
    module = importlib.import_module(GRANTS[grant_type].redeem.__module__)
    assert _parameters_read_in(inspect.getsource(module)) == set(GRANTS[grant_type].parameters)


def test_what_reads_a_parameter_is_seen() -> None:
    assert _parameters_read_in('request.get("a")\nrequest.needed("b")\nother.get("c")') == {"a", "b"}


@pytest.mark.parametrize("method", METHODS)
def test_a_client_authentication_method_names_its_module(method: str) -> None:
    module = importlib.import_module(f"tokens.protocol.client_authentication.{method}")
    assert METHODS[method] is module.METHOD
    assert method == module.NAME


@pytest.mark.parametrize("prompt", sorted({*PROMPTS} - {"login", "create"}))
def test_a_prompt_names_its_page(prompt: str) -> None:
    """Signing in and up are pages of accounts."""
    view = getattr(importlib.import_module(f"tokens.views.{prompt}"), prompt)
    assert resolve(reverse(prompt)).func is view


def test_an_error_code_names_its_class() -> None:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.OAuthError)]
    own = [each for each in classes if "error" in vars(each)]
    assert {each.__name__ for each in own} == {"".join(map(str.title, each.error.split("_"))) for each in own}


def _parameters_read_in(source: str) -> set[str]:
    """The texts that are given to `request.get` and `request.needed`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    reads = [call for call in calls if ast.unparse(call.func) in ("request.get", "request.needed")]
    return {str(argument.value) for call in reads for argument in call.args if isinstance(argument, ast.Constant)}
