"""Texts that people type: bounded, without blanks around them, and without what cannot be shown."""

from __future__ import annotations

import unicodedata
from typing import Final

from tianqu.base.errors import InvalidInput, TooLarge, _

# What takes no room or shows nothing: soft hyphen, joiners and marks, fillers of Hangul, the empty Braille cell. They
# have their place in words; a text of them alone is as good as none.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064"
    "\u2800\u3164\ufeff\uffa0"
)


def clean_text(text: str, *, field: str, most: int, wanted: bool = False) -> str:
    """Return a text without blanks around it. Control and direction-changing characters are refused.

    Raises ``InvalidInput`` for a missing or unprintable text and ``TooLarge`` beyond ``most`` characters.
    """
    if len(text) > most * 2:
        raise TooLarge(_("This text has more than %(most)s characters."), field=field, most=most)
    text = text.replace("\r\n", "\n").strip()
    if wanted and all(character.isspace() or character in UNSEEN for character in text):
        raise InvalidInput(_("This is needed."), field=field, remedy=_("Write a few words."))
    if len(text) > most:
        raise TooLarge(_("This text has more than %(most)s characters."), field=field, most=most)
    if "\ufffd" in text:
        raise InvalidInput(
            _("This text came in an encoding that cannot be read."), field=field, remedy=_("Send it in UTF-8.")
        )
    if has_unwanted(text):
        raise InvalidInput(
            _("This text holds characters that cannot be shown."), field=field, remedy=_("Type it anew.")
        )
    return text


def clean_line(text: str, *, field: str, most: int, wanted: bool = False) -> str:
    """Return a text as ``clean_text`` does, on one line: a title goes into subjects of mails and cells of tables."""
    return " ".join(clean_text(text, field=field, most=most, wanted=wanted).split())


def clean_lines(*, most: int, **texts: str) -> dict[str, str]:
    """Return texts that are needed, by field, as ``clean_line`` does: the names of a thing in both languages."""
    return {field: clean_line(text, field=field, most=most, wanted=True) for field, text in texts.items()}


# Embeddings, overrides and isolates (Unicode UAX 9); words written from right to left need none of them.
_TURNING: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def has_unwanted(text: str) -> bool:
    """Say whether a text holds control characters, halves of characters, or marks that turn the direction of words."""
    return not text.isprintable() and any(_is_unwanted(character) for character in text)


def printable(text: str) -> str:
    """Return somebody else's text as a terminal may show it: a mark stands for what would move or hide words."""
    return "".join("\ufffd" if _is_unwanted(character) else character for character in text)


def _is_unwanted(character: str) -> bool:
    if character in "\n\t":
        return False
    # Cc: control, Cs: half a character, and the marks that turn the direction of what follows.
    return unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING


def shortened(text: str, *, most: int) -> str:
    """Return a text, or as much of it as fits into ``most`` characters with ``…`` behind it: it goes on.

    For where the whole is a step away: a title made of a first line, a notice that leads to its page. What somebody
    writes is never shortened; it is refused (``clean_text``).
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
