"""Carrying a book's balances from an old chart of accounts to a new one, and what a book begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Max, Min

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError, _
from tianqu.kernel.journal.api import Acting, Actor, DoneBefore, act, history
from tianqu.kernel.ledgers.balances import seen_book
from tianqu.kernel.ledgers.books import book_called, close_accounts, may_on_book, open_chart
from tianqu.kernel.ledgers.charts import ChartLine, chart_called, followers_of
from tianqu.kernel.ledgers.known_books import book_log_name
from tianqu.kernel.ledgers.models import Account, Book, ChartMapping, Ledger, Leg, PeriodState
from tianqu.kernel.ledgers.periods import periods_of
from tianqu.kernel.ledgers.posting import (
    CARRIED,
    CARRYING,
    LEGS_MAX,
    NewLeg,
    NewTransfer,
    PostedTransfer,
    hold_numbers,
    post_within,
    sent_before,
)


@dataclass(frozen=True, slots=True)
class CarriedPart:
    """How much of an account's balance goes to one of its followers, debits positive, in the smallest unit."""

    from_code: str
    to_code: str
    amount: int


@act(CARRYING, may=may_on_book)
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
    its balance. ``on`` begins a year, for a year is told by one chart. The days before it must not be open any more;
    nothing of the old chart may be pending, nor dated after ``on``. The same under the same ``transfer_id`` is done
    once. Raises ``Conflict`` and ``InvalidInput``.
    """
    found = book_called(book)
    within = _ledger(found, ledger)
    hold_numbers(book_log_name(book))  # nobody posts while the balances are read
    subject = f"ledger:{within.id}"
    told = {
        "book": book, "ledger": ledger, "from_chart": from_chart, "to_chart": to_chart, "on": on,
        "transfer": transfer_id, "parts": sorted([part.from_code, part.to_code, part.amount] for part in parts),
    }  # fmt: skip
    _done_before(subject, told, transfer_id)
    old = _open_accounts(within, from_chart)
    followers = followers_of(from_chart=from_chart, to_chart=to_chart, on=on)
    for hindrance in _hindrances(found, old, on):
        raise hindrance
    opened = open_chart(within, to_chart, on=on)
    acting.record(
        subject, book=book_log_name(book), after=told | {"accounts": [[one.id, one.code] for one in opened]}
    )  # fmt: skip
    legs = _legs(old, {account.code: account.id for account in opened}, followers, parts)
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
    emptied = Account.objects.filter(id__in=[account.id for account in old]).select_related("book", "ledger")
    close_accounts(acting, list(emptied.order_by("-id")), on=on + timedelta(days=1))  # those below first
    return posted


def _done_before(subject: str, told: Mapping[str, object], transfer_id: UUID) -> None:
    """Raise ``DoneBefore`` where the log says that this very carrying over was done.

    Raises ``Conflict`` where the identifier stands for something else.
    """
    sent = sent_before([transfer_id]).get(transfer_id)
    number = sent[1] if sent is not None else 0  # nothing was moved where nothing stood on the old accounts
    given = plain(told)
    assert isinstance(given, dict)
    for entry in history(subject):
        after = entry.after if isinstance(entry.after, dict) else {}
        if given == {name: after.get(name) for name in given}:
            raise DoneBefore(PostedTransfer(transfer_id, number, again=True))
        if after.get("transfer") == given["transfer"]:
            raise _another(transfer_id)
    if sent is not None:
        raise _another(transfer_id)


def _another(transfer_id: UUID) -> Conflict:
    return Conflict(
        _("Another transfer was posted under this identifier."), field="transfer_id", value=str(transfer_id),
        remedy=_("Give a fresh identifier to each different transfer."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """An open account of the old chart, what it holds (debits less credits), and the codes that may follow it."""

    account: Account
    balance: int
    followers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarryPlan:
    """What carrying a ledger over would move, by the accounts of the old chart, and what stands in its way.

    ``follower`` says what the accounts of the new chart are called.
    """

    lines: list[CarriedLine]
    follower: Mapping[str, ChartLine]
    hindrances: list[TianquError]

    def into(self, parts: Sequence[CarriedPart]) -> dict[str, int]:
        """Return what each account of the new chart would hold. Raises ``InvalidInput`` as the act does."""
        followers = {line.account.code: list(line.followers) for line in self.lines}
        held: dict[str, int] = {}
        for line in self.lines:
            if line.balance:
                for code, amount in _parts_of(line.account, line.balance, followers, parts):
                    held[code] = held.get(code, 0) + amount
        return held


def carry_plan(actor: Actor, *, book: str, ledger: str, from_chart: str, to_chart: str, on: date) -> CarryPlan:
    """Return what ``carry_over`` would do on a day. Raises ``NotFound``, and ``NotPermitted`` without ledgers.see."""
    found = seen_book(actor, book)
    old = _open_accounts(_ledger(found, ledger), from_chart)
    followers = followers_of(from_chart=from_chart, to_chart=to_chart, on=on)
    lines = [
        CarriedLine(one, one.posted_debit - one.posted_credit, tuple(_followers(one.code, followers))) for one in old
    ]
    named = {line["code"]: ChartLine(**line) for line in chart_called(to_chart, on=on).lines}
    return CarryPlan(lines, named, list(_hindrances(found, old, on)))


def _ledger(book: Book, code: str) -> Ledger:
    found = Ledger.objects.filter(book=book, code=code[:40]).first()
    if found is None:
        raise NotFound(
            _("This book has no ledger %(value)s."), field="ledger", value=code[:40],
            remedy=_("Choose one of the ledgers of the book."),
        )  # fmt: skip
    return found


def _open_accounts(ledger: Ledger, chart: str) -> list[Account]:
    """The open accounts of a chart in a ledger, by code. Raises ``NotFound`` where there is none."""
    accounts = Account.objects.filter(ledger=ledger, chart=chart, closed_on=None).select_related("book", "ledger")
    found = list(accounts.order_by("code"))
    if not found:
        raise NotFound(
            _("This ledger has no open account of the chart %(value)s."), field="from_chart", value=chart[:60],
            remedy=_("Choose the chart that its open accounts follow."),
        )  # fmt: skip
    return found


def carry_day(actor: Actor, *, book: str, ledger: str, from_chart: str, to_chart: str) -> date:
    """Return the first 1 January on which a ledger can be carried over, once the days before are closed.

    It is not before the book begins, before anything that stands on the old chart, or before the mapping holds.
    Raises ``NotFound``, and ``NotPermitted`` without ledgers.see.
    """
    found = seen_book(actor, book)
    old = Account.objects.filter(ledger=_ledger(found, ledger), chart=from_chart).values("id")
    last = Leg.objects.filter(account_id__in=old, held=False).aggregate(day=Max("day"))["day"]
    mappings = ChartMapping.objects.filter(from_chart=from_chart, to_chart=to_chart)
    holds = mappings.aggregate(day=Min("valid_from"))["day"]
    return _new_year(max(day for day in (found.first_day, last, holds) if day is not None))


def _new_year(day: date) -> date:
    """The first 1 January that is not before a day."""
    return day if (day.month, day.day) == (1, 1) else date(day.year + 1, 1, 1)


def _open_days(book: Book, *, until: date) -> tuple[date, date] | None:
    """The first days of a book before ``until`` that are open, from and to; days of no period are."""
    begin = book.first_day
    for one in periods_of(book):
        if one.state == PeriodState.OPEN or one.last_day < begin:
            continue
        if one.first_day > begin:
            return (begin, min(one.first_day, until) - timedelta(days=1)) if begin < until else None
        begin = one.last_day + timedelta(days=1)
    return (begin, until - timedelta(days=1)) if begin < until else None


def _hindrances(book: Book, old: Sequence[Account], on: date) -> Iterator[TianquError]:
    """What stands in the way of carrying over: days that are open still, and what would not be moved."""
    if _new_year(on) != on:
        yield InvalidInput(
            _("A book goes over to a new chart with a year, and %(value)s is not 1 January."), field="on",
            value=on.isoformat(), remedy=_("Choose %(day)s."), day=_new_year(on).isoformat(),
        )  # fmt: skip
    if days := _open_days(book, until=on):
        yield Conflict(
            _("The days before %(value)s are still open for entries."), field="on", value=on.isoformat(),
            remedy=_("Finish and close the days from %(first)s to %(last)s first."), first=days[0].isoformat(),
            last=days[1].isoformat(),
        )  # fmt: skip
    for account in old:
        if account.pending_debit or account.pending_credit:
            yield Conflict(
                _("Something is pending on the account %(value)s."), field="ledger", value=account.code,
                remedy=_("Resolve it first."),
            )  # fmt: skip
    moved_later = Leg.objects.filter(account_id__in=[one.id for one in old], held=False, day__gt=on)
    later = set(moved_later.values_list("account_id", flat=True))
    for account in old:
        if account.id in later:
            yield Conflict(
                _("Something on the account %(value)s is dated after %(on)s."), field="on", value=account.code,
                on=on.isoformat(), remedy=_("Choose a later day, or take it back."),
            )  # fmt: skip


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
    next_codes = _followers(account.code, followers)
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


def _followers(code: str, followers: Mapping[str, list[str]]) -> list[str]:
    """What follows an account; one of the book's own follows as the longest code it begins with: 11201 as 112."""
    above = max((known for known in followers if code.startswith(known)), key=len, default="")
    return followers.get(code, followers.get(above, []))
