"""What is paid: low rents, rents paid ahead or never raised, arrears, and receipts that went elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tianqu.packs.village.rules.facts import ContractKind, Instalment, months_after, years_after
from tianqu.packs.village.rules.laws import GENERAL_RULES_2017, Case, Found, Number, Severity, Version, _
from tianqu.packs.village.rules.peers import rent_of


def low_price(case: Case, version: Version) -> Iterator[Found]:
    """A rent far below the median of its peers; with too few of them it is not comparable, which is no fault."""
    policy, rent = case.policy, rent_of(case.contract)
    if rent is None:
        return
    compared = case.peers.comparison(case.contract, years=policy.peer_years)
    if compared.peers < policy.peers_min or not compared.median:
        sentence = _("Not comparable: %(peers)s contracts are like it, and %(peers_min)s are needed.")
        yield "not_comparable", Severity.NOTICE, sentence, {
            "rent_year_fen": rent, "peers": compared.peers, "peers_min": policy.peers_min,
        }  # fmt: skip
        return
    if rent * 100 < compared.median * policy.low_rent_percent:
        severe = rent * 100 < compared.median * policy.severe_rent_percent
        sentence = _(
            "The rent of %(rent_year_fen)s for a mu and year is %(share_percent)s of %(median_year_fen)s, the median of"
            " %(peers)s contracts like it; below %(limit_percent)s it is low."
        )
        yield "severely_low" if severe else "low", Severity.SEVERE if severe else Severity.FLAG, sentence, {
            "rent_year_fen": rent, "median_year_fen": compared.median, "share_percent": rent / compared.median * 100,
            "peers": compared.peers,
            "limit_percent": policy.severe_rent_percent if severe else policy.low_rent_percent,
        }  # fmt: skip


def prepaid(case: Case, version: Version) -> Iterator[Found]:
    """Rent for many years at once, or for years in which another board will govern."""
    contract, policy = case.contract, case.policy
    board_until = None
    if contract.board_elected_on is not None:
        board_until = years_after(contract.board_elected_on, policy.board_years)
    for instalment in contract.instalments:
        numbers: dict[str, Number] = {
            "due_on": instalment.due_on, "covers_until": instalment.covers_until, "amount_fen": instalment.amount_fen,
        }  # fmt: skip
        if instalment.covers_until > years_after(instalment.due_on, policy.prepaid_years):
            sentence = _(
                "%(amount_fen)s, due on %(due_on)s, pays the rent until %(covers_until)s: more than"
                " %(limit_years)s years ahead."
            )
            yield "years", Severity.FLAG, sentence, {**numbers, "limit_years": policy.prepaid_years}
        if board_until is not None and _binds_next_board(instalment, board_until, policy.prepaid_ordinary_months):
            sentence = _(
                "%(amount_fen)s, due on %(due_on)s, pays the rent until %(covers_until)s, past the term of the board,"
                " which ends on %(board_until)s."
            )
            yield "board", Severity.FLAG, sentence, {**numbers, "board_until": board_until}


def _binds_next_board(instalment: Instalment, board_until: date, ordinary_months: int) -> bool:
    ordinary = months_after(instalment.due_on, ordinary_months)
    return instalment.due_on < board_until < instalment.covers_until and instalment.covers_until > ordinary


def no_escalation(case: Case, version: Version) -> Iterator[Found]:
    """One rent for all of a long term."""
    contract, most = case.contract, case.policy.flat_years
    if contract.until is None or contract.until <= years_after(contract.starts_on, most) or not contract.instalments:
        return
    first = contract.instalments[0]
    length = _length(first)
    if all(one.amount_fen * length == first.amount_fen * _length(one) for one in contract.instalments):
        sentence = _(
            "The rent stays the same until %(until)s; beyond %(limit_years)s years it should rise or be agreed anew."
        )
        yield "flat", Severity.FLAG, sentence, {
            "amount_fen": first.amount_fen, "until": contract.until, "limit_years": most,
        }  # fmt: skip


def _length(instalment: Instalment) -> int:
    """The span that an instalment pays for in thirtieths of a month, so that leap years count as others do."""
    start, until = instalment.covers_from, instalment.covers_until
    months = (until.year - start.year) * 12 + until.month - start.month
    if months_after(start, months) > until:
        months -= 1
    return max(1, months * 30 + (until - months_after(start, months)).days)


def overdue(case: Case, version: Version) -> Iterator[Found]:
    """Instalments that were due long enough ago and are not paid whole."""
    contract, days = case.contract, case.policy.overdue_days
    late = [one for one in contract.instalments if _owed(one) and case.today > one.due_on + timedelta(days=days)]
    if late:
        oldest = min(one.due_on for one in late)
        sentence = _(
            "%(overdue_fen)s in %(instalments)s instalments is unpaid, the oldest for %(late_days)s days, since"
            " %(due_on)s."
        )
        yield "overdue", Severity.FLAG, sentence, {
            "overdue_fen": sum(_owed(one) for one in late), "instalments": len(late), "due_on": oldest,
            "late_days": (case.today - oldest).days, "limit_days": days,
        }  # fmt: skip


def limitation(case: Case, version: Version) -> Iterator[Found]:
    """A claim for rent in instalments is barred three years after the last of them was due: warn before."""
    contract = case.contract
    owed = sum(_owed(one) for one in contract.instalments if one.due_on < case.today)
    if not owed:
        return
    last = max(one.due_on for one in contract.instalments)
    barred_on = _barred_on(last, contract.kind)
    numbers: dict[str, Number] = {"overdue_fen": owed, "due_on": last, "barred_on": barred_on}
    if case.today >= barred_on:
        sentence = _(
            "%(overdue_fen)s is unpaid, and the time to claim it in court, counted from the last instalment on"
            " %(due_on)s, ran out on %(barred_on)s unless it was interrupted."
        )
        yield "barred", Severity.SEVERE, sentence, numbers
    elif case.today >= months_after(last, case.policy.limitation_warning_months):
        sentence = _(
            "%(overdue_fen)s is unpaid, and the time to claim it in court, counted from the last instalment on"
            " %(due_on)s, runs out on %(barred_on)s, in %(left_days)s days."
        )
        yield "near", Severity.SEVERE, sentence, {**numbers, "left_days": (barred_on - case.today).days}


def _barred_on(due_on: date, kind: ContractKind) -> date:
    """Three years; where what the General Principles gave was over before the General Rules came, that stays over.

    The General Principles gave one year for rent that is late or refused (Article 136), two for any other claim
    (Article 135); Interpretation 2018 No. 12, Articles 2 and 3, says what became of them.
    """
    before = years_after(due_on, 1 if kind is ContractKind.LEASE else 2)
    return before if before < GENERAL_RULES_2017 else years_after(due_on, 3)


def _owed(instalment: Instalment) -> int:
    return max(0, instalment.amount_fen - instalment.paid_fen)


def receipts_differ(case: Case, version: Version) -> Iterator[Found]:
    """What was received for, and what stands in the book, must be the same."""
    contract = case.contract
    if contract.receipts_fen is None or contract.posted_fen is None or contract.receipts_fen == contract.posted_fen:
        return
    sentence = _("Receipts say %(receipts_fen)s, the book says %(posted_fen)s: %(difference_fen)s apart.")
    yield "differ", Severity.SEVERE, sentence, {
        "receipts_fen": contract.receipts_fen, "posted_fen": contract.posted_fen,
        "difference_fen": abs(contract.receipts_fen - contract.posted_fen),
    }  # fmt: skip


def private_account(case: Case, version: Version) -> Iterator[Found]:
    """The collective's money belongs on the collective's account."""
    if case.contract.private_account:
        yield "private", Severity.SEVERE, _("Rent was paid to the account of a private person."), {}
