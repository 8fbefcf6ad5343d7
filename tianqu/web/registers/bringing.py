"""Rows of a register from a spreadsheet: the template to fill in, and what became of each line of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from tianqu.base.errors import InvalidInput, TianquError, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import SHEET_BYTES_MAX, SheetColumn, SheetRow, day_read, read_sheet
from tianqu.kernel.pack.api import (
    Pack,
    PageRequest,
    PageResult,
    Register,
    RegisterField,
    Rendered,
    act_named_of,
    arguments_of,
    faults,
    form_of,
    refusal_said,
    template_file,
)
from tianqu.kernel.places.api import require
from tianqu.web.layout.formats import listed
from tianqu.web.registers.cells import unit_of
from tianqu.web.registers.listing import above

LINES_MAX: Final = 500  # each is an act of its own
LANGUAGES: Final = ("zh-hans", "en")
YES: Final = frozenset({"yes", "true", "1", "on", "是", "y", "√"})
NO: Final = frozenset({"no", "false", "0", "否", "n", "×"})
_BETWEEN: Final = re.compile(r"[,;、，；]+")


@dataclass(frozen=True, slots=True)
class LineRefused:
    """A line that was refused: where it stands, in which column, and why."""

    line: int
    column: str
    reason: str


@dataclass(slots=True)
class Report:
    """What became of a file: how many lines were taken, which were refused, what was left unread."""

    taken: int = 0
    refused: list[LineRefused] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def register_bring(request: PageRequest, register: Register, *, pack: Pack) -> PageResult:
    """Take a file of rows and say what became of each line; what was taken is not taken twice."""
    assert register.declares is not None, f"no act declares a row of {register.code}"
    require(request.actor, act_named_of(register.declares))
    report, errors, status = None, dict[str, str](), 200
    if request.method == "POST":
        try:
            report = _taken(request, register)
        except TianquError as error:
            errors, status = dict(faults(error)), error.status
    context = {
        "register": register, "report": report, "errors": {"file": "", **errors}, "summary": list(errors.items()),
        "heads": _heads(register), "megabytes": SHEET_BYTES_MAX // 2**20, "lines_max": LINES_MAX,
        "templates": [
            (form.upper(), reverse(f"{pack.code}:{register.code}_template", kwargs={"form": form}))
            for form in ("xlsx", "csv")
        ],
        "where": [*above(register, pack), (register.title, reverse(f"{pack.code}:{register.code}"))],
    }  # fmt: skip
    return Rendered("registers/bring.html", context, status=status)


def register_template(request: PageRequest, register: Register, *, form: str) -> PageResult:
    """The empty table to fill in, in the language of the page."""
    notes = [_takes(field) for field in form_of(register)]
    sheets = (str(register.title), _("What each column takes"))
    return template_file(register.code, _heads(register), notes, sheets=sheets, form=form)


def _taken(request: PageRequest, register: Register) -> Report:
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(
            gettext_noop("There is no file."), field="file", remedy=gettext_noop("Choose the filled template.")
        )
    read = read_sheet(file.read(SHEET_BYTES_MAX + 1), _columns(register))
    if len(read.rows) > LINES_MAX:
        raise TooLarge(
            gettext_noop("This file has more than %(most)s lines."), field="file", most=LINES_MAX,
            remedy=gettext_noop("Send it in several parts; what was sent twice changes nothing."),
        )  # fmt: skip
    report = Report(remarks=[_(sentence) % parameters for sentence, parameters in read.remarks])
    titles = {field.keyword: str(field.column.title) for field in form_of(register)}
    for row in read.rows:
        try:
            _declare(request, register, row)
            report.taken += 1
        except TianquError as error:
            for name, said in faults(error).items() or [("", refusal_said(error))]:
                report.refused.append(LineRefused(row.line, titles.get(name, ""), said))
    return report


def _declare(request: PageRequest, register: Register, row: SheetRow) -> None:
    assert register.declares is not None
    if row.fault is not None:
        raise row.fault.error
    fields = form_of(register)
    typed = {field.keyword: _typed(field, row.cells) for field in fields}
    arguments = arguments_of(
        register, register.declares, fields, typed, actor=request.actor, sent_id=new_identifier()
    )  # fmt: skip
    register.declares(request.actor, **arguments)


def _typed(field: RegisterField, cells: Mapping[str, str]) -> list[str]:
    """A cell as the form would have sent it: codes for what they are called, days in one writing."""
    text = cells.get(field.keyword, "")
    if field.kind == "yes_no":
        return ["on"] if _truth(field, text) else []
    if field.kind == "choices":
        return [_code(field, part.strip()) for part in _BETWEEN.split(text) if part.strip()]
    if field.kind == "choice":
        return [_code(field, text)]
    if field.kind == "date" and text:
        return [day_read(text, column=field.keyword).isoformat()]
    if field.kind == "lines":
        return ["\n".join(part.strip() for part in re.split(r"[;；\n]", text))]
    return [text]


def _truth(field: RegisterField, text: str) -> bool:
    if not text:
        return bool(field.column.begins)
    if text.casefold() not in YES | NO:
        raise InvalidInput(
            gettext_noop("“%(value)s” is neither yes nor no."), field=field.keyword, value=text[:20],
            remedy=gettext_noop("Write yes or no."),
        )  # fmt: skip
    return text.casefold() in YES


def _code(field: RegisterField, text: str) -> str:
    """The code of what is called so in either language; the text itself where nothing is."""
    for language in LANGUAGES:
        with override(language):
            for code in field.column.choices:
                if text in (code, field.column.said(code)):
                    return code
    return text


def _columns(register: Register) -> list[SheetColumn]:
    fields = form_of(register)
    titles: dict[str, list[str]] = {}
    for language in LANGUAGES:
        with override(language):
            titles[language] = [str(field.column.title) for field in fields]
    return [
        SheetColumn(field.keyword, chinese, english, needed=field.required)
        for field, chinese, english in zip(fields, titles["zh-hans"], titles["en"], strict=True)
    ]


def _heads(register: Register) -> list[str]:
    return [_head(register, each) for each in form_of(register)]


def _head(register: Register, each: RegisterField) -> str:
    unit = unit_of(register, each.column)
    return f"{each.column.title}{f'({unit})' if unit else ''}{'*' if each.required else ''}"


def _takes(field: RegisterField) -> str:
    """What a column takes, in a few words."""
    if field.column.choices:
        return listed(field.column.said(code) for code in field.column.choices)
    if field.kind == "yes_no":
        return listed((_("yes"), _("no")))
    return {"date": "2026-03-09", "money": "1234.50", "moment": "2026-03-09 19:30", "time": "19:30"}.get(
        field.kind, str(field.column.hint)
    )
