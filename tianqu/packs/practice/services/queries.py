"""Reading ordered services: whom a need meets in one question, what one sees of an order, and thanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_date

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.orders.api import (
    OPEN_STATES,
    Asker,
    Candidate,
    Offer,
    Offered,
    Order,
    ToldOrder,
    Wanted,
    is_asker,
    is_taker,
    item_version,
    note_look,
    offers_of,
    told_order,
)
from tianqu.kernel.pack.api import named
from tianqu.kernel.places.api import Person, can, places_above, require, rows_in_reach
from tianqu.packs.practice.models import Membership, Served, Team, Visit, Volunteer
from tianqu.packs.practice.queries import SEE
from tianqu.packs.practice.services.matching import OPEN_MAX, Matching, Need, service_of_item, times_wanted

LIST_MAX: Final = 200
SHOWN: Final = 12  # candidates on the centre's page
LOAD_DAYS: Final = 30
MATCH: Final = Path(__file__).with_name("match.sql").read_text(encoding="utf-8")


def match(need: Need, *, limit: int, only: str = "") -> Matching:
    """The best teams and volunteers for a need, and how many were left out for what. One question, with open eyes.

    Whom the centre names (``only``) is not too busy: who sends them knows.

    The higher the score the better; of two alike the smaller code is first, so that the same asked again is the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(MATCH, match_values(need, limit=limit, only=only))
        rows = cursor.fetchall()
    told = {"skills": list(need.skills), "languages": list(need.languages), "times": list(need.times)}
    found = tuple(
        Candidate(row[3], row[4], row[5], row[2], {
            "kind": row[0], "far": row[6], "metres": row[7], "able": row[8], "busy": row[9], "minutes": row[10], **told,
        })
        for row in rows if row[1] is None
    )  # fmt: skip
    return Matching(found, {(row[0], row[1]): row[2] for row in rows if row[1] is not None})


def match_values(need: Need, *, limit: int, only: str = "") -> dict[str, Any]:
    """The parameters of the question."""
    since = timezone.make_aware(datetime.combine(need.on - timedelta(days=LOAD_DAYS), time()))
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(need).items()}
    return told | {"since": since, "only": only, "most": limit, "open_max": OPEN_MAX}


def need_of(order: Order, *, asked: tuple[str, ...] = ()) -> Need:
    """What an order asks for, from its place, its form and whoever asked; read with open eyes."""
    path, asker = str(order.place_path), Asker.objects.filter(order_id=order.id).first()
    codes = path.split(".")
    paths = {one.kind: ".".join(codes[: codes.index(one.code) + 1]) for one in places_above(path)}
    lon, lat = (order.lon, order.lat) if order.lon is not None else (order.place.lon, order.place.lat)
    form = order.form
    return Need(
        village=path, township=paths.get("township", path), county=paths.get("county", codes[0]),
        on=timezone.localdate(), lon=float(lon) if lon is not None else None,
        lat=float(lat) if lat is not None else None, service=service_of_item(item_version(order.item_id).code),
        skills=tuple(form.get("skills", ())), languages=tuple(form.get("languages", ())),
        times=times_wanted(_day(form), str(form.get("window", ""))),
        asker_id=asker.person_id if asker else None, asker_phones=phones_of(asker), asked=asked, order_id=order.id,
    )  # fmt: skip


def phones_of(asker: Asker | None) -> tuple[str, ...]:
    """The telephones of whoever asked: the one that they gave, and that of their account; an office's is nobody's."""
    if asker is None:
        return ()
    own = Person.objects.filter(id__in=[asker.person_id] if asker.person_id else [], unit=None).values_list(
        "phone", flat=True
    )
    return tuple(sorted({asker.phone, *own} - {""}))


def find(order: Order, wanted: Wanted) -> tuple[Candidate, ...]:
    """Whom the loop offers an order to."""
    return match(need_of(order, asked=tuple(sorted(wanted.without))), limit=wanted.limit, only=wanted.only).found


