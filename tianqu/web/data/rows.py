"""The table of a dataset: conditions by column, order, columns, pages, groups with a plot; all in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tianqu.kernel.datasets.api import (
    Column,
    Condition,
    Opened,
    Page,
    Question,
    Schema,
    Value,
    Version,
    dataset_called,
    declared_datasets,
    groups_page,
    open_version,
    question_of,
    row_numbered,
    row_placed,
    rows_page,
    written,
)
from tianqu.kernel.journal.api import Actor, kept_entry
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import can
from tianqu.web.data.dataset import tabs
from tianqu.web.data.plots import groups_option
from tianqu.web.data.sending import index_asked, opened_as_asked
from tianqu.web.data.words import FUNCTIONS, OPERATORS, WORDS, cell_said, column_title, measure_title, value_said

PAGE: Final = 50
COLUMNS_FIRST: Final = 12  # shown until the reader chooses others
FILTERS_MAX: Final = 30  # columns with a field of their own
BACK: Final = "_back"  # the marks of the pages before; no column can be called so
BACK_MAX: Final = 20
CHOICES_MAX: Final = 20
EMPTY_MEANS: Final = ("null", "filled")


@dataclass(frozen=True, slots=True)
class Filter:
    """The fields of one column in the form: its kind of field, what stands in it, and what may be chosen."""

    column: Column
    kind: str  # choice, text, span
    value: str = ""
    least: str = ""
    greatest: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in words, and the address of the page without it."""

    text: str
    address: str


@require_safe
def rows(request: PageRequest, code: str, number: int | None = None) -> HttpResponse:
    """A page of rows, or of groups, of the newest version, of an older one, or as of any index of the log."""
    dataset = dataset_called(request.actor, code)
    told = asked_in(request.GET)
    named = told if number is None else told | {"version": [str(number)]}
    opened = opened_as_asked(request.actor, dataset, named)
    question = question_of(told, opened.schema, limit=PAGE)
    page = groups_page(opened, question) if question.groups else rows_page(opened, _narrowed(question, opened.schema))
    filters = _filters(opened, told)
    context: dict[str, Any] = {
        **WORDS, "dataset": dataset, "version": opened.version, "question": question, "page": page,
        "tabs": tabs(dataset, opened.version, number, reads=True), "old": number is not None,
        "index": index_asked(told),
        "filters": filters, "chips": _chips(request, question, opened.schema), "kept": _kept(told, filters),
        "columns": opened.schema.columns, "groupable": _groupable(opened.schema),
        "measurable": _measurable(opened.schema), "paging": _paging(request, page), "exports": _exports(opened, told),
        "measure_asked": _last(told, "measure"),
        "shown_columns": question.columns or opened.schema.names[:COLUMNS_FIRST],
    }  # fmt: skip
    context |= _groups(request, opened, question, page) if question.groups else _table(request, opened, page)
    return render(request, "data/rows.html", context, using="jinja2")


def asked_in(query: QueryDict) -> dict[str, list[str]]:
    """What an address asks of the rows: fields that a form left empty ask for nothing."""
    told = {}
    for name, values in query.lists():
        if name == BACK:
            continue
        operator = name.partition(".")[2]
        filled = values if operator in EMPTY_MEANS else [value for value in values if value != ""]
        if filled:
            told[name] = filled
    return told


def _narrowed(question: Question, schema: Schema) -> Question:
    columns = question.columns or schema.names[:COLUMNS_FIRST]
    return Question(columns, question.conditions, sort=question.sort, after=question.after, limit=question.limit)


def _table(request: PageRequest, opened: Opened, page: Page) -> dict[str, Any]:
    columns = [opened.schema.column(name) for name in page.names]
    kwargs = {"code": opened.dataset.code, "number": opened.version.number}
    lines = [
        (
            reverse("dataset_row", kwargs=kwargs | {"row": row_number}) if opened.is_version else "",
            _cells(row, columns),
        )
        for row_number, row in zip(page.numbers, page.rows, strict=True)
    ]
    heads = [(column, _sort_address(request, column.name), _sorted(request, column.name)) for column in columns]
    return {"lines": lines, "heads": heads, "plot": None}


