"""Counts without rows: which columns they are broken down by, and which of them are not told, all in the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotFound, _
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.datasets.api import (
    EXPORTS,
    PAGE_MAX,
    Column,
    Dataset,
    Page,
    Question,
    Schema,
    Version,
    cells_page,
    cells_schema,
    dataset_called,
    may_read_rows,
    question_of,
    written,
)
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.data.dataset import tabs, version_shown
from tianqu.web.data.rows import asked_in
from tianqu.web.data.words import WORDS, cell_said

NOT_TOLD: Final = "…"  # in a file: there are cases, and how many is not told


@require_safe
def cells(request: PageRequest, code: str, number: int | None = None) -> HttpResponse:
    """The counts of the newest version or of an older one, broken down as the address asks."""
    dataset, version, schema = _opened(request, code, number)
    question = _asked(request, schema)
    page = cells_page(request.actor, dataset, question, number=version.number)
    total = cells_page(request.actor, dataset, replace(question, group=()), number=version.number)
    columns = [schema.column(name) for name in page.names[:-1]]
    context: dict[str, Any] = {
        **WORDS, "dataset": dataset, "version": version, "old": number is not None, "columns": columns,
        "tabs": tabs(dataset, version, number, reads=may_read_rows(request.actor, dataset, version)),
        "choices": schema.columns, "chosen": question.group, "least": dataset.cell_least,
        "lines": [_line(request, columns, row) for row in page.rows], "total": _total(total),
        "chips": [(_chip(schema, each.column, each.values), _without(request, each.column))
                  for each in question.conditions],
        "kept": [(name, value) for name, values in asked_in(request.GET).items() if name not in ("group", "after")
                 for value in values],
        "file": f"{request.path}.csv?{request.GET.urlencode()}",
    }  # fmt: skip
    return render(request, "data/cells.html", context, using="jinja2")


@require_safe
def cells_file(request: PageRequest, code: str, number: int | None = None) -> HttpResponse:
    """The same counts as CSV; what is not told stands there as "…"."""
    dataset, version, schema = _opened(request, code, number)
    page = cells_page(request.actor, dataset, _asked(request, schema), number=version.number)
    lines = [csv_line([*map(written, row[:-1]), NOT_TOLD if row[-1] is None else row[-1]]) for row in page.rows]
    answer = HttpResponse("\ufeff" + csv_line(page.names) + "".join(lines), content_type=EXPORTS["csv"])
    name = f"{dataset.code}-v{version.number}-counts.csv"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


def _opened(request: PageRequest, code: str, number: int | None) -> tuple[Dataset, Version, Schema]:
    dataset = dataset_called(request.actor, code)
    version = version_shown(dataset, number)
    schema = cells_schema(dataset, version)
    if version is None or schema is None:
        raise NotFound(_("The dataset %(value)s has no cells."), field="dataset", value=code)
    return dataset, version, schema


def _asked(request: PageRequest, schema: Schema) -> Question:
    """What the address asks; by the first column where it says nothing of groups."""
    told = asked_in(request.GET)
    if "group" not in request.GET:
        told["group"] = [schema.names[0]]
    return replace(question_of(told, schema), limit=PAGE_MAX)  # a cube has no more cells


def _line(
    request: PageRequest, columns: list[Column], row: tuple[Any, ...]
) -> tuple[list[tuple[str, str]], int | None]:
    """The values of a cell, each with the address of the counts of it alone, and the count; None: not told."""
    cells = []
    for column, value in zip(columns, row[:-1], strict=True):
        query = request.GET.copy()
        query.pop(column.name, None)
        query[f"{column.name}.null" if value is None else column.name] = "1" if value is None else written(value)
        said = gettext("(empty)") if value is None else cell_said(value, column)
        cells.append((said, f"{request.path}?{query.urlencode()}"))
    return cells, row[-1]


def _total(page: Page) -> int | None:
    """All cases of a single line; None where several are told, or none may be."""
    found = page.rows[0][-1] if len(page.rows) == 1 else None
    return found if isinstance(found, int) else None


def _chip(schema: Schema, name: str, values: tuple[Any, ...]) -> str:
    column = schema.column(name)
    said = ", ".join(cell_said(value, column) for value in values) or gettext("(empty)")
    return f"{WORDS['column_title'](column)}: {said}"


def _without(request: PageRequest, name: str) -> str:
    query = request.GET.copy()
    for each in list(query):
        if each.partition(".")[0] == name:
            query.pop(each)
    return f"{request.path}?{query.urlencode()}"
