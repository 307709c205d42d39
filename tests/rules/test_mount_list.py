"""What is a page is asked of the mount list, and the shipped nginx leads each path where the list says."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import URLPattern

from idp.mount_list import PEOPLE, PROGRAMS, Mounted, is_for_people

NGINX = Path(__file__).parents[2] / "deploy" / "nginx" / "idp.conf"


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


def test_nginx_leads_programs_to_back_nodes_and_people_to_front_nodes() -> None:
    assert [path for path in paths(PROGRAMS) if not led_to_back(path)] == []
    assert [path for path in paths(PEOPLE) if led_to_back(path)] == []


def test_nginx_names_no_path_that_is_not_mounted() -> None:
    named = re.findall(r"location ~ \^([^()]*)\(([^)]*)\)\$", NGINX.read_text())
    spelled = {prefix.replace("\\", "") + name for prefix, names in named for name in names.split("|")}
    assert spelled == set(paths(PROGRAMS))
