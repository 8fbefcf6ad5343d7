"""Reading ordered services: whom a need meets in one question, what one sees of an order, and thanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
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
from tianqu.kernel.places.api import Person, places_above, require, rows_in_reach
from tianqu.packs.practice.models import Membership, Served, Team, Visit, Volunteer
from tianqu.packs.practice.queries import SEE
from tianqu.packs.practice.services.matching import OPEN_MAX, Matching, Need, service_of_item, times_wanted

LIST_MAX: Final = 200
SHOWN: Final = 12  # candidates on the centre's page
LOAD_DAYS: Final = 30
HOURS: Final = """
    SELECT abs(sum(l.amount)) minutes FROM ledgers_book b JOIN ledgers_ledger g ON g.book_id = b.id
    JOIN ledgers_account a ON a.ledger_id = g.id AND a.code = n.account
    JOIN ledgers_leg l ON l.account_id = a.id AND NOT l.held AND l.day >= %(on)s::date - 30
    WHERE b.code = 'practice.' || n.station"""
WHY: Final = ("own", "minor", "closed", "far", "skill", "language", "time")  # volunteers are left out, from 1 on
# Row security keeps the planner from knowing how many a path holds, so that it guesses a few: what is below is written
# so that a wrong guess costs nothing (each station's volunteers are read once, from an index that holds what is asked,
# counted where they are left out and listed where they are able; members are looked up in a hash of these).
MATCH: Final = (
    """
WITH place AS MATERIALIZED (
  SELECT *, 1000 - 150 * far - least(coalesce(metres, 10000) / 50, 400) base FROM (
    SELECT s.code, s.is_open,
      CASE WHEN s.place_path <@ %(village)s::ltree THEN 0
        WHEN s.place_path <@ %(township)s::ltree THEN 1 ELSE 2 END far,
      round(111195 * sqrt((s.lat::float8 - %(lat)s::float8) ^ 2
        + ((s.lon::float8 - %(lon)s::float8) * cos(radians(%(lat)s::float8))) ^ 2))::int metres
    FROM practice_station s WHERE s.place_path <@ %(county)s::ltree) s),
load AS MATERIALIZED (
  SELECT f.taker, count(*)::int busy FROM orders_offer f JOIN orders_order o ON o.id = f.order_id
  WHERE f.made_at >= %(since)s AND f.order_id IS DISTINCT FROM %(order_id)s::uuid
    AND (f.state = 'open' OR f.state IN ('taken', 'goes') AND o.state = 'accepted')
  GROUP BY 1),
barred AS MATERIALIZED (
  SELECT taker, 'asked' why FROM unnest(%(asked)s::text[]) taker
  UNION ALL SELECT taker, 'busy' FROM load
  WHERE busy >= %(open_max)s AND %(only)s = '' AND taker <> ALL (%(asked)s::text[])),
own AS MATERIALIZED (
  SELECT person_id FROM practice_volunteer
  WHERE person_id = %(asker_id)s::uuid OR phone = ANY (%(asker_phones)s::text[])),
person AS MATERIALIZED (
  SELECT p.*, v.* FROM place p, LATERAL (
    SELECT ARRAY[__COUNTS__] counts, count(*) FILTER (WHERE why = 0) able,
      array_agg(person_id) FILTER (WHERE why = 0) persons, array_agg(number) FILTER (WHERE why = 0) numbers,
      array_agg(unit_id) FILTER (WHERE why = 0) units
    FROM (SELECT v.person_id, v.unit_id, v.number, CASE
        WHEN v.person_id IN (SELECT person_id FROM own) THEN 1  -- own
        WHEN v.born_on > (%(on)s::date - interval '18 years')::date AND v.consent_at IS NULL THEN 2  -- minor
        WHEN NOT p.is_open THEN 3  -- closed
        WHEN p.far > CASE v.reach WHEN 'village' THEN 0 WHEN 'township' THEN 1 ELSE 2 END THEN 4  -- far
        WHEN NOT v.skills @> %(skills)s::text[] THEN 5  -- skill
        WHEN NOT v.languages @> %(languages)s::text[] THEN 6  -- language
        WHEN %(times)s::text[] <> '{}' AND NOT v.times && %(times)s::text[] THEN 7 ELSE 0 END why  -- time
      FROM practice_volunteer v WHERE v.station_id = p.code OFFSET 0) v) v),
team AS MATERIALIZED (
  SELECT t.code, t.station_id, t.unit_id, t.leader_person_id, p.far, p.metres, p.base, CASE
      WHEN t.leader_person_id = %(asker_id)s::uuid
        OR t.code IN (SELECT m.team_id FROM practice_membership m JOIN own USING (person_id))
        OR (SELECT q.unit_id IS NULL AND q.phone = ANY (%(asker_phones)s::text[])
          FROM places_person q WHERE q.id = t.leader_person_id) THEN 'own'
      WHEN NOT (t.is_open AND p.is_open) THEN 'closed'
      WHEN %(service)s <> '' AND t.service <> %(service)s THEN 'service' END why
  FROM practice_team t JOIN place p ON p.code = t.station_id),
