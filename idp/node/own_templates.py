"""The templates of a deployment's own folder (IDP_BRAND_FOLDER), compiled as a page would do it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.template import Engine, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader_tags import ExtendsNode, IncludeNode


def faults(folder: Path | None) -> Iterator[str]:
    """A line a template that no page can be made of: its file, where it has a line that line, and why."""
    paths = sorted(path for path in (folder / "templates").rglob("*") if path.is_file()) if folder else []
    engine = _engine() if paths else None
    for path in paths:
        if engine is not None and (fault := _fault(engine, path)):
            yield f"IDP_BRAND_FOLDER: {path}{fault}"


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
