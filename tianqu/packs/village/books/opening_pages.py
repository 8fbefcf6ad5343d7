"""What a book begins with: a table of its accounts, typed or read from a file, that becomes one transfer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, at_field
from tianqu.kernel.files.api import SHEET_BYTES_MAX, SheetColumn, read_sheet
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.accounts.forms import account_said
from tianqu.packs.village.books.lacking_accounts import (
    BELOW,
    CELL_MAX,
    KEEP,
    LACKING_MAX,
    LEAVE_OUT,
    OPEN,
    AccountOnTheWay,
    Lacking,
    first_lacking,
    lacking_fields,
    lacking_in,
    refuse_lacking,
    without_lacking,
)
from tianqu.packs.village.books.queries import Opening, opening_told
from tianqu.packs.village.forms import SENT, TEXT_MAX, said_yuan, sent_id_of, yuan_given
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.compound_pages import fen_as_typed
from tianqu.packs.village.keeping.pages import address_of, month_address
from tianqu.packs.village.keeping.queries import OfferedAccount
from tianqu.packs.village.keeping.registers.vouchers import VoucherLine
from tianqu.packs.village.words import shown

SIDES: Final = ("debit", "credit")
SHEET: Final = (
    SheetColumn("code", "科目编码", "Account code", True, ("科目代码", "科目编号", "编码", "Code"), "101"),
    SheetColumn("name", "科目名称", "Account name", False, ("名称", "会计科目", "Name"), ""),
    SheetColumn("debit", "借方余额", "Debit", False, ("借方", "借方金额", "期末借方余额"), "12345.67"),
    SheetColumn("credit", "贷方余额", "Credit", False, ("贷方", "贷方金额", "期末贷方余额"), ""),
)
_IN_LINE: Final = re.compile(r"lines\.([0-9]+)\.(account|debit|credit)_(?:id|fen)")


def opening(request: PageRequest, code: str) -> PageResult:
    """Enter what a book begins with. A file fills the table in; nothing is posted before the table is sent.

    Accounts that are lacking are opened on the way, and what stands in the table is kept.
    """
    require(request.actor, "village.enter_opening")
    told = opening_told(request.actor, book=code)
    if request.method != "POST":
        return _shown(told, {}, Faults(), sent_id_of(""))
    given = {name: str(value).strip()[:TEXT_MAX] for name, value in request.POST.items()}
    if chosen := given.pop("open", ""):  # the button of a line whose account is lacking
        given |= {"change": BELOW, "below": chosen}
    sent_id, change = sent_id_of(given.get(SENT, "")), given.get("change", "")
    try:
        if change in (KEEP, LEAVE_OUT):
            return _shown(told, without_lacking(given) if change == LEAVE_OUT else given, Faults(), sent_id)
        if change in (BELOW, OPEN):
            return _account(request, told, given, sent_id)
        if change == "file":
            return _filled(request, told, given, sent_id)
        _enter(request, told, given, sent_id)
    except TianquError as error:
        return _shown(told, given, faults(error), sent_id, status=error.status)
    return Redirect(address_of(sent_id), notice=gettext("The book begins with these balances."))


def _account(request: PageRequest, told: Opening, given: Mapping[str, str], sent_id: UUID) -> PageResult:
    """Ask for an account that is lacking, or open it and go on with the table."""
    require(request.actor, "ledgers.open_account")
    code = told.book.code
    on_the_way = AccountOnTheWay(request, code, given)
    if given["change"] == BELOW:
        return on_the_way.shown()
    try:
        values = on_the_way.opened()
    except TianquError as error:
        return on_the_way.refused(faults(error), status=error.status)
    notice = gettext("The account %(code)s is open.") % {"code": given.get("code", "")}
    return _shown(opening_told(request.actor, book=code), values, Faults(), sent_id, notice=notice)


def _filled(request: PageRequest, told: Opening, given: Mapping[str, str], sent_id: UUID) -> PageResult:
    """Fill the table from a file; lines whose accounts are lacking are listed, each to be opened."""
    cells, lacking = _read(request, told)
    fault = first_lacking(lacking)
    if fault is not None and len(lacking) > LACKING_MAX:
        raise fault
    values = without_lacking(given) | cells | lacking_fields([one for _line, one in lacking])
    errors = faults(fault) if fault is not None else Faults()
    return _shown(told, values, errors, sent_id, status=fault.status if fault is not None else 200)


def _enter(request: PageRequest, told: Opening, given: Mapping[str, str], sent_id: UUID) -> None:
    """Post the table. Raises every fault of a cell at once, at the cell."""
    refuse_lacking(lacking_in(given, told.open_accounts))
    lines: list[VoucherLine] = []
    wrong: list[InvalidInput] = []
    for account in told.accounts:
        amounts = []
        for side in SIDES:
            try:
                amounts.append(yuan_given(given, f"{side}_{account.id}") or 0)
            except InvalidInput as error:
                wrong.append(error)
        if len(amounts) == len(SIDES) and any(amounts):
            lines.append(VoucherLine(account.id, *amounts))
    if wrong:
        raise InvalidInputs(wrong)
    try:
        acts.enter_opening(request.actor, book=told.book.code, transfer_id=sent_id, lines=lines)
    except TianquError as error:
        raise _at_cell(error, lines) from error


def _at_cell(error: TianquError, lines: Sequence[VoucherLine]) -> TianquError:
    """Put what was wrong with a line at its cell on the page."""
    found = _IN_LINE.fullmatch(error.field or "")
    if found is None:
        return error
    side = "debit" if found[2] == "account" else found[2]
    return at_field(error, f"{side}_{lines[int(found[1]) - 1].account_id}")


def _read(request: PageRequest, told: Opening) -> tuple[dict[str, str], list[tuple[int, Lacking]]]:
    """What a file says of each account, to be looked at before it is sent, and the lines of accounts that are lacking.

    Raises ``InvalidInput`` at the file.
    """
    sent = request.FILES.get("file")
    if sent is None:
        raise InvalidInput(gettext_noop("There is no file."), field="file", remedy=gettext_noop("Choose a file."))
    known, gathering = {one.code: one.id for one in told.accounts}, {one.code for one in told.open_accounts}
    cells = {f"{side}_{one.id}": "" for one in told.accounts for side in SIDES}
    lacking: list[tuple[int, Lacking]] = []
    for row in read_sheet(sent.read(SHEET_BYTES_MAX + 1), SHEET).rows:
        if row.fault is not None:
            raise at_field(row.fault.error, "file")
        said = {part: row.cells.get(part, "")[:CELL_MAX] for part in ("code", "name", *SIDES)}
        if (account := known.get(said["code"])) is not None:
            cells |= {f"{side}_{account}": said[side] for side in SIDES}
        elif said["code"] not in gathering:
            lacking.append((row.line, Lacking(said["code"], said["name"], said["debit"], said["credit"])))
        else:
            raise InvalidInput(
                gettext_noop("Line %(line)s: the account %(value)s gathers those below it."), field="file",
                value=said["code"][:40], line=row.line,
                remedy=gettext_noop("Name the lowest accounts of the book by their codes, without titles and sums."),
            )  # fmt: skip
    return cells, lacking


def _shown(
    told: Opening,
    values: Mapping[str, str],
    errors: Faults,
    sent_id: UUID,
    *,
    status: int = 200,
    notice: str = "",
) -> PageResult:
    code = told.book.code
    labels = {
        "file": gettext("A file with the balances"), "lines": gettext("Balances"),
        "below": gettext("Below which account"),
    }  # fmt: skip
    labels |= {f"{side}_{one.id}": _cell_said(one, side) for one in told.accounts for side in SIDES}
    sums = [sum(fen_as_typed(values.get(f"{side}_{one.id}", "")) for one in told.accounts) for side in SIDES]
    lacking = lacking_in(values, told.open_accounts)
    context: dict[str, Any] = {
        "told": told, "shown": shown, "values": values, "errors": errors, "labels": labels, "sent_id": sent_id,
        "sums": [said_yuan(one) for one in sums], "even": sums[0] == sums[1], "more_debits": sums[0] > sums[1],
        "difference": said_yuan(abs(sums[0] - sums[1])), "address_of": address_of, "notice": notice,
        "lacking": lacking, "lacking_fields": lacking_fields(lacking), "above": [
            (str(one.id), account_said(one)) for one in told.open_accounts
        ],
        "summary": [(name if name in labels else "", sentence) for name, sentence in errors.items()],
        "where": [(gettext("Books"), reverse("village:books")), (shown(told.book), month_address(code))],
    }  # fmt: skip
    return Rendered("village/book_opening.html", context, status=status)


def _cell_said(account: OfferedAccount, side: str) -> str:
    said = gettext("Debit of %(account)s") if side == "debit" else gettext("Credit of %(account)s")
    return said % {"account": f"{account.code} {shown(account)}"}
