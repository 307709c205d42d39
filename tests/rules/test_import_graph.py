"""The generated picture of the imports."""

from pathlib import Path

import grimp
import pytest

from tests.rules import import_graph
from tests.rules.import_graph import APPS, page, purpose, rooms

DOCUMENT = Path(__file__).parents[2] / "docs/import-graph.md"


def test_the_import_graph_is_fresh() -> None:
    assert DOCUMENT.read_text() == page(), "python -m tests.rules.import_graph > docs/import-graph.md"


@pytest.mark.parametrize("app", APPS)
def test_every_room_says_what_it_is(app: str) -> None:
    assert [name for name in rooms(app) if not purpose(app, name) and name != "management"] == []


def test_the_graph_sees_an_import_between_rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"low.py": '"""Low."""\n', "high/__init__.py": '"""High."""\n', "high/a.py": "import sample.low\n"}
    for name, text in files.items():
        (tmp_path / "sample" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sample" / name).write_text(text)
    (tmp_path / "sample/__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(import_graph, "ROOT", tmp_path)
    graph = grimp.build_graph("sample", cache_dir=None)
    assert (rooms("sample"), import_graph.edges("sample", graph)) == (["high", "low"], [("high", "low")])


def test_an_arrow_that_follows_from_others_is_not_drawn() -> None:
    arrows = [("views", "grants"), ("grants", "stores"), ("views", "stores"), ("views", "protocol")]
    assert import_graph.drawn(arrows) == [("views", "grants"), ("grants", "stores"), ("views", "protocol")]
