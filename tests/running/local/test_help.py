"""Help and typos: told from a table that is held to the commands, without settings, database or environment."""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from idp.local import help, typos
from idp.local.command_lines import ROOT
from idp.local.member_options import member_options
from tests import lint as tests_lint
from tests.rules import commands
from tests.rules.copies import copy_product
from tokens.protocol.client_metadata import MEMBERS

OURS = [name for name, entry in help.table().items() if not entry["django"]]
PROBE = """
import builtins, contextlib, io, json, os, sys
import manage

def forbidden(*arguments, **options):
    raise AssertionError("an environment was asked for")

manage.bootstrap.interpreter = forbidden
told = {}
for line in json.loads(sys.argv[1]):
    sys.argv = ["manage.py", *line]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            code = manage.main()
        except manage.CannotStart as error:
            code = str(error)
        except SystemExit as ended:
            code = ended.code
    told[" ".join(line)] = [code, out.getvalue()]
strangers = ("django", "idp.settings", "idp.configuration", "sqlite3")
print(json.dumps([told, [name for name in strangers if name in sys.modules]]))
"""


def lines() -> list[list[str]]:
    """Every command line that asks for help, and of verbs too."""
    asked = [[], ["help"], ["-h"], ["--help"]]
    for name in help.OURS:
        asked += [[name, "--help"], ["help", name]]
    for name, entry in help.table().items():
        asked += [[name, "--help"], [name, "-h"], ["help", name]]
        for verb in entry["verbs"]:
            asked += [[name, verb, "--help"], [name, verb, "x", "--help"], ["help", name, verb]]
    return asked


