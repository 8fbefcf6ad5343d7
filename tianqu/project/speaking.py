"""What the command line says of an error, in the language of the terminal."""

from __future__ import annotations

import gettext
import os
from functools import cache
from pathlib import Path

from tianqu.base.errors import TianquError
from tianqu.base.texts import printable

PACKAGE = Path(__file__).resolve().parents[1]


def spoken(error: TianquError) -> str:
    """Return the error's sentence and its remedy, in Chinese where the terminal's language is Chinese."""
    sentences = [sentence for sentence in (error.message, error.remedy) if sentence]
    if terminal_language().startswith("zh"):
        return printable("".join(in_chinese(each) % error.parameters_in(english=False) for each in sentences))
    return printable(" ".join(sentence % error.parameters_in(english=True) for sentence in sentences))


def terminal_language() -> str:
    """Return the language that the environment asks for, by POSIX's order of precedence."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


@cache
def _catalogues() -> tuple[gettext.GNUTranslations, ...]:
    catalogues = []
    for path in sorted(PACKAGE.glob("**/locale/zh_Hans/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            catalogues.append(gettext.GNUTranslations(file))
    return tuple(catalogues)


def in_chinese(sentence: str) -> str:
    """Look a sentence up in every room's compiled catalogue; Django need not be ready for that."""
    for catalogue in _catalogues():
        translation = catalogue.gettext(sentence)
        if translation != sentence:
            return translation
    return sentence
