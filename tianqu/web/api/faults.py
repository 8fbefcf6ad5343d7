"""What pydantic finds at fault in the shape of an input, in sentences that people read in their own language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

_NO_TEXT: Final = gettext_noop("A text is needed.")
_NO_NUMBER: Final = gettext_noop("A number is needed.")
_NO_WHOLE: Final = gettext_noop("A whole number is needed.")
_NO_TRUTH: Final = gettext_noop("true or false is needed.")
_NO_LIST: Final = gettext_noop("A list is needed.")
_NO_OBJECT: Final = gettext_noop("A JSON object is needed.")
_NO_IDENTIFIER: Final = gettext_noop("A UUID is needed.")
_NO_DAY: Final = gettext_noop("A date like 2026-03-04 is needed.")
_NO_TIME: Final = gettext_noop("A time like 2026-03-04T09:30:00+08:00 is needed.")
# By the first letters of pydantic's name of the fault; the longest that fits counts. Each may use pydantic's context.
SENTENCES: Final[Mapping[str, str]] = {
    "missing": gettext_noop("This field is missing."),
    "extra_forbidden": gettext_noop("There is no such field here."),
    "unknown_query": gettext_noop("This address takes no such parameter."),
    "json": gettext_noop("This is no JSON."),
    "string": _NO_TEXT,
    "string_too_short": gettext_noop("This text needs at least %(min_length)s characters."),
    "string_too_long": gettext_noop("This text may have at most %(max_length)s characters."),
    "string_pattern_mismatch": gettext_noop("This text does not have the form that is needed here."),
    "too_short": gettext_noop("At least %(min_length)s are needed, and there are %(actual_length)s."),
    "too_long": gettext_noop("At most %(max_length)s may be given, and there are %(actual_length)s."),
    "literal_error": gettext_noop("This must be one of: %(expected)s."),
    "enum": gettext_noop("This must be one of: %(expected)s."),
    "int": _NO_WHOLE,
    "float": _NO_NUMBER,
    "decimal": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "is_instance_of": gettext_noop("This value is of the wrong kind."),
    "bool": _NO_TRUTH,
    "list": _NO_LIST,
    "tuple": _NO_LIST,
    "dict": _NO_OBJECT,
    "mapping": _NO_OBJECT,
    "model": _NO_OBJECT,
    "dataclass": _NO_OBJECT,
    "uuid": _NO_IDENTIFIER,
    "date_": _NO_DAY,
    "datetime": _NO_TIME,
    "timezone": gettext_noop("A time needs its offset from UTC."),
    "greater_than_equal": gettext_noop("This must be at least %(ge)s."),
    "greater_than": gettext_noop("This must be more than %(gt)s."),
    "less_than_equal": gettext_noop("This must be at most %(le)s."),
    "less_than": gettext_noop("This must be less than %(lt)s."),
}
OTHER: Final = gettext_noop("This value cannot be taken here.")
REMEDIES: Final[Mapping[str, str]] = {
    "missing": gettext_noop("Give it."),
    "extra_forbidden": gettext_noop("Leave it out, or look its name up at /api/docs."),
    "unknown_query": gettext_noop("Leave it out, or look its name up at /api/docs."),
    "string_pattern_mismatch": gettext_noop(
        "Look its form up at /api/docs; characters that cannot be shown are refused."
    ),
}


def sentence_for(fault: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the sentence for a fault of pydantic, untranslated, with what fills its placeholders."""
    context = {str(name): value for name, value in (fault.get("ctx") or {}).items()}
    sentence = SENTENCES.get(_kind(fault), OTHER)
    try:
        sentence % context
    except KeyError:  # a fault of this kind without what the sentence names
        return OTHER, context
    return sentence, context


def sentence_of(fault: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a fault of pydantic says and what would be right, in the language that is active."""
    sentence, context = sentence_for(fault)
    remedy = REMEDIES.get(_kind(fault), "")
    return gettext(sentence) % context, gettext(remedy) if remedy else ""


def _kind(fault: Mapping[str, Any]) -> str:
    """Return the key of the sentence for a fault: the longest with which its kind begins."""
    kind = str(fault["type"])
    return max((name for name in SENTENCES if kind.startswith(name)), key=len, default="")
