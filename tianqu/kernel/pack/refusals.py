"""A refused form in words: by field, what was wrong and what would be right, in the language of the page."""

from __future__ import annotations

from django.utils.translation import get_language, gettext

from tianqu.base.errors import InvalidInputs, TianquError


class Faults(dict[str, str]):
    """The sentences of a refused form by field; a field without fault has ""."""

    def __missing__(self, field: str) -> str:
        return ""


def faults(error: TianquError) -> Faults:
    """Return an error's sentences by field."""
    errors = error.errors if isinstance(error, InvalidInputs) else [error]
    return Faults({one.field: refusal_said(one) for one in errors})


def refusal_said(error: TianquError) -> str:
    """Say what was wrong and what would be right."""
    return " ".join(sentence_said(text, error) for text in (error.message, error.remedy) if text)


def sentence_said(text: str, error: TianquError) -> str:
    """Say one of an error's sentences; what has a name in English is called so where the page is."""
    if not text:
        return ""
    return gettext(text) % error.parameters_in(english=not (get_language() or "").startswith("zh"))
