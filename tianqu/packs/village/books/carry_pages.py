"""Going over to a new chart: what follows what with its balances, what will stand, and what it came to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, TianquError, at_field
from tianqu.kernel.ledgers.api import CarriedLine, CarriedPart, CarryPlan, carry_over
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults, refusal_said
from tianqu.kernel.places.api import require
from tianqu.packs.village.books.queries import Carrying, carrying_told
from tianqu.packs.village.forms import SENT, TEXT_MAX, day_or_none, said_yuan, sent_id_of, yuan_given
from tianqu.packs.village.keeping.pages import address_of, month_address
from tianqu.packs.village.statements.queries import MONEY
from tianqu.packs.village.words import shown

DO, CHANGE = "do", "change"  # the steps after what will stand was looked at


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds, as a table shows it."""

    code: str
    name: str
    name_en: str
    amount: int


def carry(request: PageRequest, code: str) -> PageResult:
    """Show what would be carried over, then what will stand, then do it; afterwards, what it came to."""
    require(request.actor, "ledgers.carry_over")
    asked = request.POST if request.method == "POST" else request.GET
    given = {name: str(value).strip()[:TEXT_MAX] for name, value in asked.items()}
    try:
        told = carrying_told(request.actor, book=code, on=day_or_none(given, "on"))
    except InvalidInput as error:
        return _shown(carrying_told(request.actor, book=code), given, faults(error), status=error.status)
    if told.done is not None:
        return _came_to(told)
    if request.method != "POST" or told.plan is None or told.hindrances:
        return _shown(told, given, Faults(), status=409 if request.method == "POST" else 200)
    try:
        if given.get("step") == CHANGE:
            return _shown(told, given, Faults())
        parts = _parts(told.plan, given)
        into = told.plan.into(parts)
        if given.get("step") != DO:
            return _shown(told, given, Faults(), into=into)
        if given.get("seen") != _seen(told.plan):
            raise Conflict(
                gettext_noop("What the accounts hold has changed since it was shown."), field="on",
                value=told.on.isoformat(), remedy=gettext_noop("Look at it once more."),
            )  # fmt: skip
        _carry_over(request, told, parts, sent_id=sent_id_of(given.get(SENT, "")))
    except TianquError as error:
        return _shown(told, given, faults(_at_account(error)), status=error.status)
    return Redirect(request.path, notice=gettext("The book was carried over to the new chart."))


def _carry_over(request: PageRequest, told: Carrying, parts: Sequence[CarriedPart], *, sent_id: UUID) -> None:
    carry_over(
        request.actor, book=told.book.code, ledger=MONEY, from_chart=told.from_chart, to_chart=told.to_chart,
        on=told.on, transfer_id=sent_id, parts=parts,
    )  # fmt: skip


def _seen(plan: CarryPlan) -> str:
    """What stands for the balances that somebody has confirmed."""
    told = ",".join(f"{line.account.code}:{line.balance}" for line in plan.lines)
    return hashlib.sha256(told.encode()).hexdigest()


def _split(plan: CarryPlan) -> list[CarriedLine]:
    """The accounts of which somebody must say how much goes where."""
    return [line for line in plan.lines if line.balance and len(line.followers) > 1]


def _parts(plan: CarryPlan, given: Mapping[str, str]) -> list[CarriedPart]:
    """Read how much of each account goes to which, on the side where its balance stands. Raises at the cells."""
    parts: list[CarriedPart] = []
    wrong: list[InvalidInput] = []
    for line in _split(plan):
        sign = 1 if line.balance > 0 else -1
        for code in line.followers:
            try:
                amount = yuan_given(given, _cell(line.account.code, code))
            except InvalidInput as error:
                wrong.append(error)
            else:
                if amount:
                    parts.append(CarriedPart(line.account.code, code, sign * amount))
    if wrong:
        raise InvalidInputs(wrong)
    return parts


def _cell(from_code: str, to_code: str, /) -> str:
    return f"part-{from_code}-{to_code}"


def _at_account(error: TianquError) -> TianquError:
    """Put what was wrong with the parts of an account at its row."""
    return at_field(error, f"parts-{error.value}") if error.field == "parts" else error


def _shown(
    told: Carrying, given: Mapping[str, str], errors: Faults, *, into: Mapping[str, int] | None = None,
    status: int = 200,
) -> PageResult:  # fmt: skip
    """The mapping with its balances; with ``into`` also what will stand, to be confirmed."""
    plan = told.plan
    lines = plan.lines if plan is not None else []
    before = [Held(one.account.code, one.account.name, one.account.name_en, one.balance) for one in lines]
    after = [
        Held(code, plan.follower[code].name, plan.follower[code].name_en, amount)
        for code, amount in sorted((into or {}).items())
        if plan is not None and amount
    ]
    labels = {"on": gettext("First day of the new chart")}
    labels |= {f"parts-{one.account.code}": f"{one.account.code} {shown(one.account)}" for one in lines}
    context = _frame(told, before=before, after=after) | {
        "lines": lines, "split": [line.account.code for line in _split(plan)] if plan is not None else [],
        "follower": plan.follower if plan is not None else {}, "given": given, "errors": errors, "labels": labels,
        "cell": _cell, "confirm": into is not None, "seen": _seen(plan) if plan is not None else "",
        "sent_id": sent_id_of(given.get(SENT, "")),
        "hindrances": [refusal_said(one) for one in told.hindrances],
        "summary": [(name if name in labels else "", sentence) for name, sentence in errors.items()],
    }  # fmt: skip
    return Rendered("village/carry_over.html", context, status=status)


def _came_to(told: Carrying) -> PageResult:
    """What the transfer moved: out of the old accounts, into the new."""
    assert told.done is not None, "nothing was carried over"
    before = [Held(leg.code, leg.name, leg.name_en, -leg.amount) for leg in told.emptied]
    after = [Held(leg.code, leg.name, leg.name_en, leg.amount) for leg in told.filled]
    statements = reverse("village:statements", kwargs={"code": told.book.code})
    return Rendered("village/carried_over.html", _frame(told, before=before, after=after) | {
        "voucher": address_of(told.done.id), "statements": f"{statements}?year={told.on.year}",
    })  # fmt: skip


def _frame(told: Carrying, *, before: Sequence[Held], after: Sequence[Held]) -> dict[str, Any]:
    return {
        "told": told, "shown": shown, "yuan": said_yuan, "before": before, "after": after,
        "before_sums": _sums(before), "after_sums": _sums(after), "on": told.on.isoformat(),
        "where": [(gettext("Books"), reverse("village:books")), (shown(told.book), month_address(told.book.code))],
    }  # fmt: skip


def _sums(rows: Iterable[Held]) -> tuple[str, str]:
    """What stands on the debit and on the credit side."""
    amounts = [row.amount for row in rows]
    return said_yuan(sum(max(one, 0) for one in amounts)), said_yuan(sum(max(-one, 0) for one in amounts))
