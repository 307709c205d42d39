"""Settings: typed, and every fault is told at once, before anything starts."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from idp import secrets
from idp.conf import Deployment
from idp.configuration import read_settings
from idp.databases import Connections, database
from idp.env import BadSettings

ROOT = Path(__file__).parents[2]
HOW = Connections(pool=8, prepare_threshold=2)


def read(**environ: str) -> Deployment:
    return read_settings(environ, secrets_missing=True).deployment


def faults(**environ: str) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        read(**environ)
    return raised.value.faults


def test_without_a_word_the_issuer_is_this_machine() -> None:
    deployment = read()
    assert (deployment.issuer, deployment.secure, deployment.loopback) == ("http://localhost:8000", False, True)


def test_a_value_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "brand").write_text("Example\n")
    assert read(IDP_BRAND_FILE=str(tmp_path / "brand")).brand == "Example"


def test_a_value_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    assert faults(IDP_BRAND="a", IDP_BRAND_FILE="b") == ["IDP_BRAND: set either it or IDP_BRAND_FILE, not both"]


def test_all_faults_are_told_at_once() -> None:
    found = faults(IDP_PORT="many", IDP_DEBUG="perhaps", IDP_BASE_URL="http://idp.example", IDP_PROT="8000")
    assert found == [
        "IDP_PORT: 'many' is not a whole number",
        "IDP_BASE_URL: 'http://idp.example' must be https; http is for localhost only",
        "IDP_DEBUG: 'perhaps' is neither true nor false",
        "IDP_PROT: there is no such setting; did you mean IDP_PORT?",
    ]


def test_a_pair_that_cannot_be_meant_is_refused() -> None:
    assert faults(IDP_DEBUG="true", IDP_BASE_URL="https://idp.example", IDP_TRUSTED_PROXIES="1") == [
        "IDP_DEBUG: its pages show secrets; it needs an IDP_BASE_URL on localhost"
    ]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"IDP_ROLE": "both"}, "IDP_ROLE: 'both' is not one of all, front, back, worker, beat"),
        (
            {"IDP_ROLE": "beat", "IDP_TASKS": "off", "IDP_BROKER_URL": "redis://broker"},
            "IDP_TASKS: scheduled work is all that a beat does: leave it on, or do not start the node",
        ),
        *(
            ({"IDP_ROLE": role}, f"IDP_BROKER_URL: a {role} needs a broker: set it, or REDIS_URL")
            for role in ("worker", "beat")
        ),
        ({"IDP_METRICS_TOKEN": "x" * 15}, "IDP_METRICS_TOKEN: at least 16 characters"),
        ({"IDP_BEAT_LOOP": "0"}, "IDP_BEAT_LOOP: at least 1"),
        ({"IDP_BEAT_LOCK": "14"}, "IDP_BEAT_LOCK: at least three times IDP_BEAT_LOOP, 15"),
        ({"IDP_DRAIN": "301"}, "IDP_DRAIN: from 0 to 300"),
        ({"IDP_DRAIN": "-1"}, "IDP_DRAIN: from 0 to 300"),
    ],
)
def test_what_a_node_cannot_be_is_refused(environ: dict[str, str], fault: str) -> None:
    assert faults(**environ) == [fault]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://idp.example/path",
            "https://idp.example?query",
            "https://idp.example#part",
            "https://me@idp.example",
        ),
        *(
            "ftp://idp.example",
            "idp.example",
            "https://",
            "https://idp.example:port",
            "https://[::1",
            "https://idp.example:0",
        ),
    ],
)
def test_an_issuer_is_an_origin(url: str) -> None:
    assert all(fault.startswith("IDP_BASE_URL: ") for fault in faults(IDP_BASE_URL=url, IDP_TRUSTED_PROXIES="1"))


@pytest.mark.parametrize("url", ["https://idp.example", "https://localhost:8443"])
def test_https_without_a_proxy_is_refused_for_everybody_would_share_its_address(url: str) -> None:
    assert faults(IDP_BASE_URL=url) == [
        "IDP_TRUSTED_PROXIES: an https IDP_BASE_URL needs a reverse proxy, for this server speaks no TLS: set how many"
        " there are, mostly 1"
    ]
    assert read(IDP_BASE_URL=url, IDP_TRUSTED_PROXIES="1").secure


@pytest.mark.parametrize(
    "url",
    ["mssql://localhost/idp", "nonsense", "postgresql://localhost:port/idp", "mysql://localhost/idp?local_infile=1"],
)
def test_a_database_that_is_not_known_names_the_setting(url: str) -> None:
    assert [fault.partition(":")[0] for fault in database(url, HOW)[1]] == ["DATABASE_URL"]


@pytest.mark.parametrize(
    "url",
    [
        *("postgresql://idp:s3cr3t/x@db/idp", "postgresql://idp:s3cr3t#x@db/idp", "s3cr3t://idp@db/idp", "s3cr3t"),
        *("mysql://idp:s3cr3t/x@db/idp", "mysql://idp:s3cr3t@db/idp?s3cr3t=1"),
    ],
)
def test_a_fault_of_the_database_repeats_nothing_of_its_url(url: str) -> None:
    [fault] = database(url, HOW)[1]
    assert fault.startswith("DATABASE_URL: ")
    assert not any(part in fault for part in ("s3cr3t", "idp", "@"))


@pytest.mark.parametrize(
    ("places", "host", "port"),
    [
        ("a,b", "a,b", "5432,5432"),
        ("a:1,b", "a,b", "1,5432"),
        ("a.example:1,b.example:2,10.0.0.3", "a.example,b.example,10.0.0.3", "1,2,5432"),
        ("[::1]:1,[fd00::2]", "::1,fd00::2", "1,5432"),
    ],
)
def test_of_several_servers_the_one_that_takes_writes_is_used(places: str, host: str, port: str) -> None:
    made, faults = database(f"postgresql://idp:p%2Fw@{places}/name?sslmode=require", HOW)
    assert faults == []
    assert {name: made[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "ENGINE": "idp.postgresql",
        "NAME": "name",
        "USER": "idp",
        "PASSWORD": "p/w",
        "HOST": host,
        "PORT": port,
    }
    chosen = {"target_session_attrs": "read-write", "sslmode": "require"}
    assert chosen.items() <= made["OPTIONS"].items()
    alone, _ = database("postgresql://idp@a/name", HOW)
    assert "target_session_attrs" not in alone["OPTIONS"], "one that became a standby says so at each write"
    standby, _ = database(f"postgresql://idp@{places}/name?target_session_attrs=any", HOW)
    assert standby["OPTIONS"]["target_session_attrs"] == "any"


@pytest.mark.parametrize("places", ["a,", ",a", "a,:5432", "a:x,b", "a,b:99999"])
def test_several_servers_that_cannot_be_read_are_refused(places: str) -> None:
    assert [fault.partition(":")[0] for fault in database(f"postgresql://idp@{places}/name", HOW)[1]] == [
        "DATABASE_URL"
    ]


@pytest.mark.parametrize(("said", "threshold"), [(0, None), (1, 1), (5, 5)])
def test_when_statements_are_prepared_is_a_setting(said: int, threshold: int | None) -> None:
    made, _ = database("postgresql://idp@a/name", Connections(pool=8, prepare_threshold=said))
    assert made["OPTIONS"]["prepare_threshold"] == threshold
    assert faults(IDP_DATABASE_PREPARE_THRESHOLD="-1") == ["IDP_DATABASE_PREPARE_THRESHOLD: 0 or more"]


def test_nothing_is_asked_for_while_connecting_that_a_pooler_refuses() -> None:
    made, _ = database("postgresql://idp@a/name", HOW)
    assert "options" not in made["OPTIONS"]


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_mariadb_is_reached_as_its_url_says_and_a_named_authority_judges_it(scheme: str) -> None:
    made, faults = database(f"{scheme}://%C3%A4:p%2Fw%C3%A4@db:3307/idp?ssl_ca=/etc/ca.pem", HOW)
    assert faults == []
    assert {name: made[name] for name in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "ENGINE": "idp.mariadb",
        "NAME": "idp",
        "USER": "ä",
        "PASSWORD": "p/wä".encode(),
        "HOST": "db",
        "PORT": "3307",
    }
    verified = {"ssl_ca": "/etc/ca.pem", "ssl_verify_cert": True, "ssl_verify_identity": True}
    assert verified.items() <= made["OPTIONS"].items()
    socket, _ = database(f"{scheme}:///idp?host=/run/mysqld/mysqld.sock", HOW)
    assert (socket["HOST"], socket["PORT"]) == ("/run/mysqld/mysqld.sock", "")
    assert not {"host", "ssl_verify_cert"} & set(socket["OPTIONS"])


@pytest.mark.covers("S20 ten")
@pytest.mark.parametrize(("command", "missing"), [("check", 3), ("up", 0)], ids=["check", "up"])
def test_the_start_ends_with_a_line_a_fault(tmp_path: Path, command: str, missing: int) -> None:
    """Every command reads the settings in one way; `up` makes the secrets that are missing."""
    (tmp_path / "pepper").write_text("no key")
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REDIS_URL")},
        "IDP_DATA": str(tmp_path / "data"),
        "IDP_SECRETS": str(tmp_path),
        "IDP_PORT": "x",
        "IDP_TOKENS_CODE_LIFETIME": "601",
        "IDP_ACCOUNTS_SESSION_IDLE": "0",
        "DATABASE_URL": "oracle://localhost",
        "IDP_ROLE": "worker",
        "IDP_BROKER_URL": "memcached://cache",
    }
    program = [sys.executable, str(ROOT / "manage.py"), command]
    ended = subprocess.run(program, env=environ, capture_output=True, text=True, check=False, timeout=60)
    lines = ended.stderr.splitlines()
    assert ended.returncode == 2
    assert lines[0] == "manage.py: IDP_PORT: 'x' is not a whole number"
    assert (
        sum(line.endswith("is missing; `manage.py up` makes it once, other nodes need a copy") for line in lines)
        == missing
    )
    assert sorted(line.split(": ")[1] for line in lines if " is missing; " not in line) == [
        *("DATABASE_URL", "IDP_ACCOUNTS_SESSION_IDLE", "IDP_BROKER_URL", "IDP_PORT", "IDP_SECRETS"),
        "IDP_TOKENS_CODE_LIFETIME",
    ]
    assert not (tmp_path / "data").exists()


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert secrets.create(folder) == list(secrets.NAMES)
    before = {name: (folder / name).read_text() for name in secrets.NAMES}
    assert secrets.create(folder) == []
    assert {name: (folder / name).read_text() for name in secrets.NAMES} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["", "no-colon", "1:short", "1:%%%", ":" + "A" * 44, f"1:{'A' * 44}\n1:{'A' * 44}"])
def test_a_secret_that_cannot_be_read_names_its_file(tmp_path: Path, text: str) -> None:
    secrets.create(tmp_path)
    (tmp_path / "pepper").write_text(text)
    held, faults = secrets.read(tmp_path)
    assert "pepper" not in held
    assert [fault.startswith(f"IDP_SECRETS: {tmp_path / 'pepper'}: ") for fault in faults] == [True]


def test_a_secret_may_have_several_keys_and_the_first_is_in_use(tmp_path: Path) -> None:
    secrets.create(tmp_path)
    old = (tmp_path / "sealing").read_text()
    (tmp_path / "sealing").write_text(f"2:{'B' * 43}=\n{old}")
    held, keys = secrets.read(tmp_path)
    assert (list(held["sealing"]), keys) == (["2", "1"], [])


COOKIES = """
import django

