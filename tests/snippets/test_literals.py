"""A value as a literal: its language reads the same value back, or it is not said at all."""

import ast
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Mapping

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tokens.registration.snippets.literals import LITERALS, Unspeakable

HOSTILE = (
    *("'", '"', "\\", "\\'", '\\"', "`id`", "$(id)", "${HOME}", "$HOME", "$__file{/etc/passwd}", "#{1 + 1}", "%{ENV}"),
    *(
        "a\nb",
        "a\rb",
        "a\u2028b",
        "a\u0085b",
        "a\x00b",
        "a\u202eb",
        "\ud800",
        "a;b",
        "a#b",
        "a b",
        " a",
        "a ",
        "{{ x }}",
    ),
    *(
        "*x",
        "&x",
        "!x",
        "- x",
        "a: b",
        "</script>",
        "```",
        "@issuer@",
        "(",
        ")",
        "|",
        "<",
        ">",
        "~",
        "?",
        "[x]",
        "??/",
        "???=",
    ),
)
PLAIN = (
    *("https://id.example.com:8443/oauth2/authorize?a=b&c=d", "http://[::1]:8000/callback", "-_aZ09", "_-aZ09"),
    *("com.example.app:/callback", "0-Vc5Pv8M-B3tg4M96", "a@b,c=d%20e"),
)


def as_ruby(literal: str) -> str:
    quoted = re.fullmatch(r"'((?:[^'\\]|\\['\\])*)'", literal)
    assert quoted, literal
    return re.sub(r"\\(['\\])", r"\1", quoted[1])


def as_c(literal: str) -> str:
    assert "??" not in literal
    quoted = re.fullmatch(r'"((?:[^"\\]|\\["\\?])*)"', literal)
    assert quoted, literal
    return re.sub(r"\\(.)", r"\1", quoted[1])


def as_shell(literal: str) -> str:
    (word,) = shlex.split(literal)
    return word


def as_quoted(literal: str) -> str:
    """In double quotes, between which nothing means anything in any configuration file that we know of."""
    assert re.fullmatch(r'"[\w\[/-][\w\[\]._~:/?&=+,@%-]*"', literal, re.ASCII), literal
    return literal[1:-1]


def as_bare(literal: str) -> str:
    return as_quoted(f'"{literal}"')


READERS: Mapping[str, Callable[[str], object]] = {
    "python": ast.literal_eval,
    "javascript": json.loads,
    "json": json.loads,
    "c": as_c,
    "java": json.loads,
    "go": json.loads,
    "ruby": as_ruby,
    "sh": as_shell,
    "toml": lambda literal: tomllib.loads(f"it = {literal}")["it"],
    "yaml": yaml.safe_load,
    "apache": as_quoted,
    "nginx": as_bare,
    "ini": as_bare,
    "properties": as_bare,
    "text": as_bare,
}
ANYTHING = ("python", "javascript", "json", "c", "java", "go", "ruby", "sh")
"""Languages that can say whatever can be seen."""


def test_each_language_has_a_reader() -> None:
    assert READERS.keys() == LITERALS.keys()


@pytest.mark.parametrize("language", LITERALS)
@given(value=st.one_of(st.text(min_size=1), st.sampled_from(HOSTILE), st.from_regex(r"[!-~]{1,40}", fullmatch=True)))
def test_what_is_said_is_read_back(language: str, value: str) -> None:
    try:
        literal = LITERALS[language](value)
    except Unspeakable:
        return
    assert READERS[language](literal) == value
    assert literal.isprintable()


@pytest.mark.parametrize("language", LITERALS)
@pytest.mark.parametrize("value", PLAIN)
def test_what_providers_and_clients_are_called_is_said_everywhere(language: str, value: str) -> None:
    assert READERS[language](LITERALS[language](value)) == value


@pytest.mark.parametrize("language", ANYTHING)
def test_a_programming_language_says_every_id_that_a_client_may_have(language: str) -> None:
    value = "".join(map(chr, range(0x21, 0x7F)))
    assert READERS[language](LITERALS[language](value)) == value


@pytest.mark.parametrize("language", LITERALS.keys() - set(ANYTHING))
@pytest.mark.parametrize(
    "value", ["$x", "${x}", "`x`", "x y", 'x"y', "x'y", "x\\y", "x#y", "x;y", "{x}", "(x)", "%{x}"]
)
def test_a_configuration_file_says_nothing_that_it_could_expand_or_end_at(language: str, value: str) -> None:
    with pytest.raises(Unspeakable):
        LITERALS[language](value)


def test_a_shell_reads_it_as_one_word() -> None:
    values = [value for value in HOSTILE if value.isprintable()]
    script = "".join(f"printf '%s\\n' {LITERALS['sh'](value)}\n" for value in values)
    said = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == values
