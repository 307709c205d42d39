"""The options that a client's members are on the command line, for help without an environment.

What declares them needs what is installed there, so they are read as text: the lines of the record in
`tokens/protocol/records/client.py`, the words in `tokens/admin/forms/words.py`, and what `createclient` says in place
of some of them. A test holds them to the commands.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tokens/protocol/records/client.py"
WORDS = ROOT / "tokens/admin/forms/words.py"
OPTIONS = ROOT / "tokens/management/client_options.py"
METAVARS = {
    **dict.fromkeys(("Uri", "Link", "Uris", "Resources"), "URI"),
    "Text": "TEXT",
    "Scope": "SCOPE",
    "Seconds": "SECONDS",
    "Jwks": "FILE",
    "Flag": "",
}
"""By the type of the member; every other is chosen from some values."""


def member_options(*, changeable: bool) -> Iterator[tuple[str, str]]:
    """How each is typed in, and what it is for. `changeable`: without those that a client has for good."""
    words = _words(ast.parse(WORDS.read_text()))
    if not changeable:
        words |= _added(ast.parse(OPTIONS.read_text()))
    for name, annotation in _members(ast.parse(RECORD.read_text())).items():
        value, kind, *marks = annotation.elts
        if not changeable or "FIXED" not in map(ast.unparse, marks):
            yield _typed(name, ast.unparse(value), _called(kind)), words[name]


def _typed(name: str, value: str, kind: str) -> str:
    several = value.startswith("tuple")
    singular = name.removesuffix("s") if several and kind != "Scope" else name
    option = "--" + singular.removeprefix("client_" if name == "client_name" else "").replace("_", "-")
    if kind == "Flag":
        return f"{option}, --no-{option.removeprefix('--')}"
    metavar = METAVARS.get(kind, "VALUE")
    return f"{option} {metavar} [{metavar} ...]" if several else f"{option} {metavar}"


def _members(module: ast.Module) -> Mapping[str, ast.Tuple]:
    client = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Client")
    return {
        ast.unparse(line.target): line.annotation.slice
        for line in client.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.annotation, ast.Subscript)
        and ast.unparse(line.annotation.value) == "Annotated"
        and isinstance(line.annotation.slice, ast.Tuple)
    }


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ast.unparse(node)


def _words(module: ast.Module) -> dict[str, str]:
    """What each member is for: its help, or else its label."""
    shared = _assigned(module)
    return {name: _help(value, shared) for name, value in _table(shared["WORDS"]).items()}


def _added(module: ast.Module) -> dict[str, str]:
    """What `createclient` says of those that mean something else there."""
    shared = _assigned(module)
    return {name: _text(value, shared) for name, value in _table(shared["ADDED"]).items()}


def _assigned(module: ast.Module) -> Mapping[str, ast.expr]:
    """The module's constants, by their names."""
    plain = {ast.unparse(node.targets[0]): node.value for node in module.body if isinstance(node, ast.Assign)}
    typed = [node for node in module.body if isinstance(node, ast.AnnAssign)]
    return plain | {ast.unparse(node.target): node.value for node in typed if node.value is not None}


def _table(node: ast.expr) -> Mapping[str, ast.expr]:
    """Its values by their keys."""
    assert isinstance(node, ast.Dict)  # noqa: S101 - it is a table
    return {ast.literal_eval(key): value for key, value in zip(node.keys, node.values, strict=True) if key}


def _help(words: ast.expr, shared: Mapping[str, ast.expr]) -> str:
    assert isinstance(words, ast.Call)  # noqa: S101 - each value of the table is made by Words(…)
    named = {each.arg: each.value for each in words.keywords}
    label = words.args[0] if words.args else named["label"]
    text = words.args[1] if len(words.args) > 1 else named.get("help")
    return (_text(text, shared) if text is not None else "") or _text(label, shared)


def _text(node: ast.expr, shared: Mapping[str, ast.expr]) -> str:
    """That of `_("…")`, of a plain text, or of a name that stands for one of them."""
    if isinstance(node, ast.Name):
        return _text(shared[node.id], shared)
    text: str = ast.literal_eval(node.args[0] if isinstance(node, ast.Call) else node)
    return text