django.setup()
from django.conf import settings
from tokens.interaction import interactions

print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, interactions.COOKIE)
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, interactions.SECURE)
print(settings.SESSION_COOKIE_HTTPONLY, settings.CSRF_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE)
"""


@pytest.mark.covers("S67 __Host-", "S67 Secure", "S67 HttpOnly", "S67 SameSite", "attacker network")
@pytest.mark.parametrize(
    ("issuer", "prefix", "secure"),
    [
        ("https://idp.example", "__Host-", "True"),
        ("https://idp.example:8443", "__Host-", "True"),
        # Cookies know no ports, and on loopback others are at home too.
        ("http://localhost", "idp-80-", "False"),
        ("http://localhost:8000", "idp-8000-", "False"),
        ("http://127.0.0.1:9000", "idp-9000-", "False"),
        ("http://[::1]:9000", "idp-9000-", "False"),
        ("https://localhost", "__Host-idp-443-", "True"),
        ("https://localhost:8443", "__Host-idp-8443-", "True"),
    ],
)
def test_cookies_belong_to_our_host_and_to_tls_unless_the_issuer_has_none(
    tmp_path: Path, issuer: str, prefix: str, secure: str
) -> None:
    secrets.create(tmp_path / "secrets")
    environ = {**os.environ, "IDP_DATA": str(tmp_path), "IDP_BASE_URL": issuer, "IDP_TRUSTED_PROXIES": "1"}
    command = [sys.executable, "-c", COOKIES]
    finished = subprocess.run(
        command, env={**environ, "DJANGO_SETTINGS_MODULE": "idp.settings"}, cwd=ROOT, capture_output=True, text=True
    )
    assert finished.stdout.split() == [
        *(f"{prefix}session", f"{prefix}csrf", f"{prefix}browser"),
        *(secure, secure, secure),
        *("True", "True", "Lax"),
    ], finished.stderr