TYPOS = [
    *(["creatclient"], ["clients", "lst"], ["clients"], ["users"], ["help", "x"], ["--halp"]),
    *(["clients", "list", "--jsno"], ["clients", "list", "--kind=web", "--sarch=a"], ["createclient", "--knd", "web"]),
    *(["createresource", "--redirect-uri", "x"], ["users", "add", "x", "-q"], ["lint", "--fxi"]),
    *(["migrate", "--fake-inital"], ["clients", "list", "--verbosity", "2"]),
]
OF_LIBRARIES = [
    [*before, name, *after] for name in help.INSTEAD for before, after in (([], []), (["help"], []), ([], ["--help"]))
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What each command line says where nothing is installed, and which of the modules that need it were loaded."""
    folder = copy_product(tmp_path_factory.mktemp("bare"))
    shutil.copy(ROOT / "manage.py", folder)
    done = subprocess.run(
        # -S: without anything that is installed.
        [sys.executable, "-S", "-c", PROBE, json.dumps([*lines(), *TYPOS, *OF_LIBRARIES])],
        cwd=folder,
        env={"IDP_COLOUR": "no such setting", "DATABASE_URL": "nothing"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (folder / ".venv").exists()
    return json.loads(done.stdout)


def test_help_loads_nothing_that_has_to_be_installed_or_set(told: Any) -> None:
    assert told[1] == []


@pytest.mark.parametrize("line", lines(), ids=" ".join)
def test_every_command_tells_of_itself(line: list[str], told: Any) -> None:
    code, said = told[0][" ".join(line)]
    assert code == 0
    assert said.startswith("usage: ")
    assert len(said.splitlines()) > 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("creatclient", "there is no command 'creatclient': did you mean createclient? manage.py help lists all"),
        ("clients lst", "there is no command 'clients lst': did you mean list? manage.py clients --help lists all"),
        ("clients", "clients needs one of list, show, set, rotate-secret, enable, disable, delete: "),
        ("users", "users needs one of add, invite, list, enable, disable, reset-link, remove-factors, first-admin: "),
        ("help x", "there is no command 'x': "),
        ("--halp", "there is no command '--halp': "),
        ("", "there is no command '': "),
        (
            "clients list --jsno",
            "clients list has no option '--jsno': did you mean --json? manage.py clients list --help lists all",
        ),
        ("clients list --kind=web --sarch=a", "clients list has no option '--sarch': did you mean --search? "),
        ("createclient --knd web", "createclient has no option '--knd': did you mean --kind? "),
        ("createresource --redirect-uri x", "createresource has no option '--redirect-uri': "),
        ("users add x -q", "users add has no option '-q': manage.py users add --help lists all"),
        ("lint --fxi", "lint has no option '--fxi': did you mean --fix? "),
        ("migrate --fake-inital", "migrate has no option '--fake-inital': did you mean --fake-initial? "),
        ("clients list --verbosity 2", "clients list has no option '--verbosity': "),
    ],
)
def test_a_typo_is_told_what_was_perhaps_meant(line: str, words: str, told: Any) -> None:
    code, said = told[0][line] if line else help_of_nothing()
    assert str(code).startswith(words)
    assert said == ""


@pytest.mark.parametrize("line", OF_LIBRARIES, ids=" ".join)
def test_a_command_of_a_library_is_refused_with_the_name_of_ours(line: list[str], told: Any) -> None:
    (name,) = {*line} & {*help.INSTEAD}
    code, said = told[0][" ".join(line)]
    assert (code, said) == (f"there is no command {name!a}: here manage.py {help.INSTEAD[name]} does it", "")


def test_only_commands_that_are_left_out_are_done_by_others_and_these_are_there() -> None:
    assert set(help.INSTEAD) <= set(commands.LEFT_OUT)
    assert set(help.INSTEAD.values()) <= {*help.table(), *help.OURS}
    assert all(name not in help.overview().split() for name in help.INSTEAD)


def help_of_nothing() -> tuple[str, str]:
    with pytest.raises(help.Unknown) as caught:
        help.asked([""])
    return str(caught.value), ""


def parsers() -> Iterator[tuple[list[str], Any]]:
    """Of each command, and of each verb."""
    for name in help.table():
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        verbs = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
        if verbs is None:
            yield [name], parser
        else:
            yield from (([name, verb], each) for verb, each in verbs.choices.items())
    yield ["lint"], tests_lint._parser()


def options() -> list[list[str]]:
    """Every option that there is, alone on the line of its command."""
    return [[*path, option] for path, parser in parsers() for option in parser._option_string_actions]


def test_every_option_that_there_is_is_let_through_in_every_way_to_type_it() -> None:
    wanting = [line for line in options() if line[-1] not in help.HELP]
    assert len(wanting) > 200
    for *path, option in wanting:
        for typed in (
            [option],
            [f"{option}=x y"],
            [option[:4], "x"],
            [option, "a -b", "-1", "-.5"],
            ["--", "--nothing"],
        ):
            assert help.asked([*path, *typed]) is None, typed


def test_an_option_that_there_is_not_is_never_let_through_where_the_command_is_ours() -> None:
    for path, parser in parsers():
        if help.table().get(path[0], {"django": False})["django"]:
            continue
        for option in parser._option_string_actions:
            wrong = f"{option[:-1]}~{option[-1]}"
            with pytest.raises(help.Unknown, match=re.escape(f"{' '.join(path)} has no option '{wrong[:2]}")):
                help.asked([*path, f"{wrong}=a-secret"])


def test_the_page_of_a_command_lists_its_options_and_no_others() -> None:
    for path, parser in parsers():
        if path[0] not in OURS:
            continue
        page = help.asked([*path, "--help"])
        assert page is not None
        listed = set(typos.flags(line.strip() for line in page.splitlines() if line.startswith("  -")))
        assert (path, listed) == (path, set(parser._option_string_actions) - set(typos.EVERYWHERE))


def test_what_was_given_to_a_mistyped_option_is_not_repeated() -> None:
    with pytest.raises(help.Unknown) as caught:
        help.asked(["createclient", "--secert=of mine"])
    assert "of mine" not in str(caught.value)


def test_a_typo_ends_with_2(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "manage.py"), "x"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("manage.py: there is no command 'x'")


@pytest.mark.parametrize("name", OURS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    assert help.table()[name] == commands.table()[name], "python -m tests.rules.commands > idp/local/commands.json"


def test_the_table_has_every_command_that_means_something_here() -> None:
    assert set(help.table()) == {*OURS, *commands.OFFERED}
    assert set(help.table()) | set(commands.LEFT_OUT) == set(get_commands())
    assert set(help.table()).isdisjoint(commands.LEFT_OUT)


@pytest.mark.parametrize("name", commands.OFFERED)
def test_what_the_table_says_of_djangos_commands_they_take(name: str) -> None:
    """Another version of Django may have more to say."""
    there = {
        option
        for option, _ in commands.entry(load_command_class(get_commands()[name], name).create_parser("", name))[
            "arguments"
        ]
    }
    told = {option for option, _ in help.table()[name]["arguments"]}
    assert told <= there


@pytest.mark.parametrize(("path", "changeable"), [(["createclient"], False), (["clients", "set"], True)])
def test_the_members_of_a_client_are_told_as_they_are_typed_in(path: list[str], changeable: bool) -> None:
    parser: Any = load_command_class("tokens", path[0]).create_parser("manage.py", path[0])
    for verb in path[1:]:
        parser = next(action for action in parser._actions if isinstance(action.choices, dict)).choices[verb]
    real = [
        (", ".join(action.option_strings), action.help, action.nargs)
        for action in parser._actions
        if action.dest in MEMBERS
    ]
    read = [
        (shown.split(" ")[0] if "," not in shown else shown, text, shown)
        for shown, text in member_options(changeable=changeable)
    ]
    assert [(flags, text) for flags, text, _ in read] == [(flags, text) for flags, text, _ in real]
    assert [shown.endswith("...]") for _, _, shown in read] == [nargs == "+" for _, _, nargs in real]
