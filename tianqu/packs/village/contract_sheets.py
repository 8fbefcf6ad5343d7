"""The register of contracts as the spreadsheet by which it is brought in, so that what is taken out goes in again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.files.api import SHEET_ROWS_MAX
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require
from tianqu.packs.village.models import Contract, ContractState
from tianqu.packs.village.queries import SEE_PARTIES, ContractFilters, ContractRow, RegisterPage, contract_list
from tianqu.packs.village.registers.contracts import terms_of
from tianqu.packs.village.registers.importing import ContractLine
from tianqu.packs.village.tables import SHEETS, contract_cells, titles
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names

PAGES_MAX: Final = SHEET_ROWS_MAX // EXPORT_PAGE


@dataclass(frozen=True, slots=True)
class WholeRow:
    """A contract of a list with everything that its table tells."""

    place_path: str
    line: ContractLine


def whole_contracts(
    actor: Actor, *, filters: ContractFilters, after: str | None = None, limit: int = EXPORT_PAGE
) -> RegisterPage[WholeRow]:
    """List what ``contract_list`` does but for what was struck out, whole; needs village.see_parties."""
    require(actor, SEE_PARTIES)
    page = contract_list(actor, filters=filters, after=after, limit=limit)
    rows = {row.id: row for row in page.rows if row.state != ContractState.STRUCK}
    found = Contract.objects.select_related("place", "matter").prefetch_related("instalments", "held__parcel")
    contracts = {one.id: one for one in found.filter(id__in=list(rows))}
    return RegisterPage([_whole(contracts[row.id], row) for row in rows.values()], page.after)


def _whole(contract: Contract, row: ContractRow) -> WholeRow:
    """The parties as the reader may see them; the village itself is left out, as it may be in the table."""
    lessor = "" if contract.lessor == contract.place.name else row.lessor
    numbers = [one.parcel.number for one in sorted(contract.held.all(), key=lambda one: one.id)]
    terms = replace(terms_of(contract), lessor=lessor, lessee=row.lessee, parcel_ids=(), matter_id=None)
    return WholeRow(row.place_path, ContractLine(
        terms, tuple(numbers), contract.matter.number if contract.matter is not None else "", contract.ended_on,
        contract.end_reason,
    ))  # fmt: skip


def csv_register(actor: Actor, *, filters: ContractFilters, english: bool) -> Iterator[bytes]:
    """The register as CSV; the village stands in a last column, which is not read when it is brought in."""
    return exported(
        _heads(english=english),
        lambda after: whole_contracts(actor, filters=filters, after=after),
        lambda row, names: _cells(row, names, english=english),
    )


def _heads(*, english: bool) -> list[str]:
    return [*titles("contracts", english=english), gettext("Village")]


def _cells(row: WholeRow, names: Mapping[str, str], *, english: bool) -> list[str]:
    return [*contract_cells(row.line, english=english), names.get(row.place_path, "")]


def xlsx_register(actor: Actor, *, filters: ContractFilters, english: bool) -> bytes:
    """The same as a workbook of one sheet, all of it text. Raises ``TooLarge`` beyond 20,000 contracts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEETS["contracts"][english])
    sheet.freeze_panes = "A2"
    sheet.append(_text_cells(sheet, _heads(english=english), bold=True))
    after: str | None = None
    for _page in range(PAGES_MAX):
        page = whole_contracts(actor, filters=filters, after=after)
        names = village_names(page.rows)
        for row in page.rows:
            sheet.append(_text_cells(sheet, _cells(row, names, english=english)))
        after = page.after
        if after is None:
            content = io.BytesIO()
            book.save(content)
            return content.getvalue()
    raise TooLarge(
        _("A workbook takes at most %(most)s contracts."), field="place", most=SHEET_ROWS_MAX,
        remedy=_("Narrow the list by its filters, or choose CSV."),
    )  # fmt: skip


def _text_cells(sheet: Any, texts: Iterable[str], *, bold: bool = False) -> list[Any]:
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=text)
        cell.data_type, cell.number_format = "s", "@"  # a text, also where it begins as a formula does
        cell.font, cell.alignment = Font(bold=bold), Alignment(wrap_text="\n" in text)
        cells.append(cell)
    return cells
