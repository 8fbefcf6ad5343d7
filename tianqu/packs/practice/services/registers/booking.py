"""The minutes of visits in the ledger, and what the journal keeps of a visit and of what was said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Acting, writing
from tianqu.kernel.ledgers.api import NewLeg, NewTransfer, needed_account_within, post_within
from tianqu.kernel.occasions.api import Span, checked_in_between, lock_numbers, minutes_free, spans_by_number
from tianqu.kernel.orders.api import Event, Order
from tianqu.packs.practice.acts import FIRST_DAY
from tianqu.packs.practice.models import LEDGER, Served, Station, Visit, Volunteer

ALONE: Final = "SERVICES"  # the account from which volunteers who went on their own get their minutes
HOURS_MAX: Final = 12  # of one visit


def book_confirmed(acting: Acting, order: Order, event: Event) -> None:
    """Book what both sides have confirmed, with that step."""
    book_visits(acting, order)


def book_visits(acting: Acting, order: Order) -> int:
    """Book the whole minutes between coming and leaving, for each who went; return the sum.

    What was booked of the same number already, at households or activities, is taken off: no minute counts twice.
    """
    actor = acting.actor
    with writing(acting):
        rows = Visit.objects.select_for_update(of=("self",)).select_related("team__station", "station")
        visits = list(rows.filter(order_id=order.id, minutes=None).exclude(out_at=None).order_by("number"))
        lock_numbers({visit.number for visit in visits})
        acting.actor = replace(actor, scope=SYSTEM.scope)  # whoever confirms need not reach the station's book
        for visit in visits:
            _book(acting, visit)
        acting.actor = actor  # before the eyes close: they stay open for the system alone
    return sum(visit.minutes or 0 for visit in visits)


def minutes_of(visit: Visit) -> int:
    """The whole minutes between coming and leaving but for those booked elsewhere, at most twelve hours; open eyes."""
    assert visit.in_at is not None and visit.out_at is not None, visit.id
    span = visit.in_at, visit.out_at
    also = visits_booked([visit.number], span)
    return min(minutes_free(visit.number, span, also=also), HOURS_MAX * 60)


def _book(acting: Acting, visit: Visit) -> None:
    assert visit.in_at is not None, visit.id
    minutes = minutes_of(visit)
    if minutes < 1:
        return
    station = _station_of(visit)
    if station is None:
        return
    giving = _account(acting, station, visit.team.account if visit.team else ALONE, side="debit")
    taking = _account(acting, station, visit.number, side="credit")
    posted = post_within(acting, book=station.book, transfers=[
        NewTransfer(
            new_identifier(), timezone.localdate(visit.in_at), (NewLeg(giving, minutes), NewLeg(taking, -minutes)),
            kind="hours", reference=f"visit:{visit.id}",
        )
    ])  # fmt: skip
    visit.minutes, visit.voucher = minutes, posted[0].number
    visit.save(update_fields=["minutes", "voucher"])
    record_visit(acting, visit)


def visits_booked(numbers: Collection[str], within: Span) -> dict[str, list[Span]]:
    """By number, the visits that were booked between two moments. Read with open eyes."""
    rows = Visit.objects.filter(number__in=list(numbers), minutes__gt=0, in_at__lt=within[1], out_at__gt=within[0])
    return spans_by_number(rows.values_list("number", "in_at", "out_at"))


def flag_elsewhere(acting: Acting, visit: Visit) -> None:
    """Mark a visit during which somebody was elsewhere, and the other visit; who has not left is there for a while."""
    assert visit.in_at is not None, visit.number
    begin, end = visit.in_at, visit.out_at or visit.in_at
    there = Q(out_at__gte=begin) | Q(out_at=None, in_at__gte=begin - timedelta(hours=HOURS_MAX))
    with writing(acting):
        rows = Visit.objects.select_for_update().filter(there, number=visit.number, in_at__lte=end)
        others = list(rows.exclude(order_id=visit.order_id))
        for other in others:
            if not other.elsewhere:
                other.elsewhere = True
                other.save(update_fields=["elsewhere"])
                record_visit(acting, other)
        taking_part = checked_in_between(visit.person_id, begin=begin, end=end)
    visit.elsewhere = visit.elsewhere or bool(others) or taking_part


def _station_of(visit: Visit) -> Station | None:
    """In whose book a visit is booked; None for an old one of somebody who went alone and erased their profile."""
    if visit.team is not None or visit.station is not None:
        return visit.team.station if visit.team is not None else visit.station
    known = Volunteer.objects.select_related("station").filter(number=visit.number).first()
    return known.station if known is not None else None


def _account(acting: Acting, station: Station, code: str, *, side: str) -> int:
    return needed_account_within(
        acting, book=station.book, ledger=LEDGER, code=code, name=code, element="other", side=side,
        opened_on=FIRST_DAY,
    )  # fmt: skip


def record_visit(acting: Acting, visit: Visit) -> None:
    """Record a visit as it is."""
    names = ("order_id", "person_id", "number", "team_id", "in_at", "out_at", "minutes", "voucher", "elsewhere")
    acting.record_row(f"visit:{visit.id}", visit, names, sealed=True)


def record_served(acting: Acting, served: Served) -> None:
    """Record what both sides said."""
    names = ("respectful", "as_described", "words", "rated_at", "thanks", "thanked_at", "shown_at")
    acting.record_row(f"served:{served.order_id}", served, names, sealed=True)
