"""Carrying a book's balances from an old chart of accounts to a new one, and what a book begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.ledgers.books import book_called, close_accounts, may_on_book, open_chart
from tianqu.kernel.ledgers.charts import followers_of
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.models import Account, Ledger
from tianqu.kernel.ledgers.posting import LEGS_MAX, NewLeg, NewTransfer, PostedTransfer, post_within, sent_before

CARRIED: Final = "carry_over"


@dataclass(frozen=True, slots=True)
class CarriedPart:
    """How much of an account's balance goes to one of its followers, debits positive, in the smallest unit."""

    from_code: str
    to_code: str
    amount: int


@act("ledgers.carry_over", may=may_on_book)
def carry_over(
    acting: Acting,
    *,
    book: str,
    ledger: str,
    from_chart: str,
    to_chart: str,
    on: date,
    transfer_id: UUID,
    parts: Sequence[CarriedPart] = (),
) -> PostedTransfer:
    """Carry every balance of a ledger from the accounts of one chart to those that follow them, on the day ``on``.

    The accounts of the new chart are opened, one balanced transfer moves every balance, and the accounts of the old
    chart, then empty, are closed from the next day on. An account with several followers needs ``parts`` that sum to
    its balance. Nothing of the old chart may be pending, nor dated after ``on``. Raises ``Conflict`` and
    ``InvalidInput``.
    """
    if sent_before([transfer_id]):
        raise Conflict(
            _("Another transfer was posted under this identifier."), field="transfer_id", value=str(transfer_id),
            remedy=_("Give a fresh identifier to each different transfer."),
        )  # fmt: skip
    found = book_called(book)
    within = Ledger.objects.filter(book=found, code=ledger[:40]).first()
    if within is None:
        raise NotFound(_("This book has no ledger %(value)s."), field="ledger", value=ledger[:40])
    # The book's next number is taken first, so that nobody posts while the balances are read.
    acting.record(
        f"ledger:{within.id}", book=book_log_name(book),
        after={"book": book, "ledger": ledger, "from_chart": from_chart, "to_chart": to_chart, "on": on},
    )  # fmt: skip
    old = list(Account.objects.filter(ledger=within, chart=from_chart, closed_on=None).select_related("book", "ledger"))
    if not old:
        raise NotFound(
            _("This ledger has no open account of the chart %(value)s."), field="from_chart", value=from_chart[:60]
        )
    followers = followers_of(from_chart=from_chart, to_chart=to_chart, on=on)
    new = {account.code: account.id for account in open_chart(within, to_chart, on=on)}
    legs = _legs(old, new, followers, parts)
    posted = PostedTransfer(transfer_id, 0)
    if legs:
        given = NewTransfer(
            transfer_id,
            on,
            tuple(legs),
            kind=CARRIED,
            reference=f"chart:{to_chart}",
            purpose=f"{from_chart} → {to_chart}",
        )
        posted = post_within(acting, book=book, transfers=[given])[0]
    close_accounts(acting, _empty(old), on=on + timedelta(days=1))
    return posted


def _legs(
    old: Sequence[Account], new: Mapping[str, int], followers: Mapping[str, list[str]], parts: Sequence[CarriedPart]
) -> list[NewLeg]:
    """What empties each old account, and what that fills; followers of several accounts get one leg."""
    out: list[NewLeg] = []
    into: dict[int, int] = {}
    for account in old:
        balance = account.posted_debit - account.posted_credit
        if balance == 0:
            continue
        for code, amount in _parts_of(account, balance, followers, parts):
            if code not in new:
                raise InvalidInput(_("The account %(value)s is not there to follow."), field="parts", value=code[:40])
            into[new[code]] = into.get(new[code], 0) + amount
        out.append(NewLeg(account.id, -balance))
    legs = [*out, *(NewLeg(account_id, amount) for account_id, amount in sorted(into.items()) if amount)]
    if len(legs) > LEGS_MAX:
        raise InvalidInput(_("A transfer has from 2 to %(most)s legs."), field="ledger", value=len(legs), most=LEGS_MAX)
    return legs


def _parts_of(
    account: Account, balance: int, followers: Mapping[str, list[str]], parts: Sequence[CarriedPart]
) -> list[tuple[str, int]]:
    """Where the balance of an account goes. Raises ``InvalidInput`` where that is not said, or does not sum up."""
    next_codes = followers.get(account.code, followers.get(_above(account.code, followers), []))
    given = [part for part in parts if part.from_code == account.code]
    if not given and len(next_codes) == 1:
        return [(next_codes[0], balance)]
    if not next_codes or not given:
        raise InvalidInput(
            _("Nothing says where the balance of %(value)s goes."), field="parts", value=account.code,
            remedy=_("Say how much goes to which of: %(codes)s."), codes=", ".join(next_codes),
        )  # fmt: skip
    strange = next((part.to_code for part in given if part.to_code not in next_codes), None)
    if strange is not None or sum(part.amount for part in given) != balance:
        raise InvalidInput(
            _("The parts of %(value)s must go to its followers and sum to its balance."), field="parts",
            value=account.code, remedy=_("Say how much goes to which of: %(codes)s."), codes=", ".join(next_codes),
        )  # fmt: skip
    return [(part.to_code, part.amount) for part in given]


def _above(code: str, followers: Mapping[str, list[str]]) -> str:
    """The longest code of the chart that an account of the book's own begins with: 11201 follows 112."""
    return max((known for known in followers if code.startswith(known)), key=len, default="")


def _empty(old: Sequence[Account]) -> list[Account]:
    """The old accounts as the transfer left them, those below first. Raises ``Conflict`` for what is pending."""
    accounts = list(
        Account.objects.filter(id__in=[account.id for account in old]).select_related("book", "ledger").order_by("-id")
    )
    for account in accounts:
        if account.pending_debit or account.pending_credit:
            raise Conflict(
                _("Something is pending on the account %(value)s."), field="ledger", value=account.code,
                remedy=_("Resolve it first."),
            )  # fmt: skip
    return accounts
