"""What the project's own API may be called."""

import pytest

from tokens.conf import Tokens

FAULT = "IDP_TOKENS_RESOURCE: absolute URIs without a fragment"


@pytest.mark.parametrize("name", ["https://api.example", "https://api.example/songs?v=1", "urn:example:songs"])
def test_a_name_is_an_absolute_uri(name: str) -> None:
    """RFC 8707 §2."""
    assert list(Tokens(resource=(name,)).faults()) == []


@pytest.mark.parametrize("name", ["songs", "/songs", "//api.example", "https://api.example#a", "https:", "", "a b:c"])
def test_nothing_else_is_a_name_also_beside_a_good_one(name: str) -> None:
    assert list(Tokens(resource=("https://api.example", name)).faults()) == [FAULT]
