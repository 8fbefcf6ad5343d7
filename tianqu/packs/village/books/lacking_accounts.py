"""Accounts that a table of opening balances wants and the book has not yet: carried along until each is opened.

A file may tell what stands on 102.01 and 112.03 before these are opened. Nothing of it is lost meanwhile: its lines go
from page to page as hidden fields, with everything else that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput, TianquError, TooLarge
from tianqu.kernel.ledgers.api import Account
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult
from tianqu.packs.village.accounts.forms import account_form, account_said, first_values, open_below
from tianqu.packs.village.accounts.queries import above_code, account_below
from tianqu.packs.village.forms import Form, form_shown, refuse_missing, sent_id_of

LACKING_MAX: Final = 100  # lines that wait for their accounts
PARTS: Final = ("code", "name", "debit", "credit")
KEPT: Final = re.compile(r"(?:debit|credit)_[0-9]{1,15}|lacking_[0-9]{1,3}_(?:code|name|debit|credit)")
CELL_MAX: Final = 120
# What a button of the page asks for, by the field ``change``.
KEEP, BELOW, OPEN, LEAVE_OUT = "keep", "below", "open_account", "leave_out"


@dataclass(frozen=True, slots=True)
class Lacking:
    """A line of a file whose account the book has not: what it says, and the account below which it belongs."""

    code: str
    name: str = ""
    debit: str = ""
    credit: str = ""
    above: Account | None = None

    @property
    def above_said(self) -> str:
        """The account above by its code and name."""
        return account_said(self.above) if self.above is not None else ""


def lacking_in(given: Mapping[str, str], accounts: Sequence[Account]) -> list[Lacking]:
    """The lines of a form that wait for their accounts, without those whose account is there."""
    known = {one.code for one in accounts}
    told = [[given.get(f"lacking_{n}_{part}", "")[:CELL_MAX] for part in PARTS] for n in range(LACKING_MAX)]
    return [
        Lacking(code, name, debit, credit, above_code(accounts, code))
        for code, name, debit, credit in told
        if code and code not in known
    ]


def lacking_fields(lines: Sequence[Lacking]) -> dict[str, str]:
    """The same lines as fields of a form."""
    return {f"lacking_{n}_{part}": getattr(one, part) for n, one in enumerate(lines) for part in PARTS}


def without_lacking(given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without the lines that wait for their accounts."""
    return {name: value for name, value in given.items() if not name.startswith("lacking_")}


def refuse_lacking(lines: Sequence[Lacking]) -> None:
    """Refuse to begin a book while lines of its file are left. Raises ``InvalidInput``."""
    if lines:
        raise InvalidInput(
            gettext_noop("The book has no account %(value)s yet."), field="file", value=lines[0].code,
            remedy=gettext_noop("Open the accounts that are lacking, or leave them out."),
        )  # fmt: skip


class AccountOnTheWay:
    """Opening an account out of the table of opening balances, without losing what stands in the table."""

    def __init__(self, request: PageRequest, code: str, given: Mapping[str, str]) -> None:
        self.request, self.given = request, given
        chosen, _at, self.wanted = given.get("below", "").partition(" ")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 16):
            raise InvalidInput(
                gettext_noop("This is needed."), field="below", remedy=gettext_noop("Choose one of the list.")
            )
        self.told = account_below(request.actor, book=code, account_id=int(chosen))

    def _form(self) -> tuple[Form, dict[str, str]]:
        kept = {name: value for name, value in self.given.items() if KEPT.fullmatch(name) and value}
        kept |= {"change": OPEN, "below": self.given["below"]}
        form = account_form(
            self.told, hidden=tuple(kept), other_button=gettext("Back without opening it"), other_change=KEEP
        )
        return form, kept

    def shown(self) -> PageResult:
        """The form, with what a file says of the account."""
        form, kept = self._form()
        line = self._line()
        values = first_values(self.told, code=line.code, name=line.name) if line else first_values(self.told)
        return form_shown(self.request, form, kept | values, Faults(), self._sent_id)

    def refused(self, errors: Faults, *, status: int) -> PageResult:
        """The form with what was wrong."""
        form, kept = self._form()
        typed = {one.name: self.given.get(one.name, "") for one in form.asked}
        return form_shown(self.request, form, typed | kept, errors, self._sent_id, status=status)

    def opened(self) -> dict[str, str]:
        """Open the account, and return what then stands in the table: on it what its line says.

        What had been typed for the account above moves down with the first account below it, for it is not offered
        any more. Raises what was wrong at the field of the form.
        """
        form, _kept = self._form()
        typed = {one.name: self.given.get(one.name, "") for one in form.asked}
        refuse_missing(form, typed)
        new = open_below(self.request.actor, self.told, typed)
        values = {name: value for name, value in self.given.items() if KEPT.fullmatch(name)}
        line = next((one for one in lacking_in(values, []) if one.code == typed["code"]), None)
        for side in ("debit", "credit"):
            above = values.pop(f"{side}_{self.told.above.id}", "")  # a file often has the sum of the lines below, too
            values[f"{side}_{new}"] = getattr(line, side) if line is not None else above
        return values

    @property
    def _sent_id(self) -> Any:
        return sent_id_of(self.given.get("sent_id", ""))

    def _line(self) -> Lacking | None:
        return next((one for one in lacking_in(self.given, []) if one.code == self.wanted), None)


def first_lacking(lines: Sequence[tuple[int, Lacking]]) -> TianquError | None:
    """The refusal of a file for the first line whose account the book has not; None where it has all."""
    if len(lines) > LACKING_MAX:
        return TooLarge(
            gettext_noop("At most %(most)s accounts may be lacking at once."), field="file", value=len(lines),
            most=LACKING_MAX, remedy=gettext_noop("Open the accounts of the book first, or enter fewer lines."),
        )  # fmt: skip
    for number, one in lines:
        return InvalidInput(
            gettext_noop("Line %(line)s: this book has no account %(value)s to enter."), field="file",
            value=one.code[:40], line=number,
            remedy=gettext_noop("Open it below: what is filled in stays. Titles and sums are left out."),
        )  # fmt: skip
    return None
