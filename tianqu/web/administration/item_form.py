"""The form of an item's version: a definition as flat fields, and flat fields as a definition again.

A field is called by its path in the definition (``name.zh``); a field in a row of a list by the list, the row on the
page, and its path in the row (``steps-0-name.zh``). Rows left empty are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import (
    CLOCK_KINDS,
    ItemDefinition,
    definition_from,
    questions_in,
    questions_text,
)
from tianqu.web.administration.forms import day_given, day_given_or_none
from tianqu.web.layout.differences import CLOCKS, PAPER_FORMS, STEP_BY

ROWS_MAX, ROWS_SPARE = 60, 2
CHOICES = ("unit_kind", "place_kind")  # what is chosen among what the realm has, with nothing as the first choice
ASKERS = (
    ("resident", _("residents")), ("firm", _("firms")), ("office", _("offices, by acts of their own")),
)  # fmt: skip
IDENTITIES = (("open", _("by name")), ("sealed", _("under seal")), ("anonymous", _("without a name")))
PUBLIC = (("answered", _("when it has been answered")), ("at_once", _("at once")))
URGENCIES = (
    ("none", _("ordinary")),
    ("utilities", _("water, power, gas or heating is out")),
    ("danger", _("danger to people")),
)
YES_NO = (("yes", _("yes")), ("no", _("no")))
CLOCK_TITLES = {**CLOCKS, "extend": _("how far the unit may extend it")}
TEXTS = ("name", "group", "summary")
# The units of a time limit, as a definition writes them.
UNITS = (
    ("working days", _("working days")), ("working hours", _("working hours")),
    ("working minutes", _("working minutes")), ("days", _("days")), ("hours", _("hours")), ("minutes", _("minutes")),
)  # fmt: skip
_ROW_PATH = re.compile(r"(\w+)\[(\d+)\](?:\.(.*))?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a row.

    ``kind`` is text, date, select, or a choice among what the realm has: unit_kind, place_kind.
    """

    name: str
    label: Promise
    kind: str = "text"
    options: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A list in a definition, edited row by row; ``ordered`` rows say at which place they stand."""

    name: str
    title: Promise
    cells: Sequence[Cell]
    hint: Promise | str = ""
    ordered: bool = True


def _both(name: str, zh: Promise, en: Promise) -> tuple[Cell, Cell]:
    return Cell(f"{name}.zh", zh), Cell(f"{name}.en", en)


LISTS = (
    Rows(
        "answerable", _("Who is answerable"), ordered=False,
        hint=_("The kind of unit that answers, and the kind of place it looks after."),
        cells=(
            Cell("unit_kind", _("Kind of unit"), "unit_kind"), Cell("jurisdiction", _("Kind of place"), "place_kind"),
        ),
    ),
    Rows(
        "steps", _("Steps"),
        cells=(
            Cell("code", _("Code")), Cell("by", _("Who does it"), "select", tuple(STEP_BY.items())),
            *_both("name", _("Name in Chinese"), _("Name in English")),
            *_both("note", _("Note in Chinese"), _("Note in English")),
        ),
    ),
    Rows(
        "papers", _("Papers"),
        cells=(
            Cell("code", _("Code")), Cell("form", _("As what"), "select", tuple(PAPER_FORMS.items())),
            Cell("required", _("Must it be there?"), "select", YES_NO),
            *_both("name", _("Name in Chinese"), _("Name in English")),
            *_both("instead", _("What may stand for it, in Chinese"), _("What may stand for it, in English")),
            *_both("note", _("Note in Chinese"), _("Note in English")),
        ),
    ),
    Rows(
        "legal_basis", _("Legal basis"),
        cells=(
            *_both("title", _("Title in Chinese"), _("Title in English")),
            Cell("number", _("Number")), Cell("article", _("Article")),
            *_both("issued_by", _("Issued by, in Chinese"), _("Issued by, in English")),
            Cell("in_force_from", _("In force from"), "date"), Cell("in_force_to", _("In force until"), "date"),
            Cell("url", _("Web address")),
        ),
    ),
)  # fmt: skip


def values_of(definition: ItemDefinition) -> dict[str, Any]:
    """A definition as the fields of the form show it."""
    stored = definition.as_json()
    values: dict[str, Any] = {name: stored[name] for name in ("code", "family", "public", "urgency", "flow")}
    values |= {"askers": stored["askers"], "identity": stored["identity"], "private": "on" if stored["private"] else ""}
    values["valid_to"] = definition.valid_to.isoformat() if definition.valid_to else ""
    values["keywords"] = "、".join(stored["keywords"])
    values["examples"] = "\n".join(stored["examples"])
    values["questions"] = questions_text(definition.form)
    for name in TEXTS:
        values |= _flat(name, stored[name])
    for kind, promise in stored["clocks"].items():
        for name, text in promise.items():
            values |= _flat_limit(f"clocks.{kind}.{name}", text=text)
    for rows in LISTS:
        for number, each in enumerate(stored[rows.name]):
            values |= _flat_row(rows, number, each)
    return values


def _flat(name: str, text: Any) -> dict[str, str]:
    """A text in two languages; one that reads the same in both stands in the first field alone."""
    if isinstance(text, Mapping):
        return {f"{name}.zh": text["zh"], f"{name}.en": text["en"]}
    return {f"{name}.zh": str(text), f"{name}.en": ""}


def _flat_limit(name: str, *, text: str) -> dict[str, str]:
    """A time limit such as "1 working day" as a number and a unit."""
    amount, _blank, unit = text.partition(" ")
    return {f"{name}.amount": amount, f"{name}.unit": unit if unit.endswith("s") else f"{unit}s"}


def _flat_row(rows: Rows, number: int, each: Mapping[str, Any]) -> dict[str, str]:
    head = f"{rows.name}-{number}-"
    values = {f"{head}place": str(number + 1)} if rows.ordered else {}
    for name, value in each.items():
        if isinstance(value, bool):
            values[f"{head}{name}"] = "yes" if value else "no"
        elif any(cell.name == f"{name}.zh" for cell in rows.cells):
            values |= _flat(f"{head}{name}", value)
        else:
            values[f"{head}{name}"] = str(value)
    return values


def values_sent(sent: QueryDict) -> dict[str, Any]:
    """The fields as somebody sent them, for showing them again and for reading them."""
    values: dict[str, Any] = {name: sent.get(name, "").strip() for name in sent}
    return values | {name: sent.getlist(name) for name in ("askers", "identity")}


def row_count(values: Mapping[str, Any], rows: Rows) -> int:
    """How many rows of a list the page shows: those that are filled, and some spare ones."""
    return min(filled_rows(values, rows) + ROWS_SPARE, ROWS_MAX)


def lists_of(values: Mapping[str, Any]) -> list[tuple[Rows, int, int]]:
    """Every list with how many rows the page shows of it, and how many of them are filled."""
    return [(rows, row_count(values, rows), filled_rows(values, rows)) for rows in LISTS]


def filled_rows(values: Mapping[str, Any], rows: Rows) -> int:
    """How many rows of a list there are up to the last that is filled."""
    head = f"{rows.name}-"
    filled = [
        int(number)
        for name, value in values.items()
        if value and name.startswith(head) and (number := name[len(head) :].partition("-")[0]).isdecimal()
    ]
    return max(filled, default=-1) + 1


@dataclass(frozen=True, slots=True)
class Written:
    """What the fields say, and which row of the page each row of a list was."""

    stored: dict[str, Any]
    rows: Mapping[str, list[int]]

    def field_at(self, path: str) -> str:
        """The name of the field on the page for a path in the definition: ``steps[1].name`` may be steps-3-name.zh."""
        match = _ROW_PATH.match(path)
        if match is None:
            return _named(path)
        numbers = self.rows.get(match[1], [])
        position = int(match[2])
        if position >= len(numbers):
            return f"{match[1]}-0-{_first_cell(match[1])}"
        return f"{match[1]}-{numbers[position]}-{_cell_called(match[1], path=match[3] or '')}"


def _named(path: str) -> str:
    first = path.partition(".")[0]
    if first == "form":
        return "questions"
    if path in TEXTS:
        return f"{path}.zh"
    if first in {rows.name for rows in LISTS}:
        return f"{first}-0-{_first_cell(first)}"
    if first == "clocks":
        return f"{path}.promised.amount" if path.count(".") == 1 else f"{path}.amount"
    return path


def _first_cell(list_name: str) -> str:
    rows = next((rows for rows in LISTS if rows.name == list_name), None)
    return rows.cells[0].name if rows else ""


def _cell_called(list_name: str, *, path: str) -> str:
    rows = next((rows for rows in LISTS if rows.name == list_name), None)
    names = [cell.name for cell in rows.cells] if rows else []
    return next((name for name in names if name in (path, f"{path}.zh")), names[0] if names else "")


def written(values: Mapping[str, Any], *, base: ItemDefinition | None) -> Written:
    """Gather the fields into a stored definition, unchecked; ``base`` is the version from which it was begun."""
    stored: dict[str, Any] = {name: values.get(name, "") for name in ("code", "family", "public", "urgency")}
    stored |= {name: _text(values, name) for name in TEXTS}
    stored |= {"flow": values.get("flow") or "appeal", "private": values.get("private") == "on"}
    stored |= {name: values.get(name, []) for name in ("askers", "identity")}
    stored["keywords"] = [word for word in re.split(r"[\s,，、;；]+", values.get("keywords", "")) if word]
    stored["examples"] = [line.strip() for line in values.get("examples", "").splitlines() if line.strip()]
    stored["clocks"] = _clocks(values)
    stored["form"] = _form(values.get("questions", ""), base)
    numbers: dict[str, list[int]] = {}
    for rows in LISTS:
        found = [(row, number) for number in range(ROWS_MAX) if (row := _row(values, rows, number))]
        if rows.ordered:
            found.sort(key=lambda pair: _place(values, rows, pair[1]))
        stored[rows.name] = [row for row, _number in found]
        numbers[rows.name] = [number for _row_read, number in found]
    return Written(stored, numbers)


def read(values: Mapping[str, Any], what: Written) -> ItemDefinition:
    """Check what was written. Raises ``InvalidInputs`` whose fields are paths in the definition."""
    valid_from = day_given(values, "valid_from")
    return definition_from(what.stored, valid_from=valid_from, valid_to=day_given_or_none(values, "valid_to"))


def _text(values: Mapping[str, Any], name: str) -> Any:
    zh, en = values.get(f"{name}.zh", ""), values.get(f"{name}.en", "")
    return {"zh": zh, "en": en} if zh and en and zh != en else zh or en


def _clocks(values: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    clocks: dict[str, dict[str, str]] = {}
    for kind in CLOCK_KINDS:
        said = {name: _limit(values, f"clocks.{kind}.{name}") for name in ("statutory", "promised")}
        given = {name: text for name, text in said.items() if text}
        if given:
            clocks[kind] = given
    return clocks


def _limit(values: Mapping[str, Any], name: str) -> str:
    """A time limit as a definition writes it, "" where no number was given."""
    amount, unit = values.get(f"{name}.amount", ""), values.get(f"{name}.unit", "")
    if not amount:
        return ""
    return f"{amount} {unit[:-1] if amount == '1' else unit}"


def _form(text: str, base: ItemDefinition | None) -> dict[str, Any]:
    """The questions, with the version of the form: one more than before where they are others."""
    fields = questions_in(text)
    if base is None:
        return {"version": 1, "fields": fields}
    before = base.form.as_json()
    version: int = before["version"]
    return {"version": version if before["fields"] == fields else version + 1, "fields": fields}


def _row(values: Mapping[str, Any], rows: Rows, number: int) -> dict[str, Any]:
    """One row of a list, {} if nothing was written in it. What a select says alone makes no row."""
    head = f"{rows.name}-{number}-"
    if not any(values.get(head + cell.name) for cell in rows.cells if cell.kind != "select"):
        return {}
    row: dict[str, Any] = {}
    for cell in rows.cells:
        name, _dot, language = cell.name.partition(".")
        value = _text(values, head + name) if language else values.get(head + name, "")
        if cell.options is YES_NO:
            value = value != "no"
        if value != "":
            row[name] = value
    return row


def _place(values: Mapping[str, Any], rows: Rows, number: int) -> tuple[float, int]:
    said = values.get(f"{rows.name}-{number}-place", "")
    try:
        return (float(said), number)
    except ValueError:
        return (float("inf"), number)
