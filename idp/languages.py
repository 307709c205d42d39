"""The languages that pages and mails speak: English, which the code is written in, and each folder of `locale` that is
whole. `python -m tests.rules.translations` compiles none that lacks a word, and what is not compiled is not offered."""

from collections.abc import Iterable
from pathlib import Path

from django.conf.locale import LANG_INFO

FOLDER = Path(__file__).parent / "locale"
COMPILED = "LC_MESSAGES/django.mo"


def languages(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Code and own name of each, as settings.LANGUAGES has them: `("pt-br", "Português Brasileiro")`."""
    whole = {path.parts[-3].replace("_", "-").lower() for folder in folders for path in folder.glob(f"*/{COMPILED}")}
    return [(code, LANG_INFO.get(code, {}).get("name_local", code)) for code in sorted({"en", *whole})]
