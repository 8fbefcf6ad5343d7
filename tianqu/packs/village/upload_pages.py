"""The page on which a spreadsheet is sent, and the report of what became of each of its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.base.spreadsheets import XLSX
from tianqu.kernel.files.api import SHEET_BYTES_MAX, SHEET_ROWS_MAX, SheetRead, SheetRow, read_sheet
from tianqu.kernel.pack.api import Download, Faults, PageRequest, PageResult, Rendered, faults, refusal_said
from tianqu.kernel.places.api import Place
from tianqu.packs.village import acts
from tianqu.packs.village.forms import day_given, home_village, places_context, village_field, village_given
from tianqu.packs.village.registers.importing import CONTRACTS_MAX, PARCELS_MAX, ContractLine, LineOutcome, ParcelLine
from tianqu.packs.village.registers.importing_holdings import HOLDINGS_MAX, HoldingLine
from tianqu.packs.village.tables import (
    KINDS,
    NOTES,
    contract_line,
    csv_template,
    holding_line,
    parcel_line,
    xlsx_template,
)
from tianqu.packs.village.words import english, shown

CONTRACT_ROWS_MAX: Final = 2_000  # each is judged, which costs some statements
REFUSALS_SHOWN: Final = 500
TITLES: Final = {
    "land": _("Upload land"), "contracts": _("Upload contracts"),
    "holdings": _("Upload assets, funds, claims and debts"),
}  # fmt: skip
REGISTERS: Final = {
    "land": (_("Land"), "village:land"), "contracts": (_("Contracts"), "village:contracts"),
    "holdings": (_("Assets and debts"), "village:holdings"),
}  # fmt: skip
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}
Line = TypeVar("Line", ParcelLine, ContractLine, HoldingLine)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was refused: where it stands, in which column, and why."""

    line: int
    column: str
    reason: str


@dataclass(slots=True)
class Report:
    """What became of a file."""

    entered: int
    unchanged: int
    refusals: list[Refusal]
    remarks: list[str]

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return self.entered + self.unchanged + len(self.refusals)


def template(request: PageRequest, *, kind: str, form: str) -> PageResult:
    """The empty table to fill in, as .xlsx or CSV, in the language of the page. Raises ``NotFound``."""
    _check_kind(kind)
    if form not in MEDIA_TYPES:
        raise NotFound(
            gettext_noop("There is no such template."), field="form", value=form[:20],
            remedy=gettext_noop("Choose CSV or XLSX."),
        )  # fmt: skip
    make = csv_template if form == "csv" else xlsx_template
    return Download(f"{kind}.{form}", MEDIA_TYPES[form], [make(kind, english=english())])


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound(
            gettext_noop("There is no register “%(value)s”."), field="kind", value=kind[:40],
            remedy=gettext_noop("Choose land, contracts or holdings."),
        )  # fmt: skip


def upload(request: PageRequest, kind: str) -> PageResult:
    """Take a file, enter its lines, and say what became of each."""
    _check_kind(kind)
    given = {"day": timezone.localdate().isoformat()} | request.POST.dict()
    report, errors, status = None, Faults(), 200
    if request.method == "POST":
        try:
            report = _entered(request, kind, given)
        except TianquError as error:
            errors, status = faults(error), error.status
    village, fields = home_village(request), village_field(request)
    context = {
        "kind": kind, "title": TITLES[kind], "given": given, "errors": errors, "report": report,
        "village": shown(village) if village else "", "fields": fields, "columns": KINDS[kind],
        "notes": [said[english()] for said in NOTES[kind]], "english": english(),
        "megabytes": SHEET_BYTES_MAX // 2**20, "shown_max": REFUSALS_SHOWN,
        "lines_max": CONTRACT_ROWS_MAX if kind == "contracts" else SHEET_ROWS_MAX, "register": REGISTERS[kind],
        **places_context(request, fields, given),
    }  # fmt: skip
    return Rendered("village/upload.html", context, status=status)


def _entered(request: PageRequest, kind: str, given: Mapping[str, str]) -> Report:
    place = village_given(request, given)
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(
            gettext_noop("There is no file."), field="file", remedy=gettext_noop("Choose the filled template.")
        )
    read = read_sheet(file.read(SHEET_BYTES_MAX + 1), KINDS[kind])
    if kind == "land":
        day = day_given(given, "day")
        return _sent(read, kind, lambda cells: parcel_line(cells, day=day), _parcel_sender(request, place), PARCELS_MAX)
    if kind == "holdings":
        day = day_given(given, "day")
        return _sent(
            read, kind, lambda cells: holding_line(cells, day=day), _holding_sender(request, place), HOLDINGS_MAX
        )
    if len(read.rows) > CONTRACT_ROWS_MAX:
        raise InvalidInput(
            gettext_noop("This file has %(value)s contracts, and at most %(most)s are taken at once."), field="file",
            value=len(read.rows), most=CONTRACT_ROWS_MAX, remedy=gettext_noop("Send it in several parts."),
        )  # fmt: skip
    return _sent(read, kind, contract_line, _contract_sender(request, place), CONTRACTS_MAX)


def _parcel_sender(request: PageRequest, place: Place) -> Callable[[Sequence[ParcelLine]], list[LineOutcome]]:
    return lambda lines: acts.import_parcels(request.actor, place_id=place.id, lines=lines)


def _contract_sender(request: PageRequest, place: Place) -> Callable[[Sequence[ContractLine]], list[LineOutcome]]:
    return lambda lines: acts.import_contracts(request.actor, place_id=place.id, lines=lines)


def _holding_sender(request: PageRequest, place: Place) -> Callable[[Sequence[HoldingLine]], list[LineOutcome]]:
    return lambda lines: acts.import_holdings(request.actor, place_id=place.id, lines=lines)


def _sent(
    read: SheetRead,
    kind: str,
    understood: Callable[[Mapping[str, str]], Line],
    send: Callable[[Sequence[Line]], list[LineOutcome]],
    at_once: int,
) -> Report:
    """Send the lines that can be understood, some at once, and gather what became of all."""
    titles = {column.key: column.title_en if english() else column.title_zh for column in KINDS[kind]}
    report = Report(0, 0, [], [gettext(sentence) % parameters for sentence, parameters in read.remarks])
    lines: list[tuple[SheetRow, Line]] = []
    for row in read.rows:
        try:
            if row.fault is not None:
                raise row.fault.error
            lines.append((row, understood(row.cells)))
        except TianquError as error:
            report.refusals.append(Refusal(row.line, titles.get(error.field, error.field), refusal_said(error)))
    language = "en" if english() else "zh"
    for first in range(0, len(lines), at_once):
        some = lines[first : first + at_once]
        for (row, _line), outcome in zip(some, send([line for _row, line in some]), strict=True):
            report.entered += outcome.outcome == "entered"
            report.unchanged += outcome.outcome == "unchanged"
            if outcome.error is not None:
                column = _column(outcome.field, titles)
                report.refusals.append(Refusal(row.line, column, outcome.error[language]))
    report.refusals.sort(key=lambda one: one.line)
    return report


_FIELDS: Final = {"amount_fen": "amount", "settled_fen": "settled",
                  "area_mu_4": "area", "rent_year_fen": "rent_year", "land_class": "class", "parcel_ids": "parcels",
                  "resolution": "agreed", "resolution_reference": "reference", "instalments": "schedule",
                  "matter_id": "matter", "on": "ended_on", "reason": "end_reason"}  # fmt: skip


def _column(field: str, titles: Mapping[str, str]) -> str:
    """What a column is called in which an act found a fault."""
    return titles.get(_FIELDS.get(field, field), "")
