"""The words of pages, mails and the admin, and what they are in other languages.

`python -m tests.rules.translations` reads every marked string into each `idp/locale/*/LC_MESSAGES/django.po`, keeping
what is translated, and compiles those.

`python -m tests.rules.translations pt-br` begins a language. Which are offered: idp/languages.py.
"""

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from idp.languages import FOLDER

ROOT = Path(__file__).parents[2]
APPS = ("accounts", "idp", "tokens")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")},
    "gettext_noop": None,
}
PLACE = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
MARKUP = re.compile(r"</?\w+[^>]*>|&\w+;")

Key = tuple[str | None, str]
"""Context and English."""
Said = str | tuple[str, ...]
"""One text, or one for each plural form of the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A marked string: its plural, if it counts something, and the files that say it."""

    plural: str | None
    files: Sequence[str]

    def forms(self, key: Key) -> Sequence[str]:
        return (key[1], self.plural) if self.plural is not None else (key[1],)


def texts() -> Mapping[Key, Text]:
    """All that is marked, file by file."""
    found: dict[Key, Text] = {}
    for path in _sources():
        name, source = path.relative_to(ROOT).as_posix(), path.read_text()
        if path.suffix != ".py":
            source = templatize(source, origin=name)
        for _, message, _, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            english, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
            key = (context, english)
            known = found.get(key, Text(plural=None, files=()))
            found[key] = Text(plural=plural or known.plural, files=tuple(dict.fromkeys((*known.files, name))))
    return found


def languages() -> Sequence[str]:
    """The folders of translations, by the names that gettext has for them: `de`, `pt_BR`."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def translations(language: str) -> Mapping[Key, Said]:
    """What the language's file holds, what is empty included; fuzzy is none."""
    with _file(language).open("rb") as file:
        catalog = read_po(file, locale=language)
    return {
        (message.context, _english(message.id)): _said(message.string)
        for message in catalog
        if message.id and not message.fuzzy
    }


def faults(language: str, found: Mapping[Key, Text], have: Mapping[Key, Said]) -> Iterator[str]:
    """A line each: what is not translated, what nobody says any more, what lost a place or an element."""
    plurals = Catalog(locale=language).num_plurals
    for key in have.keys() - found.keys():
        yield f"{language}: nobody says it any more: {key[1]!r}"
    for key, text in found.items():
        said = have.get(key, "")
        forms = said if isinstance(said, tuple) else (said,)
        if not all(forms) or len(forms) != (plurals if text.plural is not None else 1):
            yield f"{language}: not translated: {key[1]!r}"
            continue
        # One of several plural forms may say its number in a word.
        wanted = [_places(form) for form in text.forms(key)]
        loosely = [Counter({name: n for name, n in each.items() if name.startswith("<")}) for each in wanted]
        for form in forms:
            if _places(form) not in wanted and (text.plural is None or _places(form) not in loosely):
                yield f"{language}: other places or elements than {key[1]!r} has: {form!r}"
            if '"' in form and '"' not in key[1]:
                yield f"{language}: a quotation mark that would end an attribute: {form!r}"
            if _edges(form) != _edges(key[1]):
                yield f"{language}: other spaces at the ends than {key[1]!r} has: {form!r}"


def po(language: str, found: Mapping[Key, Text], have: Mapping[Key, Said]) -> bytes:
    file = io.BytesIO()
    write_po(file, _catalog(language, found, have), width=110, include_lineno=False)
    return file.getvalue()


def mo(language: str, found: Mapping[Key, Text], have: Mapping[Key, Said]) -> bytes:
    file = io.BytesIO()
    write_mo(file, _catalog(language, found, have))
    return file.getvalue()


class _Words(Catalog):
    """Without the dates and names of a catalog's head: the history has them."""

    mime_headers = property(
        lambda self: [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
    )


def _catalog(language: str, found: Mapping[Key, Text], have: Mapping[Key, Said]) -> Catalog:
    catalog = _Words(locale=language, header_comment="", fuzzy=False)
    for (context, english), text in found.items():
        catalog.add(
            english if text.plural is None else (english, text.plural),
            have.get((context, english), "" if text.plural is None else ("",) * catalog.num_plurals),
            locations=[(file, 1) for file in text.files],
            context=context,
        )
    return catalog


def _sources() -> Sequence[Path]:
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt")]
    code = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return sorted((*code, *templates))


def _file(language: str, ending: str = "po") -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"django.{ending}"


def _english(message: str | Sequence[str]) -> str:
    return message if isinstance(message, str) else message[0]


def _said(string: str | Sequence[str] | None) -> Said:
    return string if isinstance(string, str) else tuple(string or ())


def _places(text: str) -> Counter[str]:
    return Counter((*PLACE.findall(text), *MARKUP.findall(text)))


def _edges(text: str) -> tuple[str, str]:
    bare = text.strip()
    return (text[: text.find(bare)], text[text.find(bare) + len(bare) :]) if bare else ("", "")


def main(begun: Sequence[str]) -> None:
    settings.configure(USE_I18N=False)
    for language in begun:
        _file(to_locale(language)).parent.mkdir(parents=True, exist_ok=True)
        _file(to_locale(language)).touch()
    found = texts()
    for language in languages():
        have = translations(language)
        _file(language).write_bytes(po(language, found, have))
        have = {key: said for key, said in have.items() if key in found}
        left = list(faults(language, found, have))
        if left:
            _file(language, "mo").unlink(missing_ok=True)
        else:
            _file(language, "mo").write_bytes(mo(language, found, have))
        print(*left, f"{language}: {len(left) or 'nothing'} to do", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
