"""What is wrong in a deployment's own folder (IDP_BRAND_FOLDER) is told with its place, before anybody meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from idp.languages import COMPILED, FOLDER
from idp.node.own_languages import WHOLE, found
from idp.node.own_templates import faults, idle

ROOT = Path(__file__).parents[2]
HOME = "templates/accounts/home.html"
HANGS = 60
"""Seconds, after which a process that does not end is given up. What is waited for is its end."""


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb\n{% if x %}\n", ", line 3: Unclosed tag on line 3: 'if'."),
        ("{% load i18n %}\n{% translatte 'x' %}", ", line 2: Invalid block tag on line 2: 'translatte'."),
        ("{{ name|nothing }}", ", line 1: Invalid filter: 'nothing'"),
        ("{% load nowhere %}", ", line 1: 'nowhere' is not a registered tag library."),
        ('{% extends "bass.html" %}', ": it names bass.html, and there is none"),
        ('{% if x %}{% include "bass.html" %}{% endif %}', ": it names bass.html, and there is none"),
        (b"\xff", ": it is no text in UTF-8"),
    ],
)
def test_a_template_that_is_wrong_is_told_with_its_file_and_line(tmp_path: Path, text: bytes | str, told: str) -> None:
    path = write(tmp_path, HOME, text)
    [fault] = faults(tmp_path)
    assert fault.startswith(f"IDP_BRAND_FOLDER: {path}{told}")


@pytest.mark.parametrize(
    "text",
    [
        '{% extends "accounts/home.html" %}{% load i18n focus %}{% block content %}{{ block.super }}{% endblock %}',
        '{% extends parent %}{% include part|default:"x" %}{% include "accounts/form_fields.html" %}',
        "",
    ],
)
def test_one_that_is_right_is_not(tmp_path: Path, text: str) -> None:
    write(tmp_path, HOME, text)
    assert [*faults(tmp_path), *faults(tmp_path / "nowhere"), *faults(None)] == []


def test_doctor_tells_of_those_that_no_page_is_made_of(tmp_path: Path) -> None:
    ours = ("accounts/home.html", "admin/base_site.html", "mail/invitation/body.txt", "404.html")
    write(tmp_path, "templates/parts/top.html", "")
    for name in ours:
        write(tmp_path, f"templates/{name}", '{% include "parts/top.html" %}')
    assert [*idle(tmp_path), *idle(tmp_path / "nowhere"), *idle(None)] == []
    path = write(tmp_path, "templates/acounts/home.html", "")
    [finding] = idle(tmp_path)
    assert finding.level == "warning"
    assert finding.text == f"{path} has the name of no template of ours: no page is made of it"
    assert finding.remedy == "call it accounts/home.html, or take it away"


def test_the_start_ends_with_a_line_a_template(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"templates/{name}", "{% endif %}") for name in ("a.html", "b.html")]
    environ = {**os.environ, "IDP_BRAND_FOLDER": str(tmp_path), "DJANGO_SETTINGS_MODULE": "idp.settings"}
    program = [sys.executable, str(ROOT / "manage.py"), "check"]
    ended = subprocess.run(program, env=environ, capture_output=True, text=True, check=False, timeout=HANGS)
    lines = [line for line in ended.stderr.splitlines() if "IDP_BRAND_FOLDER" in line]
    assert ended.returncode == 2, ended.stderr
    assert [path for path, line in zip(paths, lines, strict=True) if f"{path}, line 1" not in line] == []


@pytest.mark.parametrize("folder", ["", "of its own"])
@pytest.mark.parametrize("role", ["back", "worker", "beat"])
def test_a_node_without_pages_makes_none_of_them_and_starts(tmp_path: Path, role: str, folder: str) -> None:
    write(tmp_path, HOME, "{% endif %}")
    said = {"IDP_ROLE": role, "IDP_BROKER_URL": "redis://127.0.0.1:1"}
    environ = {**os.environ, **said, "DJANGO_SETTINGS_MODULE": "idp.settings"}
    environ |= {"IDP_BRAND_FOLDER": str(tmp_path)} if folder else {}
    looks = (
        "import idp.start; idp.start.set_up(); from idp.node.own_templates import templates; print([*templates(None)])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", looks], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=HANGS
    )
    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr


def test_doctor_says_what_a_language_of_ones_own_lacks(tmp_path: Path) -> None:
    whole = (FOLDER / WHOLE / COMPILED).read_bytes()
    empty = b"\xde\x12\x04\x95" + bytes(4) + bytes(4) + (28).to_bytes(4, "little") * 2 + bytes(4) * 2
    for language, content in (("pt_BR", whole), ("fr", empty), ("de", empty), ("it", b"no such file")):
        write(tmp_path, f"locale/{language}/{COMPILED}", content)
    said = {finding.text.split(" ")[0]: finding for finding in found(tmp_path)}
    assert {name: finding.level for name, finding in said.items()} == {
        **dict.fromkeys(("pt_BR", "de"), "ok"),
        **dict.fromkeys(("fr", "it"), "warning"),
    }
    count = said["fr"].text.split(" ")[2]
    assert int(count) > 500
    assert said["fr"].text == f"fr lacks {count} of {count} texts, which are in English"
    assert list(found(None)) == []
