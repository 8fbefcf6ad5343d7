"""The minutes of ordered services: a volunteer's visits that were booked, and in which book they stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tianqu.kernel.ledgers.api import Transfer
from tianqu.kernel.orders.api import Order, item_version
from tianqu.packs.practice.models import Station, Team, Visit


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit that was booked: what was ordered, and for whom the volunteer went; ``team`` None where on their own."""

    order_id: UUID
    title: str
    title_en: str
    day: date
    team: Team | None
    station: Station
    minutes: int
    voucher: int


def booked_visits(person_id: UUID) -> list[BookedVisit]:
    """The visits of a volunteer that were booked, the newest first. Read with open eyes, for the volunteer alone."""
    return list(_booked(Visit.objects.filter(person_id=person_id)).values())


def visits_with(ids: Collection[int]) -> dict[int, BookedVisit]:
    """Booked visits by their identifiers. Read with open eyes."""
    return _booked(Visit.objects.filter(id__in=ids))


def _booked(rows: QuerySet[Visit]) -> dict[int, BookedVisit]:
    visits = list(rows.filter(minutes__isnull=False).select_related("team").order_by("-in_at"))
    moved = Transfer.objects.filter(reference__in=[f"visit:{one.id}" for one in visits])
    books = dict(moved.values_list("reference", "book__code"))
    stations = Station.objects.in_bulk([code.removeprefix("practice.") for code in books.values()])
    items = dict(Order.objects.filter(id__in=[one.order_id for one in visits]).values_list("id", "item_id"))
    found: dict[int, BookedVisit] = {}
    for one in visits:
        assert one.in_at is not None and one.minutes is not None and one.voucher is not None, one.id
        item = item_version(items[one.order_id])
        found[one.id] = BookedVisit(
            one.order_id, item.title, item.title_en, timezone.localdate(one.in_at), one.team,
            stations[books[f"visit:{one.id}"].removeprefix("practice.")], one.minutes, one.voucher,
        )  # fmt: skip
    return found