def told(order: Order) -> dict[str, Any]:
    """What an offer tells before it is taken: what, in which village, when; nothing that anybody wrote."""
    item, form = item_version(order.item_id), order.form
    return {
        "title": item.title, "title_en": item.title_en, "place": order.place.name, "place_en": order.place.name_en,
        "day": form.get("day", ""), "window": form.get("window", ""),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Service:
    """An order as somebody sees it who asked for it, took it, goes, or leads. ``taker`` is None while nobody has it."""

    told: ToldOrder
    asker: Asker | None
    taker: Offer | None
    team: Team | None
    visits: tuple[Visit, ...]
    goers: tuple[Volunteer, ...]
    members: tuple[Volunteer, ...]
    served: Served | None
    takes: bool  # the actor took it, or goes
    sent_to: str  # the name of the team to which the centre has sent it; "" where it went to a volunteer, or to nobody


def service_of(actor: Actor, order_id: UUID) -> Service:
    """An order within the actor's sight. Raises ``NotFound``; ``NotPermitted`` for a post of another trade."""
    shown, takes = told_order(actor, order_id=order_id), is_taker(actor, order_id)
    if shown.item.flow_code != "ordered_service":
        raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
    if not takes and not is_asker(actor, order_id):
        require(actor, SEE)
    offers, asker = list(offers_of(order_id)), Asker.objects.filter(order_id=order_id).first()
    note_look(actor, asker, order_id=order_id)
    taker = next((one for one in offers if one.state in (Offered.TAKEN, Offered.GOES)), None)
    team = team_of(taker)
    sent = next((one for one in offers if one.state == Offered.OPEN and not one.round), None)
    sent_to = team_of(sent) if can(actor, "orders.assign") else None
    goers = [one for one in offers if one.state in (Offered.TAKEN, Offered.GOES) and one.taker.startswith("volunteer:")]
    goes = [one.person_id for one in goers if one.person_id is not None]
    mine = Membership.objects.filter(team=team).values("person_id")
    return Service(
        shown, asker, taker, team,
        tuple(Visit.objects.filter(order_id=order_id).order_by("number")),
        tuple(Volunteer.objects.filter(person_id__in=goes).order_by("number")),
        tuple(Volunteer.objects.filter(person_id__in=mine).order_by("number")[:LIST_MAX]) if team else (),
        Served.objects.filter(order_id=order_id).first(), takes, called(sent_to) if sent_to else "",
    )  # fmt: skip


def team_of(taker: Offer | None) -> Team | None:
    """The team that has an order, None where a volunteer or nobody has it; whoever goes along knows who took it."""
    took = "" if taker is None else str(taker.told.get("took", taker.taker))
    if not took.startswith("team:"):
        return None
    return Team.objects.select_related("station").filter(code=took.removeprefix("team:")).first()


def called(team: Team) -> str:
    """What a team is called where others are called the same: with its station, in the language of the page."""
    return f"{named(team)} · {named(team.station)}"


def orders_led(actor: Actor) -> list[Order]:
    """The open orders of services within the actor's reach, the soonest due first, at most 200."""
    require(actor, SEE)
    rows = Order.objects.filter(item__family="practice", state__in=OPEN_STATES).select_related("place", "item")
    return list(rows_in_reach(actor, rows).order_by("due_next_at", "id")[:LIST_MAX])


def candidates_for(actor: Actor, order_id: UUID) -> tuple[Matching, Mapping[str, str]]:
    """Whom the centre may send an order to, with names, and how many were left out for what."""
    order = told_order(actor, order_id=order_id).order
    require(actor, "orders.assign", order)
    with seeing(SYSTEM.scope):
        found = match(need_of(order), limit=SHOWN)
        takers = [one.taker.partition(":")[2] for one in found.found]
        teams = Team.objects.select_related("station").filter(code__in=takers)
        names = {f"team:{one.code}": called(one) for one in teams}
        names |= {f"volunteer:{one.number}": one.name for one in Volunteer.objects.filter(number__in=takers)}
    set_scope(actor.scope)
    return found, names


def thanks_of(team: str) -> list[Served]:
    """The thanks to a team that its station lets everybody read, the newest first."""
    return list(Served.objects.filter(team=team).exclude(shown_at=None).exclude(thanks="").order_by("-shown_at")[:20])


def _day(form: Mapping[str, Any]) -> date | None:
    return parse_date(str(form["day"])) if form.get("day") else None
