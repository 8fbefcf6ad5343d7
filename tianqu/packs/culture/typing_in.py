"""What forms of culture send, as values: days, times, amounts, counts, identifiers, photos; and tables as files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, gettext_noop
from openpyxl import Workbook

from tianqu.base.errors import InvalidInput, NotFound, TianquError, at_field
from tianqu.base.identifiers import new_identifier
from tianqu.base.moments import moment_typed
from tianqu.base.spreadsheets import MARK, XLSX, csv_line, harmless
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.pack.api import Download, PageRequest, PageResult
from tianqu.kernel.pack.api import formed as desk_form
from tianqu.packs.culture.words import words

YUAN: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?")
Given = Mapping[str, str]


def day_given(given: Given, name: str) -> date:
    """A day of a form. Raises ``InvalidInput``."""
    try:
        day = parse_date(given.get(name, ""))
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(gettext_noop("This is no day."), field=name, value=given.get(name, "")[:20])
    return day


def moment_given(given: Given) -> datetime:
    """The moment that ``day`` and ``time`` of a form say. Raises ``InvalidInput``."""
    try:
        return moment_typed(f"{given.get('day', '')}T{given.get('time', '')}", zone=timezone.get_current_timezone())
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is no day with a time."), field="day",
            remedy=gettext_noop("Choose a day, and times such as 09:00."),
        ) from error  # fmt: skip


def count_given(given: Given, name: str) -> int:
    """A whole number of a form. Raises ``InvalidInput``."""
    text = given.get(name, "").replace(",", "")
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise InvalidInput(gettext_noop("This is no number."), field=name, value=text[:20])
    return int(text)


def fen_given(text: str, *, field: str) -> int:
    """An amount typed in yuan, in fen. Raises ``InvalidInput``."""
    plain = text.replace(",", "").strip()
    if not YUAN.fullmatch(plain):
        raise InvalidInput(
            gettext_noop("This is no amount."), field=field, value=text[:20],
            remedy=gettext_noop("Write it in yuan, such as 3000 or 3000.50."),
        )  # fmt: skip
    return int(Decimal(plain) * 100)


def id_given(given: Given, name: str) -> UUID:
    """An identifier that a form carries; a fresh one where it is broken."""
    try:
        return UUID(given.get(name, ""))
    except ValueError:
        return new_identifier()


def stored(request: PageRequest, do: Callable[[list[UUID]], object], *, most: int) -> None:
    """Hand the photos of a form in and do something with them; what is refused leaves none of them behind."""
    kept: list[UUID] = []
    try:
        for one in request.FILES.getlist("files")[: most + 1]:
            try:
                kept.append(store_file(request.actor, content=one.read(), name=one.name or "file").id)
            except InvalidInput as error:
                raise at_field(error, "files") from error
        do(kept)
    except TianquError:
        for file_id in kept:
            discard_file(request.actor, file_id=file_id)
        raise


def formed(
    request: PageRequest, template: str, begun: Callable[[], Given], keep: Callable[[Given], tuple[str, str]],
    **more: Any,
) -> PageResult:  # fmt: skip
    """A form of the desk, with the way back to it."""
    context = {"where": [(gettext("Culture"), reverse("culture:desk"))], **words(), **more}
    return desk_form(request, f"culture/{template}.html", begun=begun, keep=keep, **context)


def table_file(name: str, heads: Sequence[object], rows: Iterable[Sequence[object]], *, form: str) -> PageResult:
    """A table as CSV or a workbook. Raises ``NotFound`` for another form."""
    if form == "csv":
        return Download(f"{name}.csv", "text/csv; charset=utf-8", _csv(heads, rows))
    if form != "xlsx":
        raise NotFound(gettext_noop("There is no such file."), field="form", value=form[:20])
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    for row in (heads, *rows):
        sheet.append([cell if cell is None or isinstance(cell, int) else harmless(str(cell)) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return Download(f"{name}.xlsx", XLSX, [content.getvalue()])


def _csv(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterable[bytes]:
    yield f"{MARK}{csv_line(map(str, heads))}".encode()
    for row in rows:
        yield csv_line(row).encode()
