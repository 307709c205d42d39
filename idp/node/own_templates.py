"""The templates of a deployment's own folder (IDP_BRAND_FOLDER), compiled as a page would do it."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.template import Engine, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.utils import get_app_template_dirs

from idp.node.finding import Finding, Size
from idp.settings import deployment


def faults(folder: Path | None) -> Iterator[str]:
    """A line a template that no page can be made of: its file, where it has a line that line, and why."""
    own = _own(folder)
    if not own:
        return  # and a node without pages has no engine
    engine = _engine()
    for path in own.values():
        if fault := _fault(engine, path):
            yield f"IDP_BRAND_FOLDER: {path}{fault}"


def templates(size: Size) -> Iterator[Finding]:
    yield from idle(deployment.brand_folder if settings.PAGES else None)


def idle(folder: Path | None) -> Iterator[Finding]:
    """The templates that no page is made of: no one of ours has the name, and none of the folder's names it."""
    if folder is None or not (own := _own(folder)):
        return
    engine = _engine()
    others = [*(Path(each) for each in engine.dirs), *get_app_template_dirs("templates")]
    ours = [name for root in others if root != folder / "templates" for name in _files(root)]
    named = {name for path in own.values() for name in _named(engine.from_string(path.read_text("utf-8")))}
    for name in sorted(own.keys() - {*ours, *named}):
        nearest = next(iter(difflib.get_close_matches(name, ours, n=1)), None)
        remedy = f"call it {nearest}, or take it away" if nearest else "take it away"
        yield Finding("warning", f"{own[name]} has the name of no template of ours: no page is made of it", remedy)


def _own(folder: Path | None) -> dict[str, Path]:
    return _files(folder / "templates") if folder else {}


def _files(root: Path) -> dict[str, Path]:
    """The templates in it, by their names."""
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}


def _engine() -> Engine:
    """Ours, which also says in which line a fault is."""
    ours = Engine.get_default()
    return Engine(ours.dirs, loaders=ours.loaders, libraries=ours.libraries, builtins=ours.builtins, debug=True)


def _fault(engine: Engine, path: Path) -> str:
    """Where, and what; empty where there is none."""
    try:
        template = engine.from_string(path.read_text("utf-8"))
        for name in _named(template):
            engine.find_template(name)
    except TemplateSyntaxError as error:
        return f", line {getattr(error, 'template_debug', {}).get('line', '?')}: {error}"
    except TemplateDoesNotExist as error:
        return f": it names {error}, and there is none"
    except UnicodeDecodeError:
        return ": it is no text in UTF-8"
    return ""


def _named(template: Template) -> Iterator[str]:
    """The templates that it is made of, but for those whose names only a page knows."""
    of_type = template.nodelist.get_nodes_by_type
    named = [cast(Any, node).parent_name for node in of_type(ExtendsNode)]
    named += [cast(Any, node).template for node in of_type(IncludeNode)]
    yield from (each.var for each in named if isinstance(each.var, str) and not each.filters)
