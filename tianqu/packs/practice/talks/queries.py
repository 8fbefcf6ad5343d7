"""Reading what a round of talks is made of: the talks that villages ordered, and the teams that give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils.dateparse import parse_date

from tianqu.kernel.orders.api import Offer, Offered, Order, State, item_version
from tianqu.kernel.pack.api import Asked, CarrierOffered, Stage, Standing, VisitAsked
from tianqu.kernel.places.api import Unit
from tianqu.packs.practice.models import Membership, Team, Volunteer
from tianqu.packs.practice.services.matching import service_of_item

SUBJECTS: Final = ("theory", "law", "health", "science")  # of which teams speak
LASTS_MINUTES: Final = 60
WINDOWS: Final = {"day": (8 * 60, 18 * 60), "evening": (18 * 60, 22 * 60)}
TALKS_MAX: Final = 500
ENGAGED: Final = (State.DISPATCHED, State.ACCEPTED)
GIVEN: Final = (State.DONE, State.RETURNED, State.CLOSED)


def asked_of(centre: Unit, first: date, last: date, /) -> Asked:
    """The talks ordered for whole villages below a centre, and the teams of their subjects, who ask for nothing.

    ``served`` are the talks that those villages heard in the year of the first day, or are to hear.
    """
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    rows = Team.objects.select_related("station").filter(
        place_path__under=centre.place.path, service__in=SUBJECTS, is_open=True, station__is_open=True
    )
    teams = list(rows.order_by("code"))
    asked = Order.objects.filter(place_path__under=centre.place.path, state=State.PLACED, form__for_whom="village")
    visits = [_visit(one, teams, first=first, last=last) for one in asked.order_by("id")[:TALKS_MAX]]
    times = _times(teams)
    carriers = [
        CarrierOffered(one.code, one.name, one.name_en, one.place_path, _free(days, times.get(one.code, set())))
        for one in teams
    ]
    wanted = [one for one in visits if one is not None]
    return Asked(wanted, carriers, _heard({one.place_path for one in wanted}, year=first.year))


def _heard(paths: Collection[str], *, year: int) -> Counter[str]:
    """How many talks places heard in a year, or are to hear."""
    given = Q(state__in=ENGAGED) | Q(state__in=GIVEN, done_at__year=year)
    rows = Order.objects.filter(given, place_path__in=paths, form__for_whom="village").order_by()
    heard = Counter[str]()
    for path, item_id, count in rows.values_list("place_path", "item_id").annotate(Count("id")):
        heard[path] += count if service_of_item(item_version(item_id).code) in SUBJECTS else 0
    return heard


def _visit(one: Order, teams: Collection[Team], *, first: date, last: date) -> VisitAsked | None:
    """A talk that was ordered; None where it is on another subject, or wished for on another day."""
    item, wished = item_version(one.item_id), parse_date(str(one.form.get("day", "")))
    service = service_of_item(item.code)
    if service not in SUBJECTS or (wished is not None and not first <= wished <= last):
        return None
    opens, closes = WINDOWS.get(one.form.get("window", ""), (0, 24 * 60))
    return VisitAsked(
        id=str(one.id), place_path=one.place_path, title=item.title, title_en=item.title_en, minutes=LASTS_MINUTES,
        first_on=wished or first, last_on=wished or last, opens=opens, closes=closes,
        prices={team.code: 0 for team in teams if team.service == service},
    )  # fmt: skip


def _times(teams: Collection[Team]) -> dict[str, set[str]]:
    """When the members of teams can come, as they say in their profiles."""
    there = Membership.objects.filter(team__in=teams)
    members = dict(Volunteer.objects.filter(person_id__in=there.values("person_id")).values_list("person_id", "times"))
    found: dict[str, set[str]] = {}
    for team, person_id in there.values_list("team_id", "person_id"):
        found.setdefault(team, set()).update(members.get(person_id, ()))
    return found


def _free(days: Collection[date], times: Collection[str]) -> frozenset[date]:
    """The days on which somebody of a team can come; all of them where nobody has said."""
    said = {each.partition("-")[0] for each in times} or {"weekday", "weekend"}
    return frozenset(day for day in days if ("weekend" if day.isoweekday() > 5 else "weekday") in said)


def standings(names: Collection[str]) -> dict[str, Standing]:
    """How far ordered talks are, and with which team."""
    asked = [UUID(name) for name in names]
    held = Offer.objects.filter(order_id__in=asked, state__in=(Offered.OPEN, Offered.TAKEN), taker__startswith="team:")
    teams = {order_id: taker.partition(":")[2] for order_id, taker in held.values_list("order_id", "taker")}
    stages = {State.PLACED: Stage.WAITING} | dict.fromkeys(ENGAGED, Stage.ENGAGED)
    rows = Order.objects.filter(id__in=asked).values_list("id", "state")
    return {str(name): Standing(stages.get(State(at), Stage.OVER), teams.get(name, "")) for name, at in rows}
