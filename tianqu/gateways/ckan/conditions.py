"""Reading ``q`` and ``fq``: words, and conditions on fields, in as much of Solr's language as can be kept exactly.

``field:value``, ``field:"a value"`` and ``field:(one OR "another")``, each with ``+`` before it, or with ``-``, ``!``
or ``NOT`` for those that are not so; conditions stand behind each other or with AND between. What is none of this is
refused and named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from tianqu.base.errors import InvalidInput, _

FACETS: Final = ("organization", "groups", "res_format", "tags")
# What is the same of everything here, which harvesters ask all the same.
CONSTANT: Final = {
    "state": "active", "private": "false", "capacity": "public", "type": "dataset", "dataset_type": "dataset",
    "isopen": "true",
}  # fmt: skip
CONDITIONS_MAX: Final = 50
_WORDED: Final = ("title", "name", "notes", "text")
_VALUE: Final = r'"[^"]*"|[^\s()"]+'
_PART: Final = re.compile(
    rf"""\s*(?:(?P<all>\*:\*)|(?P<and>AND\b|&&)|(?P<sign>[-+!]|NOT\s)\s*(?=\S)
    |(?P<field>[a-z_]+):\s*(?:\((?P<values>[^()]*)\)|(?P<value>{_VALUE}))|(?P<word>{_VALUE}|\S))""",
    re.VERBOSE,
)
_ONE: Final = re.compile(rf"\s*({_VALUE})\s*")
_SIGNS: Final = "~^[]{}"  # of Solr's: nearness, weight, ranges


class SearchRefused(InvalidInput):
    """A search that CKAN calls a Search Query Error."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A package has one of the values of a field, or, ``without``, none of them. No values: it has any at all."""

    field: str
    values: frozenset[str]
    without: bool = False

    def met(self, has: Collection[str]) -> bool:
        """Whether a package meets it that has these values."""
        return (not self.values.isdisjoint(has) if self.values else bool(has)) is not self.without


def read_asked(text: str, *, place: str) -> Iterator[Condition | str]:
    """The conditions and, of ``q``, the words of a text. Raises ``SearchRefused``."""
    position, count, sign = 0, 0, ""
    text = text.strip()
    while position < len(text):
        part = _PART.match(text, position)
        assert part is not None, "any letter is a word"
        position, count = part.end(), count + 1
        if count > CONDITIONS_MAX:
            raise SearchRefused(_("At most %(most)s conditions."), field=place, most=CONDITIONS_MAX)
        if part["sign"] is not None and not sign:
            sign = part["sign"].strip()
            continue
        if part["field"] is not None:
            yield from _condition(part, place, without=sign in ("-", "!", "NOT"))
        elif sign not in ("", "+") or part["sign"] is not None:
            raise refused(f"{sign} {part[0].strip()}", place)
        elif part["word"] is not None:
            yield _word(part["word"], place)
        sign = ""


def _condition(part: re.Match[str], place: str, *, without: bool) -> Iterator[Condition | str]:
    field, whole = part["field"], part[0].strip()
    if field in _WORDED:
        if without or part["value"] is None:
            raise refused(whole, place)
        yield _word(part["value"], place)
        return
    if field not in (*FACETS, *CONSTANT, "owner_org"):
        raise SearchRefused(
            _("There is no condition on %(value)s here."), field=place, value=field[:80],
            remedy=_("Possible: %(allowed)s."), allowed=", ".join(FACETS),
        )  # fmt: skip
    values = [part["value"]] if part["values"] is None else _values(part["values"])
    if not values or any(value[:1] != '"' and any(letter in value for letter in f"?{_SIGNS}") for value in values):
        raise refused(whole, place)
    plain = {value.strip('"') for value in values}
    if values != ["*"] and any("*" in value or not value for value in plain):
        raise refused(whole, place)
    yield Condition(
        "organization" if field == "owner_org" else field, frozenset(plain - {"*"}), without
    )  # fmt: skip


def _values(text: str) -> list[str]:
    """What stands in brackets: values with OR between each two; nothing where it is anything else."""
    found = [match.group(1) for match in _ONE.finditer(text)]
    values, between = found[::2], found[1::2]
    whole = "".join(match.group(0) for match in _ONE.finditer(text)) == text
    lawful = whole and len(found) % 2 == 1 and all(each in ("OR", "||") for each in between)
    return values if lawful and not any(each in ("OR", "AND", "NOT") or each[0] in "-+!" for each in values) else []


def _word(value: str, place: str, /) -> str:
    word = value.strip('"')
    unlawful = value in ("OR", "||", "NOT") or value.endswith(":") or any(letter in value for letter in f"(){_SIGNS}")
    if place == "fq" or unlawful:
        raise refused(value, place)
    return word.strip("*")


def refused(text: str, place: str, /) -> SearchRefused:
    """The error that names what cannot be answered."""
    return SearchRefused(
        _("“%(value)s” cannot be searched here."), field=place, value=text[:80],
        remedy=_("Give words that must all occur, in fq conditions: field:value, field:(one OR two), -field:value."),
    )  # fmt: skip
