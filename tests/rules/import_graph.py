"""docs/import-graph.md, made from the code: `python -m tests.rules.import_graph > docs/import-graph.md`.

A room is a module or package directly below an app; an arrow is an import of anything in one room by anything in
another.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
APPS = ("tokens", "accounts", "idp")
NOT_ROOMS = frozenset({"migrations"})
"""What Django writes."""
HEAD = """<!-- Made by `python -m tests.rules.import_graph`; a test keeps it fresh. -->
# The rooms, and who imports whom

A room is a module or package directly below an app. An arrow says that something in one room imports something in the
other, and one that follows from other arrows is left out of the picture. Who *may* import whom stands in
`pyproject.toml`; `manage.py lint` enforces it. The table names every room.
"""

Edge = tuple[str, str]


def rooms(app: str) -> Sequence[str]:
    """The names of the app's rooms, in alphabetical order."""
    modules = {path.stem for path in (ROOT / app).glob("*.py")}
    packages = {path.parent.name for path in (ROOT / app).glob("*/__init__.py")}
    return sorted((modules | packages) - {"__init__"} - NOT_ROOMS)


def edges(app: str, graph: grimp.ImportGraph) -> Sequence[Edge]:
    """The imports between the app's rooms, each pair once."""
    return sorted(set(_crossings(app, graph)))


def drawn(arrows: Sequence[Edge]) -> Sequence[Edge]:
    """The arrows without those that follow from others: a picture of layers."""
    return [arrow for arrow in arrows if not _follows(arrow, arrows)]


def purpose(app: str, room: str) -> str:
    """The first sentence of the room's docstring."""
    file = ROOT / app / f"{room}.py"
    text = ast.get_docstring(ast.parse((file if file.exists() else ROOT / app / room / "__init__.py").read_text()))
    sentence, *_ = " ".join((text or "").split("\n\n")[0].split()).split(". ")
    return sentence.rstrip(".").replace("|", "\\|")


def page() -> str:
    """The whole document."""
    graph = grimp.build_graph(*APPS, cache_dir=None)
    return HEAD + "".join(_section(app, graph) for app in APPS)


def _crossings(app: str, graph: grimp.ImportGraph) -> Iterator[Edge]:
    known = set(rooms(app))
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pair = _room(app, importer), _room(app, imported)
            if pair[0] != pair[1] and known.issuperset(pair):
                yield pair


def _follows(arrow: Edge, arrows: Sequence[Edge]) -> bool:
    """Whether a way of several arrows leads from its start to its end."""
    start, end = arrow
    reached, waiting = {start}, [room for importer, room in arrows if importer == start and room != end]
    while waiting:
        reached.add(room := waiting.pop())
        waiting += [imported for importer, imported in arrows if importer == room and imported not in reached]
    return end in reached


def _room(app: str, module: str) -> str:
    package, *inside = module.split(".")
    return inside[0] if package == app and inside else ""


def _section(app: str, graph: grimp.ImportGraph) -> str:
    names, arrows = rooms(app), edges(app, graph)
    picture = "".join(f"    {importer} --> {imported}\n" for importer, imported in drawn(arrows))
    table = "".join(f"| `{name}` | {purpose(app, name)} |\n" for name in names)
    return (
        f"\n## {app}: {len(names)} rooms, {len(arrows)} imports between them\n\n"
        f"```mermaid\ngraph LR\n{picture}```\n\n| room | what it is |\n|---|---|\n{table}"
    )


if __name__ == "__main__":
    print(page(), end="")