def _groups(request: PageRequest, opened: Opened, question: Question, page: Page) -> dict[str, Any]:
    schema = opened.schema
    titles = {column.name: column_title(column) for column in schema.columns}
    group = [schema.column(name) for name in question.group]
    measures = [(each.name, measure_title(each, titles)) for each in question.measures] or [("count", gettext("Rows"))]
    heads = [(column_title(column), column.numeric, _sort_address(request, column.name), _sorted(request, column.name))
             for column in group]  # fmt: skip
    heads += [(title, True, _sort_address(request, name), _sorted(request, name)) for name, title in measures]
    addresses = [_rows_of(request, group, row) for row in page.rows]
    lines = [
        (address, [_grouped(value, group[place] if place < len(group) else None) for place, value in enumerate(row)])
        for address, row in zip(addresses, page.rows, strict=True)
    ]
    option = None
    if len(group) == 1:
        option = groups_option(page.rows, column=group[0], measure=measures[0][1], addresses=addresses)
    return {"lines": lines, "group_heads": heads, "plot": option, "group_columns": len(group)}


def _rows_of(request: PageRequest, group: Sequence[Column], row: Sequence[Any]) -> str:
    """The address of the rows behind a group: how do we know?"""
    query = request.GET.copy()
    for name in ("group", "measure", "sort", "after", BACK):
        query.pop(name, None)
    for column, value in zip(group, row, strict=False):
        query[f"{column.name}.null" if value is None else column.name] = "1" if value is None else written(value)
    return f"{request.path}?{query.urlencode()}"


def _sort_address(request: PageRequest, name: str) -> str:
    query = _without_place(request)
    query["sort"] = f"-{name}" if request.GET.get("sort") == name else name
    return f"{request.path}?{query.urlencode()}"


def _sorted(request: PageRequest, name: str) -> str:
    """ "ascending", "descending" or ""."""
    sort = request.GET.get("sort", "")
    return "ascending" if sort == name else "descending" if sort == f"-{name}" else ""


def _without_place(request: PageRequest) -> QueryDict:
    query = request.GET.copy()
    for name in ("after", BACK):
        query.pop(name, None)
    return query


def _paging(request: PageRequest, page: Page) -> dict[str, str]:
    """The addresses of the pages around this one; the marks of those before it go along."""
    here, before = request.GET.get("after", ""), request.GET.getlist(BACK)[-BACK_MAX:]
    told = {"first": "", "previous": "", "next": ""}
    if here:
        query = _without_place(request)
        told["first"] = f"{request.path}?{query.urlencode()}"
        if before:
            query.setlist(BACK, before[:-1])
            if before[-1] != "-":
                query["after"] = before[-1]
            told["previous"] = f"{request.path}?{query.urlencode()}"
    if page.after:
        query = _without_place(request)
        query.setlist(BACK, [*before, here or "-"][-BACK_MAX:])
        query["after"] = page.after
        told["next"] = f"{request.path}?{query.urlencode()}"
    return told


def _filters(opened: Opened, told: Mapping[str, Sequence[str]]) -> list[Filter]:
    facts = opened.version.sidecar.get("columns", {})
    filters = []
    for column in opened.schema.columns[:FILTERS_MAX]:
        each = facts.get(column.name, {})
        frequent = [value for value, _count in each.get("frequent", []) if value is not None]
        few = column.type == "boolean" or (
            column.type == "text" and 0 < len(frequent) <= CHOICES_MAX and _told_whole(each)
        )
        one = (told.get(column.name) or [""])[-1] if len(told.get(column.name, ())) <= 1 else ""
        if few:
            values = ["true", "false"] if column.type == "boolean" else sorted(map(str, frequent))
            shown = tuple(
                (value, value_said(value == "true") if column.type == "boolean" else value) for value in values
            )
            filters.append(Filter(column, "choice", value=one, choices=shown))
        elif column.type == "text":
            filters.append(Filter(column, "text", value=_last(told, f"{column.name}.contains")))
        else:
            least, greatest = _last(told, f"{column.name}.ge"), _last(told, f"{column.name}.le")
            filters.append(Filter(column, "span", least=least, greatest=greatest))
    return filters


def _told_whole(facts: Mapping[str, Any]) -> bool:
    """Whether every value of a column is among its frequent ones."""
    told = sum(count for value, count in facts.get("frequent", []) if value is not None)
    return bool(told == facts.get("filled"))


def _last(told: Mapping[str, Sequence[str]], name: str) -> str:
    values = told.get(name, ())
    return values[-1] if values else ""


