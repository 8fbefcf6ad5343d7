"""What everybody may know of findings: what was left undone, what was put right, and second looks by lot.

It asks for nobody: it tells numbers, days and states, and nothing that somebody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from tianqu.base.errors import NotFound, _
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.places.api import place_with
from tianqu.packs.village.findings.models import Drawing
from tianqu.packs.village.findings.queries import UNANSWERED, dated_mark
from tianqu.packs.village.findings.registers.matters import last_moment
from tianqu.packs.village.parties import without_names
from tianqu.packs.village.queries import RegisterPage, bounded
from tianqu.packs.village.registers.refusals import check_day

TOLD_MAX: Final = 5_000
Numbered = TypeVar("Numbered", "ToldFinding", "DrawnRow")


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """What everybody may know of a finding, as it stood at the end of a day; nothing that somebody wrote.

    ``state`` is dispatched, accepted, done (answered, not yet inspected), closed (put right) or refused (unfounded),
    and ``since`` when it came to that. ``late``: its day was over and the village had not answered. ``land_mu_4`` and
    ``money_fen`` are what was booked with it.
    """

    id: UUID
    code: str
    place_id: UUID
    place_path: str
    subject: str
    number: str
    rule: str
    severity: str
    opened_on: date
    rectify_by: date
    state: str
    since: datetime
    closed_on: date | None
    land_mu_4: int
    money_fen: int
    late: bool


def findings_of_village(place_id: UUID, *, first_day: date, last_day: date) -> list[ToldFinding]:
    """Return the findings of a village that were open on any day between two, as they stood at the end of the last.

    Oldest first, at most 5,000. What was decided before the first day is left out; what was opened after the last does
    not count yet. It asks for no permission; numbers are as somebody typed them, and may name a person: a poster masks
    all that it tells, and whoever tells them elsewhere asks ``unnamed``. Raises ``NotFound``.
    """
    place = place_with(place_id)
    _check_days(first_day, last_day=last_day)
    told = _told(place.path, on=last_day)
    return sorted(
        (one for one in told if not (one.state in ("closed", "refused") and _day(one.since) < first_day)),
        key=lambda one: (one.opened_on, one.code),
    )[:TOLD_MAX]


def _check_days(first_day: date, *, last_day: date) -> None:
    """Refuse days that no register can hold. Raises ``InvalidInput``."""
    check_day(first_day, field="first_day")
    check_day(last_day, field="last_day")


def overdue_findings(
    place_path: str, *, on: date | None = None, after: str | None = None, limit: int = 50
) -> RegisterPage[ToldFinding]:
    """List what villages below a place have left undone past its day, the longest first. For everybody."""
    on, size = on or timezone.localdate(), bounded(limit)
    check_day(on, field="on")
    behind = dated_mark(after) if after is not None else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM village_findings_overdue(%s::ltree, %s, %s, %s, %s::date, %s::uuid, %s)",
            [place_path, last_moment(on), on, timezone.get_current_timezone_name(), *behind, size + 1],
        )
        rows = cursor.fetchall()
    shown = unnamed([ToldFinding(*(*row, True)) for row in rows[:size]])
    return RegisterPage(shown, f"{shown[-1].rectify_by.isoformat()}/{shown[-1].id}" if len(rows) > size else None)


# Which parties the registers of a village name that stand in one of these numbers.
_NAMED: Final = """
SELECT g.place_path, array_agg(DISTINCT n.name)
FROM unnest(%s::text[], %s::text[]) AS g (place_path, number) CROSS JOIN LATERAL (
    SELECT lessor AS name FROM village_contract WHERE place_path = g.place_path::ltree
    UNION ALL SELECT lessee FROM village_contract WHERE place_path = g.place_path::ltree
    UNION ALL SELECT party FROM village_holding_version WHERE place_path = g.place_path::ltree
) n WHERE n.name <> '' AND position(n.name IN g.number) > 0 GROUP BY 1
"""


def unnamed(rows: list[Numbered]) -> list[Numbered]:
    """Return rows with the persons masked whom the registers of their village name and their numbers hold. One query.

    The registers are read with open eyes: what is found there is what nobody is told.
    """
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(_NAMED, [[row.place_path for row in rows], [row.number for row in rows]])
        names = dict(cursor.fetchall())
    return [
        replace(row, number=without_names(row.number, names[row.place_path])) if row.place_path in names else row
        for row in rows
    ]


def _told(place_path: str, *, on: date) -> list[ToldFinding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_findings_told(%s::ltree, %s, %s)", [place_path, last_moment(on), on])
        rows = cursor.fetchall()
    return [ToldFinding(*(*row, _was_late(row[9], state=row[10], since=row[11], on=on))) for row in rows]


def _was_late(rectify_by: date, *, state: str, since: datetime, on: date) -> bool:
    if rectify_by >= on:
        return False
    return state in UNANSWERED or (state == "done" and _day(since) > rectify_by)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


@dataclass(frozen=True, slots=True)
class PutRight:
    """What closed findings put right between two days, each sum from rows: posted effects of findings closed then.

    ``contracts`` counts contracts, each once; ``land_mu_4`` is idle land recovered, in 0.0001 mu; claims and debts are
    what was settled of them, in fen.
    """

    findings: int
    contracts: int
    land_mu_4: int
    claims_fen: int
    debts_fen: int

    @property
    def claims_and_debts_fen(self) -> int:
        """Both together, as they are reported."""
        return self.claims_fen + self.debts_fen


def put_right(place_path: str, *, first_day: date, last_day: date) -> PutRight:
    """Return what closed findings of the villages below a place put right between two days.

    Sources of ``village.idle_land``, ``village.contracts`` and ``village.claims_debts`` of the figures that are
    reported. A finding counts on the day on which it was closed, and no longer once it is opened again. Asks for no
    permission: it tells sums. The findings behind it are ``finding_list`` with ``closed_from`` and ``closed_until``.
    """
    _check_days(first_day, last_day=last_day)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_put_right(%s::ltree, %s, %s)", [place_path, first_day, last_day])
        row = cursor.fetchone()
    assert row is not None
    return PutRight(*row)


def put_right_by_year(place_path: str, *, years: int = 10) -> list[tuple[int, PutRight]]:
    """Return what closed findings put right in each of the last years in which any was closed, the newest first."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT y, p.* FROM generate_series(%s, %s, -1) y,"
            " village_put_right(%s::ltree, make_date(y, 1, 1), make_date(y, 12, 31)) p WHERE p.findings > 0",
            [today.year, today.year - years + 1, place_path],
        )
        return [(year, PutRight(*sums)) for year, *sums in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A finding that was drawn, and what the second look came to: "", confirmed or reopened."""

    position: int
    code: str
    place_path: str
    number: str
    rule: str
    result: str
    result_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrawingDetail:
    """A drawing with everything that is needed to draw it again. ``entry_index`` is where the log says it."""

    drawing: Drawing
    drawn: list[DrawnRow]
    entries: list[tuple[str, datetime, int | None]]  # act, when, index in the log


def drawings(*, place_path: str | None = None, limit: int = 100) -> list[Drawing]:
    """List drawings, the newest first; of a place: those of it, of what lies in it, and of what it lies in."""
    rows = Drawing.objects.select_related("place").order_by("-announced_at", "id")
    if place_path is not None:
        above = [place_path.rsplit(".", depth)[0] for depth in range(1, place_path.count(".") + 1)]
        rows = rows.filter(Q(place_path__under=place_path) | Q(place_path__in=above))
    return list(rows[: bounded(limit)])


def drawing_detail(*, drawing_id: UUID) -> DrawingDetail:
    """Return a drawing, for everybody. Raises ``NotFound``."""
    drawing = Drawing.objects.select_related("place").filter(id=drawing_id).first()
    if drawing is None:
        raise NotFound(
            _("There is no such drawing."), field="drawing_id", value=str(drawing_id),
            remedy=_("Choose a drawing of the list."),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM village_drawn_told(%s)", [drawing_id])
        drawn = unnamed([DrawnRow(*row) for row in cursor.fetchall()])
        cursor.execute(
            "SELECT e.act, e.at, s.index FROM journal_entry e LEFT JOIN journal_sequence s ON s.entry_id = e.id"
            " WHERE e.subject = %s ORDER BY e.id",
            [f"drawing:{drawing_id}"],
        )
        entries = cursor.fetchall()
    return DrawingDetail(drawing, drawn, entries)
