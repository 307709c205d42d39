"""Node roles: what a node is made of, which commands it knows, and one sign-in that goes over two of them."""

import json
import subprocess
import sys

import pytest

from idp.local import command_lines
from tests.drills.codes import Codes
from tests.drills.history import History
from tests.drills.relying_party import RelyingParty
from tests.running.roles.ask import ask
from tests.running.roles.nodes import ROLES, Nodes
from tests.servers.nodes import Node
from tests.support.memory import megabytes
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Page, Person

MADE_OF = """
import json, sys, django
django.setup()
from django.conf import settings
from django.core.checks import run_checks
from django.urls import get_resolver
from tokens.stores import store
get_resolver().url_patterns
run_checks()
store()
names = ("MIDDLEWARE", "TEMPLATES", "CACHES")
print(json.dumps({**{name: getattr(settings, name) for name in names}, "redis": "redis" in sys.modules,
    "botocore": "botocore" in sys.modules}, default=str))
"""
COMMANDS = """
import django
django.setup()
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.management import call_command
from accounts.models import User
call_command("check", fail_level="WARNING")
call_command("migrate", check_unapplied=True)
call_command("makemigrations", check_changes=True, dry_run=True)
call_command("rotatekeys", ensure=True)
call_command("cleanup")
call_command("createclient", "--kind", "machine", "--name", "Machine")
call_command("createsuperuser", username="somebody", email="s@example.org", interactive=False)
somebody = User.objects.get(username="somebody")
LogEntry.objects.create(user=somebody, object_repr="it", action_flag=ADDITION)
somebody.delete()
print("done")
"""
PAGE_MACHINERY = ("session", "csrf", "message", "auth", "language", "whitenoise", "template")


def test_a_back_node_has_no_machinery_of_pages_and_no_cache(nodes: Nodes) -> None:
    made_of = json.loads(nodes.provider.run("-c", MADE_OF, IDP_ROLE="back"))
    assert made_of == {
        "MIDDLEWARE": [
            "accounts.site.request_id.RequestIdMiddleware",
            "django.middleware.security.SecurityMiddleware",
            "accounts.site.security_headers.SecurityHeadersMiddleware",
            "idp.node.programs.Programs",
            "idp.node.bulkhead.Bulkhead",
            "idp.node.entrance.Entrance",
        ],
        "TEMPLATES": [],
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
        "redis": False,
        "botocore": False,
    }
    assert "REDIS_URL" not in nodes.back.environ


def test_a_front_node_has_them_as_the_one_that_is_all(nodes: Nodes) -> None:
    front, both = (json.loads(nodes.provider.run("-c", MADE_OF, IDP_ROLE=role)) for role in ("front", "all"))
    assert front == both
    assert {name for name in PAGE_MACHINERY if name in str(front).lower()} == set(PAGE_MACHINERY)


@pytest.mark.parametrize("role", ROLES)
def test_every_command_does_the_same_on_every_node(nodes: Nodes, role: str) -> None:
    assert nodes.provider.run("-W", "error", "-c", COMMANDS, IDP_ROLE=role).splitlines()[-1] == "done"


@pytest.mark.covers("S19 second")
def test_a_sign_in_at_the_front_is_redeemed_at_the_back_and_ends_at_the_front(nodes: Nodes) -> None:
    client = nodes.provider.client("web", "Two nodes", NOWHERE)
    with Person(USERNAME, PASSWORD) as alice:
        party = RelyingParty(client["client_id"], client["client_secret"], History())
        answer = party.redeem(nodes.back, Codes(alice, nodes.front, client["client_id"]).new())
        assert answer.status == 200
        assert party.userinfo(nodes.back, answer.json["access_token"]).status == 200

        home = alice.visit(f"{nodes.front.url}/accounts/logout/", client=NOWHERE)
        assert isinstance(home, Page)
        assert alice.send(home).status_code == 302
        assert party.userinfo(nodes.back, answer.json["access_token"]).status == 401


def test_a_browser_with_a_session_is_nobody_at_the_back(nodes: Nodes) -> None:
    with Person(USERNAME, PASSWORD) as alice:
        client = nodes.provider.client("web", "Cookies", NOWHERE)
        Codes(alice, nodes.front, client["client_id"]).new()
        said = ask(nodes.back, "/oauth2/userinfo", Cookie=alice.cookies())
        assert (said.status, said.json["error"]) == (401, "invalid_token")
        assert "Set-Cookie" not in said.headers
        assert "Cookie" not in said.headers.get("Vary", "")


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_a_role_that_serves_nothing_is_refused_by_the_server(nodes: Nodes, role: str) -> None:
    ended = _run(nodes, *command_lines.gunicorn(), IDP_ROLE=role)
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        f"IDP_ROLE: a {role} serves nothing over HTTP: start it with Celery, or choose another role",
    )


def test_up_refuses_it_too(nodes: Nodes) -> None:
    ended = _run(nodes, sys.executable, str(command_lines.ROOT / "manage.py"), "up", IDP_ROLE="beat")
    assert (ended.returncode, ended.stderr.strip()) == (
        2,
        "manage.py: IDP_ROLE: a beat serves nothing over HTTP: start it with Celery",
    )


def test_an_unknown_role_stops_the_start_in_one_line(nodes: Nodes) -> None:
    ended = _run(nodes, *command_lines.gunicorn(), IDP_ROLE="both")
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        "IDP_ROLE: 'both' is not one of all, front, back, worker, beat",
    )


def _run(nodes: Nodes, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environ = {**nodes.provider.environ, **environ}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ["front", "back", "both"])
def test_an_idle_node_is_small(nodes: Nodes, name: str) -> None:
    """Master and one worker, as proportional set size (what others share counts for its share)."""
    node: Node = getattr(nodes, name)
    for path in ("/", "/accounts/login/", "/oauth2/jwks", "/readyz"):
        ask(node, path)
    assert node.process is not None
    assert 20 < megabytes(node.process.pid) < 150
