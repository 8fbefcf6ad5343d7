"""Asking by SQL: for officers who may, over datasets whose rows they read; the columns and past statements beside."""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from tianqu.base.errors import TianquError
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.datasets.api import (
    DATASETS_MAX,
    EXPORTS,
    SQL_MAX,
    SQL_ROWS_MAX,
    Answer,
    Column,
    ask_sql,
    dataset_called,
    open_version,
    view_name,
    written,
)
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.data.words import WORDS, title_of
from tianqu.web.layout.errors import faults

MAY: Final = "datasets.sql"
SHOWN_MAX: Final = 200  # rows of the page; the file holds all of them
HISTORY: Final = "data_sql"  # of the session: it ends when the officer signs out
HISTORY_MAX: Final = 10
HISTORY_SQL_MAX: Final = 2_000  # characters


@require_http_methods(["GET", "HEAD", "POST"])
def sql(request: PageRequest) -> HttpResponse:
    """Write a statement beside the columns that it may read; run it, look at the answer or take it away."""
    require(request.actor, MAY)
    given = request.POST if request.method == "POST" else request.GET
    codes = [code for code in re.split(r"[\s,，;；]+", given.get("datasets", "").replace("\0", "")) if code]
    text = given.get("sql", "")
    if request.method != "POST":
        return _page(request, codes, text or _first(codes))
    try:
        answer = ask_sql(request.actor, text, datasets=codes)
    except TianquError as error:
        return _page(request, codes, text, errors=faults(error), status=error.status)
    _remember(request, codes, text)
    return _file(answer) if given.get("form") == "csv" else _page(request, codes, text, answer=answer)


def _page(
    request: PageRequest, codes: list[str], text: str, *, answer: Answer | None = None, errors: Faults | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        **WORDS, "codes": ", ".join(codes), "text": text, "answer": answer, "errors": errors or Faults(),
        "views": _views(request.actor, codes), "history": request.session.get(HISTORY, []), "shown_max": SHOWN_MAX,
        "rows_max": SQL_ROWS_MAX, "datasets_max": DATASETS_MAX, "characters_max": SQL_MAX,
        "seconds_max": f"{settings.TIANQU_QUERY_SECONDS_MAX:g}", "megabytes_max": settings.TIANQU_SQL_MEMORY_MB,
    }  # fmt: skip
    return render(request, "data/sql.html", context, using="jinja2", status=status)


def _views(actor: Actor, codes: list[str]) -> list[tuple[str, str, str, tuple[Column, ...]]]:
    """Each dataset as a statement names it, its title, its code and the columns that may be read; none that may not."""
    views = []
    for code in codes[:DATASETS_MAX]:
        try:
            opened = open_version(actor, dataset_called(actor, code))
        except TianquError:
            continue  # the statement's own refusal names it
        views.append((view_name(code), title_of(opened.dataset), code, opened.schema.columns))
    return views


def _first(codes: list[str]) -> str:
    return f"SELECT *\nFROM {view_name(codes[0])}\nLIMIT 100" if codes else ""


def _remember(request: PageRequest, codes: list[str], text: str) -> None:
    if len(text) > HISTORY_SQL_MAX:
        return
    asked = {"sql": text, "datasets": ", ".join(codes)}
    before = [each for each in request.session.get(HISTORY, []) if {**each, "at": ""} != {**asked, "at": ""}]
    request.session[HISTORY] = [{**asked, "at": timezone.now().isoformat()}, *before][:HISTORY_MAX]


def _file(answer: Answer) -> HttpResponse:
    lines = [csv_line([_cell(value) for value in row]) for row in answer.rows]
    told = HttpResponse("\ufeff" + csv_line(answer.names) + "".join(lines), content_type=EXPORTS["csv"])
    told["Content-Disposition"] = content_disposition_header(True, "answer.csv") or "attachment"
    return told


def _cell(value: Any) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else written(value)
