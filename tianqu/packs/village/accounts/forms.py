"""The form that opens an account below another: on a page of its own, and on the way of entering opening balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError, at_field
from tianqu.base.quantities import read_quantity, unit_of
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.ledgers.api import open_account
from tianqu.packs.village.accounts.queries import Below, checked_below
from tianqu.packs.village.forms import Field, Form, Text, day_given
from tianqu.packs.village.keeping.pages import month_address
from tianqu.packs.village.words import english, shown

PERMISSION: Final = "ledgers.open_account"
FLOOR: Final = "floor"
AT_FIELD: Final = {"balance_min": FLOOR, "balance_max": "most"}  # what the act calls them, and what the form does


def account_said(account: Any) -> str:
    """An account by its code and its name."""
    return f"{account.code} {shown(account)}"


def accounts_address(code: str) -> str:
    """The page of the accounts of a book."""
    return reverse("village:book_accounts", kwargs={"code": code})


def account_form(told: Below, *, hidden: Sequence[str] = (), **more: Any) -> Form:
    """Return the form for an account below another. ``hidden``: fields of another form that are kept meanwhile."""
    unit, code = unit_of(told.above.ledger.unit), told.book.code
    fields = [
        Field("code", _("Code"), width="s",
              hint=_("The next that is free. It begins with the code of the account above.")),
        Field("name", _("Name of the account"),
              hint=_("For example a bank and the end of its number. Name a person only where it is kept for them.")),
        Field("name_en", _("Name in English"), required=False),
        Field("opened_on", _("Takes entries from"), "date", width="s",
              hint=_("For opening balances the first day of the book.")),
        Field(FLOOR, _("It may never be overdrawn"), "checkbox",
              hint=_("An entry that would take out more than it holds is refused.")),
        Field("most", _("It may hold at most (%(unit)s)") % {"unit": unit.symbol_en if english() else unit.symbol},
              required=False, width="s", hint=_("Leave it empty where there is no such limit.")),
        *(Field(name, kind="hidden", required=False) for name in hidden),
    ]  # fmt: skip
    where: list[tuple[Text, str]] = [(_("Books"), reverse("village:books")), (shown(told.book), month_address(code)),
             (_("Accounts of the book"), accounts_address(code))]  # fmt: skip
    return Form(
        title=gettext("Open an account below %(account)s") % {"account": account_said(told.above)},
        button=_("Open the ledger account"), permission=PERMISSION, fields=fields, where=where,
        text=_held_said(told), **more,
    )  # fmt: skip


def _held_said(told: Below) -> str:
    if told.above.posted_debit == told.above.posted_credit:
        return ""
    return gettext("What stands on the account above stays there until a voucher moves it down.")


def first_values(told: Below, *, code: str = "", name: str = "") -> dict[str, str]:
    """What stands in the form before anybody typed."""
    return {"code": code or told.code, "name": name, "opened_on": told.day.isoformat()}


def open_below(actor: Actor, told: Below, given: Mapping[str, str]) -> int:
    """Open the account that a form tells, and return its identifier. What is wrong is raised at its field."""
    above, day = told.above, day_given(given, "opened_on")
    checked_below(told, code=given["code"], day=day)
    most = None
    if given.get("most"):
        try:
            most = read_quantity(given["most"], unit_of(above.ledger.unit))
        except InvalidInput as error:
            raise at_field(error, "most") from error
    try:
        return open_account(
            actor, book=told.book.code, ledger=above.ledger.code, chart=above.chart, parent_id=above.id,
            element=above.element, side=above.side, code=given["code"], name=given["name"],
            name_en=given.get("name_en", ""), opened_on=day, balance_min=0 if given.get(FLOOR) == "on" else None,
            balance_max=most,
        )  # fmt: skip
    except TianquError as error:
        if error.field in AT_FIELD:
            raise at_field(error, AT_FIELD[error.field]) from error
        raise
