"""The register of contracts as the spreadsheet by which it is brought in, so that what is taken out goes in again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.files.api import SHEET_ROWS_MAX
from tianqu.kernel.journal.api import Actor
from tianqu.packs.village.contracting.queries import WholeRow, whole_contracts
from tianqu.packs.village.queries import ContractFilters
from tianqu.packs.village.tables import SHEETS, contract_cells, titles
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names

PAGES_MAX: Final = SHEET_ROWS_MAX // EXPORT_PAGE


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
