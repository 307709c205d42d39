"""A setting is judged in the spelling in which it is used: read once, and only what was read is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.ground.hosts import host
from idp import databases, secrets
from idp.configuration import Configuration, read_settings
from idp.databases import Connections, database
from idp.env import BadSettings
from idp.issuer import issuer

ROOT = Path(__file__).parents[2]
SECRET = "s3cr3t"
HOW = Connections(pool=8, prepare_threshold=2)


def read(**environ: str) -> Configuration:
    return read_settings(environ, secrets_missing=True)


def faults(**environ: str) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        read(**environ)
    return raised.value.faults


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://idp.example", "https://idp.example"),
        ("HTTPS://IDP.Example", "https://idp.example"),
        ("https://idp.example/", "https://idp.example"),
        ("https://idp.example:443", "https://idp.example"),
        ("https://idp.example:8443", "https://idp.example:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
        ("http://LOCALHOST:80", "http://localhost"),
        ("https://192.0.2.7", "https://192.0.2.7"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "{}\r", " {}\r\n", "\t{} "])
def test_an_issuer_is_what_a_browser_makes_of_it(said: str, meant: str, around: str) -> None:
    deployment = read(IDP_BASE_URL=around.format(said), IDP_TRUSTED_PROXIES="1").deployment
    assert (deployment.issuer, deployment.secure) == (meant, meant.startswith("https://"))
    assert str(issuer(deployment.issuer)) == meant


@pytest.mark.parametrize(
    "url",
    [
        *("https://idp.example?", "https://idp.example#", "https://idp.example/?", "https://idp.example//"),
        *("https:/idp.example", "https://idp.example\\", "https://idp.example:", "https://idp.example:99999"),
        *("https://idp_one.example", "https://idp.example.", "https://idp..example", "https://-idp.example"),
        *("https://büro.example", "https://idp%2eexample", "https://127.1", "https://1.2.3.256", "https://idp example"),
        *(
            "https://[::1%25eth0]",
            "https://[::ffff:127.0.0.1]",
            "https://[idp]",
            "https://::1",
            "https://idp\r.example",
        ),
    ],
)
def test_what_no_browser_sends_as_it_stands_is_no_issuer(url: str) -> None:
    assert [fault.partition(":")[0] for fault in faults(IDP_BASE_URL=url)] == ["IDP_BASE_URL"]


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%41b", "a b", "ä"])
def test_the_database_is_in_the_data_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    assert read(IDP_DATA=str(tmp_path / name)).database["NAME"] == str(tmp_path / name / "db.sqlite3")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("sqlite:///:memory:", databases.IN_MEMORY),
        ("sqlite:///file:x?mode=memory", databases.NO_FILE),
        ("sqlite:///file:x", databases.IN_MEMORY),
        *((url, databases.NO_FILE) for url in ("sqlite://", "sqlite:///", "sqlite://db.sqlite3", "sqlite:///folder/")),
        ("sqlite:///db.sqlite3?timeout=1", databases.NO_FILE),
        ("sqlite:///a#b", databases.UNREADABLE),
        *(
            (f"{kind}://{rest}", databases.UNREADABLE)
            for kind in ("postgresql", "mysql")
            for rest in (
                f"me:1#{SECRET}@db/idp",
                f"me:1?{SECRET}@db/idp",
                f"me:1/{SECRET}@db/idp",
                f"me:{SECRET}/x@db/idp",
                f"me:x@db:{SECRET}/idp",
                f"me:x@[{SECRET}/idp",
            )
        ),
        *((f"{kind}://db", databases.NO_NAME.format(scheme=kind)) for kind in ("postgresql", "mysql")),
        (f"{SECRET}://db/idp", databases.UNKNOWN),
        (SECRET, databases.UNKNOWN),
    ],
)
def test_a_database_is_judged_whole_and_no_part_of_its_url_is_repeated(url: str, fault: str) -> None:
    assert database(url, HOW) == ({}, [fault])
    assert SECRET not in fault


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_an_option_that_the_database_does_not_know_is_told_with_those_that_it_does(kind: str) -> None:
    [fault] = database(f"{kind}://db/idp?pool={SECRET}", HOW)[1]
    assert fault.startswith(f"DATABASE_URL: the options of {kind}:// are host, ")
    assert SECRET not in fault


def test_a_scheme_is_read_in_any_letters() -> None:
    assert database("PostgreSQL://me@db/idp", HOW)[0]["NAME"] == "idp"
    assert read(REDIS_URL="REDIS://one").redis is not None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Keys.Example", ("keys.example",)),
        ("[::1], 0:0::2\r\nkeys", ("::1", "::2", "keys")),
        ("10.0.0.1", ("10.0.0.1",)),
    ],
)
def test_hosts_are_compared_in_one_spelling(said: str, meant: tuple[str, ...]) -> None:
    assert read(IDP_TOKENS_FETCH_ALLOW=said).tokens.fetch_allow == meant


@pytest.mark.parametrize(
    "text", ["https://keys.example", "keys.example/path", "keys.example:443", "*.example", f"me:{SECRET}@keys.example"]
)
def test_a_url_where_a_host_is_wanted_is_told(text: str) -> None:
    [fault] = faults(IDP_TOKENS_FETCH_ALLOW=text)
    assert fault.startswith("IDP_TOKENS_FETCH_ALLOW: ")
    assert SECRET not in fault


@pytest.mark.parametrize(
    ("said", "meant"), [("::1", "::1"), ("[::1]", "::1"), ("::", "::"), ("LocalHost", "localhost")]
)
def test_an_address_to_listen_on_may_have_brackets(said: str, meant: str) -> None:
    assert read(IDP_HOST=said).deployment.host == meant


def test_a_host_is_its_own_spelling() -> None:
    for text in ("idp.example", "::1", "192.0.2.7"):
        assert host(text) == text


def test_an_issuer_with_a_password_is_refused_without_repeating_it() -> None:
    for url in (f"https://me:{SECRET}@idp.example", f"https://me:{SECRET}/x@idp.example"):
        assert SECRET not in str(faults(IDP_BASE_URL=url))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("IDP_PROT", "IDP_PORT"), ("IDP_BASEURL", "IDP_BASE_URL"), ("IDP_DATABASE_URL", "DATABASE_URL")),
        *(("IDP_BRAND_FLIE", "IDP_BRAND_FILE"), ("IDP_TOKENS_CODE_LIFTIME", "IDP_TOKENS_CODE_LIFETIME")),
    ],
)
def test_a_name_that_is_none_is_told_with_the_one_that_was_meant(name: str, meant: str) -> None:
    assert faults(**{name: SECRET}) == [f"{name}: there is no such setting; did you mean {meant}?"]


def test_a_name_like_no_other_is_told_alone() -> None:
    assert faults(IDP_QUUXFROBNICATE="1") == ["IDP_QUUXFROBNICATE: there is no such setting"]


@pytest.mark.parametrize("text", ["a\rb", "a\x00b", "a\u2028b", "a\x7fb", "a\udc80b"])
def test_what_nobody_sees_in_a_value_is_told_by_its_place(text: str) -> None:
    assert faults(IDP_BRAND=text) == [
        f"IDP_BRAND: its character 2 (U+{ord(text[1]):04X}) is one that nobody sees: leave it out"
    ]


def test_a_file_that_another_system_wrote_is_read_as_its_text(tmp_path: Path) -> None:
    (tmp_path / "brand").write_bytes("\ufeffBüro\r\n".encode())
    assert read(IDP_BRAND_FILE=f"{tmp_path / 'brand'}\r").deployment.brand == "Büro"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_of_a_file_that_cannot_be_read_no_more_is_told_than_why(tmp_path: Path, content: bytes | None) -> None:
    """Somebody may have set the value itself where its file is named."""
    named = tmp_path / SECRET
    if content is not None:
        named.write_bytes(content)
    [fault] = faults(DATABASE_URL_FILE=str(named))
    assert fault.startswith("DATABASE_URL: its file ")
    assert SECRET not in fault


UNUSABLE = [
    ("DJANGO_SETTINGS_MODULE", "other.settings", "DJANGO_SETTINGS_MODULE: 'other.settings' is of another project; "),
    (
        "IDP_TOKENS_STORE",
        "tokens.nothing.store",
        "IDP_TOKENS_STORE: what it names cannot be used (ModuleNotFoundError: ",
    ),
    (
        "IDP_TOKENS_STORE",
        "builtins.object",
        "IDP_TOKENS_STORE: what it names answers a object, and it has to be a Store",
    ),
    (
        "IDP_TOKENS_STORE",
        "dynamo",
        "IDP_TOKENS_STORE: dynamo is not orm or dynamodb, nor the dotted path of a function",
    ),
    ("IDP_TOKENS_STORE", "dynamodb", "IDP_DYNAMODB_REGION: there is no region: set it, or AWS_REGION"),
    ("IDP_TOKENS_SIGNER", "os.getcwd", "IDP_TOKENS_SIGNER: what it names answers a str, and it has to be a Signer"),
    ("IDP_TOKENS_SIGNER", "tokens.keys.Nobody", "IDP_TOKENS_SIGNER: what it names cannot be used (ImportError: "),
    ("IDP_ACCOUNTS_SIGN_INS", "nothing", "IDP_ACCOUNTS_SIGN_INS: what it names cannot be used (ImportError: "),
    ("IDP_ACCOUNTS_STORE", "builtins.dict", "IDP_ACCOUNTS_STORE: what it names answers a dict, and it has "),
    ("IDP_ACCOUNTS_STORE", "sql", "IDP_ACCOUNTS_STORE: sql is not orm or dynamodb, nor the dotted path of a function"),
]
STARTS = {
    "command": ([sys.executable, str(ROOT / "manage.py"), "check"], "manage.py: ", 2),
    "worker": ([sys.executable, "-m", "celery", "-A", "idp", "worker"], "", 1),
    "node": (
        [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--log-level=critical", "idp.wsgi"],
        "",
        None,
    ),
}


def start(kind: str, folder: Path, **environ: str) -> tuple[int, list[str]]:
    """Exit code and lines of a process that cannot start."""
    secrets.create(folder / "secrets")
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IDP_", "DATABASE_", "REDIS_", "AWS_"))
    }
    said = {"IDP_DATA": str(folder), "IDP_BROKER_URL": "redis://127.0.0.1:1", "IDP_PORT": "0", **environ}
    ended = subprocess.run(
        STARTS[kind][0],
        env={**ours, "DJANGO_SETTINGS_MODULE": "idp.settings", **said, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stderr.splitlines()


@pytest.mark.parametrize(("name", "value", "line"), UNUSABLE)
def test_what_a_setting_names_and_cannot_be_used_stops_a_command_with_a_line(
    tmp_path: Path, name: str, value: str, line: str
) -> None:
    code, lines = start("command", tmp_path, **{name: value})
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"manage.py: {line}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("DJANGO_SETTINGS_MODULE", "other.settings"), ("IDP_TOKENS_STORE", "tokens.nothing.store")),
        ("IDP_BASE_URL", "https://idp.example?"),
    ],
)
@pytest.mark.parametrize("kind", ["worker", "node"])
def test_it_stops_every_kind_of_process_with_a_line(tmp_path: Path, kind: str, name: str, value: str) -> None:
    role = {"IDP_ROLE": "worker"} if kind == "worker" else {}
    code, lines = start(kind, tmp_path, **role, **{name: value})
    assert code != 0
    assert [line.partition(":")[0] for line in lines] == [name]
