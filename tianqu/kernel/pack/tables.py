"""A table as a page shows it: columns, the rows of this page, and where the neighbouring pages begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from tianqu.base.errors import InvalidInput


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``numeric`` sets it right in tabular figures; ``unit`` stands in the header (万元, 亩, 件).

    An ``optional`` column can be hidden by the reader; ``hidden`` says that it is, until they ask for it.
    """

    name: str
    title: str | Promise
    numeric: bool = False
    unit: str | Promise = ""
    sortable: bool = False
    optional: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One page of a table, with keyset paging.

    ``sort`` is a column's name, with "-" before it for the largest first. ``next_cursor`` and ``previous_cursor``
    go into ``?after=`` and ``?before=``; "" where there is no such page. ``total`` is None when nobody counted.
    ``chosen_field`` names the field of a row's checkbox, for acts on many rows ("" for none); its value is
    ``row.id``.
    """

    caption: str | Promise
    columns: Sequence[Column]
    rows: Sequence[Any]
    sort: str = ""
    next_cursor: str = ""
    previous_cursor: str = ""
    total: int | None = None
    chosen_field: str = ""
    shown: frozenset[str] = field(default_factory=frozenset)

    def shows(self, name: str) -> bool:
        """Say whether the column ``name`` is shown."""
        return any(column.name == name for column in self.visible)

    @property
    def visible(self) -> list[Column]:
        """The columns that are shown: all that are not optional, and the optional ones that were chosen."""
        if not self.shown:
            return [column for column in self.columns if not column.hidden]
        return [column for column in self.columns if not column.optional or column.name in self.shown]


def chosen_columns(query: QueryDict) -> frozenset[str]:
    """Return the optional columns that ``?columns=`` asks for; none means the table's own choice."""
    return frozenset(query.getlist("columns"))


def chosen_sort(query: QueryDict, columns: Sequence[Column], *, default: str) -> str:
    """Return ``?sort=`` if a column can be sorted so, ``default`` when it is not given."""
    asked = query.get("sort", "")
    if not asked:
        return default
    if asked.removeprefix("-") not in {column.name for column in columns if column.sortable}:
        raise InvalidInput(
            _("This table cannot be sorted by %(value)s."),
            field="sort",
            value=asked,
            remedy=_("Choose the name of one of the columns that can be sorted."),
        )
    return asked