def _kept(told: Mapping[str, Sequence[str]], filters: Sequence[Filter]) -> list[tuple[str, str]]:
    """What the form has no field for: it goes along unseen."""
    own = {"columns", "group", "measure", "after"}
    for each in filters:
        name = each.column.name
        if each.kind == "choice" and len(told.get(name, ())) <= 1:
            own.add(name)
        elif each.kind == "text":
            own.add(f"{name}.contains")
        elif each.kind == "span":
            own |= {f"{name}.ge", f"{name}.le"}
    return [(name, value) for name, values in told.items() if name not in own for value in values]


def _chips(request: PageRequest, question: Question, schema: Schema) -> list[Chip]:
    chips = []
    for condition in question.conditions:
        query = _without_place(request)
        names = [condition.column] if condition.operator in ("eq", "in") else []
        for name in (*names, f"{condition.column}.{condition.operator}"):
            query.pop(name, None)
        chips.append(Chip(_in_words(condition, schema), f"{request.path}?{query.urlencode()}"))
    return chips


def _cells(row: Sequence[Value], columns: Sequence[Column]) -> list[str]:
    return [cell_said(value, column) for value, column in zip(row, columns, strict=True)]


def _grouped(value: object, column: Column | None) -> str:
    """A value of a group, or a measure where ``column`` is None."""
    if value is None:
        return gettext("(empty)")
    return value_said(value) if column is None else cell_said(value, column)


def _in_words(condition: Condition, schema: Schema) -> str:
    column = schema.column(condition.column)
    values = ", ".join(cell_said(value, column) for value in condition.values[:5])
    more = "…" if len(condition.values) > 5 else ""
    return f"{column_title(column)} {OPERATORS[condition.operator]} {values}{more}".strip()


def _groupable(schema: Schema) -> list[tuple[str, str]]:
    return [(column.name, column_title(column)) for column in schema.columns]


def _measurable(schema: Schema) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for column in schema.columns:
        functions = ("sum", "mean", "min", "max") if column.numeric else ("distinct",)
        told += [
            (f"{function}:{column.name}", f"{column_title(column)}: {FUNCTIONS[function]}") for function in functions
        ]
    return told


def _exports(opened: Opened, told: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """The addresses at which just what is shown is taken away, at this version."""
    asked = {name: values for name, values in told.items() if name not in ("after", "limit")}
    if "as_of_index" not in asked:
        asked["version"] = [str(opened.version.number)]
    query = urlencode(asked, doseq=True)
    forms = ("csv",) if "group" in told or "measure" in told else tuple(WORDS["forms"])
    return [
        (WORDS["forms"][form],
         reverse("dataset_export", kwargs={"code": opened.dataset.code, "form": form}) + f"?{query}")
        for form in forms
    ]  # fmt: skip


@require_safe
def row(request: PageRequest, *, code: str, number: int, row: int) -> HttpResponse:
    """One row, and how anybody can check that it was published: version, part, hash, entry of the log."""
    dataset = dataset_called(request.actor, code)
    opened = open_version(request.actor, dataset, number=number)
    values = row_numbered(opened, row)
    part, place = row_placed(opened, row)
    entry = kept_entry(f"dataset_version:{opened.version.id}")
    kwargs = {"code": code, "number": number}
    context = {
        **WORDS, "dataset": dataset, "version": opened.version, "row": row, "part": part, "place": place,
        "values": list(zip(opened.schema.columns, _cells(values, opened.schema.columns), strict=True)),
        "index": entry.index if entry else None, "origin": settings.TIANQU_ORIGIN,
        "previous": reverse("dataset_row", kwargs=kwargs | {"row": row - 1}) if row else "",
        "next": reverse("dataset_row", kwargs=kwargs | {"row": row + 1}) if row + 1 < opened.version.rows else "",
        "tabs": tabs(dataset, opened.version, _pinned(opened.version, dataset.version), reads=True),
        "source": source_page(request.actor, opened, values),
    }  # fmt: skip
    return render(request, "data/row.html", context, using="jinja2")


def source_page(actor: Actor, opened: Opened, values: Sequence[Value]) -> str:
    """The address at which officials read what a row was read from; "" for others and where there is none."""
    declared = declared_datasets().get(opened.dataset.code)
    page = declared.row_page if declared is not None else None
    told = dict(zip(opened.schema.names, values, strict=True))
    if page is None or not told.get(page.column) or not can(actor, page.permission):
        return ""
    return page.path.format(told[page.column])


def _pinned(version: Version, newest: int) -> int | None:
    return None if version.number == newest else version.number
