"""The languages of a deployment's own folder (IDP_BRAND_FOLDER): each is offered, and what it lacks is in English."""

import gettext
from collections.abc import Iterator
from pathlib import Path

from idp.languages import COMPILED, FOLDER
from idp.node.finding import Finding, Size
from idp.settings import deployment

WHOLE = "de"
"""A language of ours, of which none lacks a text."""


def languages(size: Size) -> Iterator[Finding]:
    yield from found(deployment.brand_folder)


def found(folder: Path | None) -> Iterator[Finding]:
    """Of each language in the folder, how much it lacks."""
    ours = _texts(FOLDER / WHOLE / COMPILED)
    for path in sorted((folder / "locale").glob(f"*/{COMPILED}")) if folder else []:
        language = path.parts[-3]
        lacks = sorted(ours - _texts(path) - _texts(FOLDER / language / COMPILED))
        if lacks:
            text = f"{language} lacks {len(lacks)} of {len(ours)} texts, which are in English"
            yield Finding("warning", text, f"translate them, or take {path} away")
        else:
            yield Finding("ok", f"{language} is whole")


def _texts(path: Path) -> frozenset[str]:
    """Those that a compiled file has; none where there is no file, or none that can be read."""
    try:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
    except (OSError, UnicodeDecodeError, ValueError):
        return frozenset()
    keys = vars(catalogue)["_catalog"]  # gettext offers no other way
    return frozenset(key if isinstance(key, str) else key[0] for key in keys)
