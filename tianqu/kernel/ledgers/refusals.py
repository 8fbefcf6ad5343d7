"""What the database's laws say, as typed errors that name the field and what would be right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DataError, IntegrityError
from psycopg.errors import NumericValueOutOfRange, UniqueViolation

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError, _
from tianqu.kernel.journal.api import Refusals, constraint_of, lawful_by, refused_by

_REFUSED: Final[Refusals] = {
    "ledgers_leg_known": (
        NotFound, "account_id", _("There is no such account or book."), _("Name accounts of a book within your sight."),
    ),
    "ledgers_one_book": (
        InvalidInput, "legs", _("The legs lie in more than one book."), _("Post one transfer in each book."),
    ),
    "ledgers_account_open": (
        Conflict, "day", _("One of the accounts is closed, or was not open on this day."),
        _("Choose another day or account."),
    ),
    "ledgers_balanced": (
        InvalidInput, "legs", _("The legs do not sum to zero in each ledger."),
        _("Debits (positive) and credits (negative) of a ledger must be equal."),
    ),
    "ledgers_whole": (
        InvalidInput, "legs", _("The legs are not those that were announced."),
        _("Post a transfer with all of its legs at once."),
    ),
    "ledgers_first_day": (
        InvalidInput, "day", _("This day lies before the book begins, or before the transfer's own."),
        _("Choose a later day."),
    ),
    "ledgers_period_closed": (
        Conflict, "day", _("This day lies in a period that is closed."), _("Choose a day that is open."),
    ),
    "ledgers_period_closing": (
        Conflict, "day", _("This day lies in a period that is being closed; it takes only adjustments."),
        _("Choose another day, or post an adjustment."),
    ),
    "ledgers_reversal": (
        Conflict, "transfer_id", _("This is not the reverse of a transfer that was posted before."),
        _("Reverse a posted transfer of the same book, on its day or later."),
    ),
    "ledgers_reversed_once": (
        Conflict, "transfer_id", _("This transfer was reversed already."), _("Look at its reversal."),
    ),
    "ledgers_pending": (
        Conflict, "transfer_id", _("This transfer is not pending."), _("A pending transfer is resolved once."),
    ),
    "ledgers_resolution_pkey": (
        Conflict, "transfer_id", _("This transfer is not pending."), _("A pending transfer is resolved once."),
    ),
    "ledgers_held": (  # raised by the laws of a pack, for a transfer that something of its own rests on
        Conflict, "transfer_id", _("This transfer waits for the matter that rests on it."),
        _("It is posted, voided or taken back by what is decided there."),
    ),
    "ledgers_in_time": (
        Conflict, "transfer_id", _("The time of this pending transfer is over."), _("Void it, and post another one."),
    ),
    "ledgers_account_limits": (
        Conflict, "amount", _("A limit of one of the accounts would be passed."),
        _("Move less, or have the limit changed."),
    ),
    "ledgers_account_empty": (
        Conflict, "account_id", _("This account is not empty."),
        _("Move its balance first, and resolve what is pending."),
    ),
    "ledgers_account_once": (
        Conflict, "code", _("This ledger has an account with this code already."), _("Choose another code."),
    ),
    "ledgers_period_apart": (
        Conflict, "first_day", _("Another period of this book has some of these days."), _("Choose its very days."),
    ),
    "ledgers_period_kept": (
        Conflict, "state", _("A closed period stays closed."), _("Correct by a reversal on a day of its own."),
    ),
    "ledgers_chart_version": (
        Conflict, "code", _("Somebody published a version of this chart at the same time."),
        _("Look at it, and publish yours anew if it says something else."),
    ),
    "ledgers_mapping_version": (
        Conflict, "to_chart", _("Somebody declared a mapping of these charts at the same time."),
        _("Look at it, and declare yours anew if it says something else."),
    ),
    "ledgers_chart_validity": (
        Conflict, "valid_from", _("Another version holds on this day."), _("Choose a day after it began."),
    ),
    "ledgers_mapping_validity": (
        Conflict, "valid_from", _("Another version holds on this day."), _("Choose a day after it began."),
    ),
}  # fmt: skip


@contextmanager
def lawful(**given: object) -> Iterator[None]:
    """Turn what the database refuses within the block into a typed error; ``given`` are the values by field."""
    try:
        with lawful_by(lambda error: refusal_of(error, **given)):
            yield
    except DataError as error:
        refused = beyond_sums(error)
        if refused is None:
            raise
        raise refused from error


def refusal_of(error: IntegrityError, **given: object) -> TianquError | None:
    """Return the typed error for a law that was refused; None for what no caller can have caused."""
    return refused_by(_REFUSED, error, **given)


def beyond_sums(error: DataError) -> TianquError | None:
    """Return the typed error for a sum that no account can keep; None for what else the database cannot read."""
    if not isinstance(error.__cause__, NumericValueOutOfRange):
        return None
    return InvalidInput(
        _("The sums of an account would grow beyond what can be counted."), field="amount",
        remedy=_("Move less, or go on with a new account."),
    )  # fmt: skip


def is_repeated(error: IntegrityError, *constraints: str) -> bool:
    """Say whether a row with this key was there already."""
    return isinstance(error.__cause__, UniqueViolation) and constraint_of(error) in constraints
