"""What is a page is asked of the mount list, and the shipped nginx leads each path where the list says."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import URLPattern, get_resolver

from accounts.urls import account
from idp.mount_list import PEOPLE, PROGRAMS, Mounted, is_for_people, is_for_programs

ROOT = Path(__file__).parents[2]
NGINX = ROOT / "deploy" / "nginx" / "idp.conf"


def paths(mounted: Iterable[Mounted], prefix: str = "/") -> Iterator[str]:
    """Every path of the list; of the admin, which is Django's, the first."""
    for each in mounted:
        place = prefix + str(each.pattern)
        if isinstance(each, URLPattern) or each.app_name == admin.site.name:
            yield place
        else:
            yield from paths(each.url_patterns, place)


def led_to_back(path: str) -> bool:
    """Whether a location of the shipped configuration that passes to back nodes takes the path."""
    locations = re.findall(r"location ~ (\S+) \{([^}]*)\}", NGINX.read_text())
    return any(re.search(pattern, path) for pattern, body in locations if "proxy_pass http://back;" in body)


def test_there_is_something_to_ask_about() -> None:
    assert {"/", "/accounts/login/", "/admin/", "/oauth2/authorize", "/oauth2/logout"} <= set(paths(PEOPLE))
    assert {"/oauth2/token", "/.well-known/openid-configuration"} <= set(paths(PROGRAMS))


def test_every_path_for_people_is_a_page_and_none_for_programs() -> None:
    assert [path for path in paths(PEOPLE) if not is_for_people(path)] == []
    assert [path for path in (*paths(PROGRAMS), "/healthz", "/readyz", "/metrics") if is_for_people(path)] == []


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/accounts/nothing/here", True),
        ("/admin/nothing/here", True),
        ("/nowhere", False),
        ("/oauth2/authorizes", False),
        ("/oauth2/authorize/", False),
        ("/accountss/", False),
        ("/oauth2", False),
    ],
)
def test_what_is_missing_below_a_folder_for_people_is_missed_by_a_person(path: str, page: bool) -> None:
    assert is_for_people(path) is page


@pytest.mark.parametrize(
    ("path", "program"),
    [
        *(("/oauth2", True), ("/oauth2/", True), ("/oauth2/nothing", True), ("/oauth2/token", True)),
        *(("/oauth2/token/", True), ("/oauth2/token/x", True), ("/.well-known/x", True), ("/.well-known", True)),
        *(("/oauth2/authorize", False), ("/oauth2/authorize/", False), ("/oauth2/consent/", False)),
        *(("/", False), ("/nowhere", False), ("/oauth22/x", False), ("/admin/x", False), ("/x/oauth2/token", False)),
    ],
)
def test_what_is_missing_below_a_folder_for_programs_is_missed_by_a_program(path: str, program: bool) -> None:
    assert is_for_programs(path) is program


def test_nginx_leads_programs_to_back_nodes_and_people_to_front_nodes() -> None:
    assert [path for path in paths(PROGRAMS) if not led_to_back(path)] == []
    assert [path for path in paths(PEOPLE) if led_to_back(path)] == []


def test_nginx_names_no_path_that_is_not_mounted() -> None:
    named = re.findall(r"location ~ \^([^()]*)\(([^)]*)\)\$", NGINX.read_text())
    spelled = {prefix.replace("\\", "") + name for prefix, names in named for name in names.split("|")}
    assert spelled == set(paths(PROGRAMS))


def named_pages(text: str) -> set[str]:
    """The pages of accounts that a module names, by name or by path."""
    names = {each.name for each in get_resolver("accounts.urls").url_patterns + account if isinstance(each, URLPattern)}
    texts = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and (text in names or text.startswith("/accounts/"))}


def test_tokens_names_no_page_of_accounts() -> None:
    # A snippet for an application names pages of that application.
    ours = [file for file in (ROOT / "tokens").rglob("*.py") if "applications" not in file.parts]
    named = {file.name: named_pages(file.read_text()) for file in ours}
    assert {name: pages for name, pages in named.items() if pages} == {}


@pytest.mark.parametrize("line", ['reverse("sign_in")', 'reverse("home")', 'redirect("/accounts/logout/")'])
def test_a_page_of_accounts_that_is_named_is_found(line: str) -> None:
    assert len(named_pages(line)) == 1