able AS MATERIALIZED (
  SELECT m.team_id, count(*) FILTER (WHERE m.person_id IN (SELECT unnest(persons) FROM person)) able
  FROM practice_membership m WHERE m.team_id = ANY (ARRAY(SELECT code FROM team WHERE why IS NULL)) GROUP BY 1),
teams AS MATERIALIZED (
  SELECT t.*, able, coalesce(t.why, CASE WHEN able > 0 THEN b.why ELSE 'nobody' END) barred
  FROM team t LEFT JOIN able a ON a.team_id = t.code LEFT JOIN barred b ON b.taker = 'team:' || t.code),
-- Hours and load only take away: whose station lies so far off that they cannot be among the best is not looked up.
pool AS MATERIALIZED (
  SELECT e.*, coalesce(busy, 0) busy, near - 60 * coalesce(busy, 0) base FROM (
    SELECT 'volunteer' kind, 'volunteer:' || number taker, number account, u.unit_id, u.person_id, code station, far,
      metres, 1::bigint able, base near FROM person, unnest(persons, units, numbers) u (person_id, unit_id, number)
    WHERE %(only)s <> '' OR base >= coalesce((
      SELECT base - 200 - 60 * %(open_max)s FROM (SELECT base, sum(able) OVER (ORDER BY base DESC) found FROM person) p
      WHERE found >= %(most)s + (SELECT count(*) FROM barred) ORDER BY base DESC LIMIT 1), -10000)
    UNION ALL SELECT 'team', 'team:' || code, 'T-' || code, unit_id, leader_person_id, station_id, far, metres, able,
      base + 40 + 4 * least(able, 10)::int FROM teams WHERE barred IS NULL) e LEFT JOIN load l USING (taker)
  WHERE taker NOT IN (SELECT taker FROM barred) AND (%(only)s = '' OR taker = %(only)s)),
-- Likewise whoever is behind, without any hours, the last of the best of a first sample.
sample AS MATERIALIZED (SELECT * FROM pool ORDER BY base DESC, taker LIMIT 4 * %(most)s),
near AS MATERIALIZED (
  SELECT * FROM pool WHERE base >= coalesce((
    SELECT n.base - least(coalesce(s.minutes, 0) / 12, 200)::int score FROM sample n LEFT JOIN LATERAL (__HOURS__) s
    ON true ORDER BY score DESC OFFSET %(most)s - 1 LIMIT 1), -10000)),
ranked AS (
  SELECT n.*, coalesce(s.minutes, 0)::int minutes, base - least(coalesce(s.minutes, 0) / 12, 200)::int score
  FROM near n LEFT JOIN LATERAL (__HOURS__) s ON true
  ORDER BY score DESC, n.taker LIMIT %(most)s)
SELECT kind, NULL, score, taker, unit_id, person_id, far, metres, able, busy, minutes FROM ranked
UNION ALL SELECT 'team', barred, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM teams WHERE barred IS NOT NULL GROUP BY barred
UNION ALL SELECT 'volunteer', why, sum(n)::bigint, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM person, unnest('{__WHY__}'::text[], counts) l (why, n) WHERE n > 0 GROUP BY why
UNION ALL SELECT 'volunteer', why, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM barred WHERE taker = ANY (ARRAY(SELECT 'volunteer:' || unnest(numbers) FROM person)) GROUP BY why
ORDER BY 3 DESC, 4
""".replace("__HOURS__", HOURS)
    .replace("__WHY__", ",".join(WHY))
    .replace("__COUNTS__", ", ".join(f"count(*) FILTER (WHERE why = {number})" for number in range(1, len(WHY) + 1)))
)


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
    goers = [one for one in offers if one.state in (Offered.TAKEN, Offered.GOES) and one.taker.startswith("volunteer:")]
    goes = [one.person_id for one in goers if one.person_id is not None]
    mine = Membership.objects.filter(team=team).values("person_id")
    return Service(
        shown, asker, taker, team,
        tuple(Visit.objects.filter(order_id=order_id).order_by("number")),
        tuple(Volunteer.objects.filter(person_id__in=goes).order_by("number")),
        tuple(Volunteer.objects.filter(person_id__in=mine).order_by("number")[:LIST_MAX]) if team else (),
        Served.objects.filter(order_id=order_id).first(), takes,
    )  # fmt: skip


def team_of(taker: Offer | None) -> Team | None:
    """The team that has an order, None where a volunteer or nobody has it; whoever goes along knows who took it."""
    took = "" if taker is None else str(taker.told.get("took", taker.taker))
    if not took.startswith("team:"):
        return None
    return Team.objects.select_related("station").filter(code=took.removeprefix("team:")).first()


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
        names = {f"team:{one.code}": one.name for one in Team.objects.filter(code__in=takers)}
        names |= {f"volunteer:{one.number}": one.name for one in Volunteer.objects.filter(number__in=takers)}
    set_scope(actor.scope)
    return found, names


def thanks_of(team: str) -> list[Served]:
    """The thanks to a team that its station lets everybody read, the newest first."""
    return list(Served.objects.filter(team=team).exclude(shown_at=None).exclude(thanks="").order_by("-shown_at")[:20])


def _day(form: Mapping[str, Any]) -> date | None:
    return parse_date(str(form["day"])) if form.get("day") else None
