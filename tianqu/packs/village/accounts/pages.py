"""The pages of a book's accounts: the tree with what each holds, opening one below another, closing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.base.quantities import format_quantity, unit_of
from tianqu.kernel.ledgers.api import close_account
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can
from tianqu.packs.village.accounts.forms import (
    PERMISSION,
    account_form,
    account_said,
    accounts_address,
    first_values,
    open_below,
)
from tianqu.packs.village.accounts.queries import STATES, AccountRow, account_below, account_to_close, account_tree
from tianqu.packs.village.forms import Done, Field, Form, act_page, day_given
from tianqu.packs.village.keeping.pages import month_address
from tianqu.packs.village.keeping.registers.vouchers import opening_of
from tianqu.packs.village.statements.layouts import LAYOUTS
from tianqu.packs.village.statements.queries import MONEY
from tianqu.packs.village.words import english, shown

ROWS: Final = 200
LEDGERS: Final = {MONEY: _("Money"), "land": _("Land")}
STATE_OPTIONS: Final = [("open", _("Takes entries")), ("closed", _("Closed to entries")), ("all", _("Open and closed"))]
assert {value for value, _title in STATE_OPTIONS} == set(STATES)


def accounts(request: PageRequest, code: str) -> PageResult:
    """The accounts of a book as a tree, found by code or name, with what each holds today."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state", "ledger", "back", "after")}
    state = asked["state"] or "open"
    tree = account_tree(
        request.actor, book=code, ledger=asked["ledger"] or MONEY, text=asked["q"], state=state,
        after=asked["after"] or None, limit=ROWS,
    )  # fmt: skip
    unit = unit_of(tree.ledger.unit)
    columns = [
        Column("account", _("Ledger account")),
        Column("held", _("Holds"), numeric=True, unit=unit.symbol_en if english() else unit.symbol),
        Column("state", _("State")), Column("open", _("To do")),
    ]  # fmt: skip
    context = {
        "told": tree.book, "shown": shown, "text": asked["q"], "state": state, "states": STATE_OPTIONS,
        "table": Table(_("Accounts of the book"), columns, tree.rows, next_cursor=tree.after or ""),
        "ledger": tree.ledger.code, "back": asked["back"],
        "ledgers": [(one.code, LEDGERS.get(one.code, one.code)) for one in tree.book.ledgers],
        "said": lambda amount: format_quantity(amount, unit), "behind": lambda row: _behind(row, code),
        "may_open": can(request.actor, PERMISSION), "may_close": can(request.actor, "ledgers.close_account"),
        "may_begin": can(request.actor, "village.enter_opening") and opening_of(tree.book.id) is None,
        "where": [(gettext("Books"), reverse("village:books")), (shown(tree.book), month_address(code))],
    }  # fmt: skip
    return Rendered("village/accounts.html", context)


def _behind(row: AccountRow, code: str) -> str:
    """Where the entries behind what an account of money itself holds are listed; "" where nothing lists them."""
    if row.account.ledger.code != MONEY or row.account.chart not in LAYOUTS or row.parts:
        return ""
    line = f"accounts.{row.account.id}.closing"
    return f"{reverse('village:figure', kwargs={'code': code, 'line': line})}?year={timezone.localdate().year}"


def open_(request: PageRequest, code: str) -> PageResult:
    """Open an account below the one that the address names; it goes back to where one came from."""
    told = account_below(request.actor, book=code, account_id=_number(request.GET.get("below", ""), field="below"))
    back = request.GET.get("back", "")

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        open_below(request.actor, told, given)
        return Done(_back_to(back, code=code), gettext("The account %(code)s is open.") % {"code": given["code"]})

    values = first_values(told, code=request.GET.get("code", "").strip()[:40])
    return act_page(request, account_form(told), perform, values=values)


def _back_to(back: str, *, code: str) -> str:
    """The page from which somebody came; the list of accounts for any other word."""
    known = {
        "opening": "village:book_opening", "month": "village:keeping", "compound": "village:voucher_compound",
    }  # fmt: skip
    return reverse(known.get(back, "village:book_accounts"), kwargs={"code": code})


def close(request: PageRequest, *, code: str, account_id: int) -> PageResult:
    """Close an account that holds nothing, from a day on."""
    row = account_to_close(request.actor, book=code, account_id=account_id)
    said, unit = account_said(row.account), unit_of(row.account.ledger.unit)
    form = Form(
        title=gettext("Close the account %(account)s") % {"account": said}, button=_("Close the ledger account"),
        permission="ledgers.close_account", dangerous=True,
        text=gettext("It holds %(amount)s. A closed account takes no entry any more and cannot be opened again; what"
                     " was entered stays readable.") % {"amount": format_quantity(row.alone, unit)},
        fields=[Field("closed_on", _("Takes nothing from"), "date", width="s")],
        where=[(_("Books"), reverse("village:books")), (_("Accounts of the book"), accounts_address(code))],
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        close_account(request.actor, account_id=account_id, closed_on=day_given(given, "closed_on"))
        return Done(accounts_address(code), gettext("The account %(code)s is closed.") % {"code": row.account.code})

    return act_page(request, form, perform, values={"closed_on": timezone.localdate().isoformat()})


def _number(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidInput(
            gettext_noop("“%(value)s” is none of the list."), field=field, value=text[:40],
            remedy=gettext_noop("Choose one of the list."),
        )  # fmt: skip
    return int(text)
