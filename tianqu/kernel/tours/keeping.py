"""What the acts of tours share: a plan locked and written, who may, and what was refused, kept to be said later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, NotFound, TianquError, _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.tours.kinds import TourKind, acts_for, check_leads
from tianqu.kernel.tours.models import Stop, Tour

ASKED, PLANNED, CARRYING, PUBLISHED, FAILED = "asked", "planned", "carrying", "published", "failed"
TASK: Final = "tours.do"
VALUE_MAX: Final = 200
RECORDED: Final = (
    "kind", "unit_id", "name", "stand", "terms", "shows", "unserved", "cost", "bound", "proved", "outs", "moved",
    "done", "faults", "published_at", "version",
)  # fmt: skip


def locked(acting: Acting, tour_id: UUID) -> tuple[Tour, TourKind]:
    """Lock a plan of one's own office for an act. Raises ``NotFound``, ``NotPermitted``."""
    one = Tour.objects.select_for_update().filter(id=tour_id).first()
    if one is None or not acts_for(acting.actor, one.unit_id):
        raise NotFound(
            _("There is no such plan."), field="tour_id", value=str(tour_id),
            remedy=_("Choose one of your office's plans."),
        )  # fmt: skip
    return one, check_leads(acting.actor, acting.act, kind=one.kind, unit_id=one.unit_id)


def expected(one: Tour, expected_version: int | None) -> None:
    """Refuse what somebody asks of a plan that has moved on since they looked. Raises ``Conflict``."""
    if expected_version is not None and expected_version != one.version:
        raise Conflict(
            _("Somebody has changed this plan: it is in version %(value)s."), field="expected_version",
            value=one.version, remedy=_("Look at it again."),
        )  # fmt: skip


def keep(acting: Acting, one: Tour, **more: object) -> None:
    """Write a plan as it now is and record it; what it was made from is recorded with the act that froze it."""
    new = one._state.adding
    one.changed_at, one.version = acting.now, 1 if new else one.version + 1
    one.save(force_insert=new, force_update=not new)
    acting.record_row(f"tour:{one.id}", one, RECORDED, more=more)


def asked_now(acting: Acting, one: Tour) -> None:
    """Let the worker go on with the eyes of whoever asks now; who asked before may be gone."""
    if acting.actor.person_id is not None:
        one.person_id, one.post_id = acting.actor.person_id, acting.actor.post_id


def changed_stop(acting: Acting, stop: Stop, told: Mapping[str, object]) -> Stop:
    """A stop as it now is, not written yet."""
    for name, value in told.items():
        setattr(stop, name, value)
    stop.changed_at, stop.version = acting.now, stop.version + 1
    return stop


def fault_kept(error: TianquError, *, visit: str = "", moved: bool = False) -> dict[str, Any]:
    """A refusal as codes and values, so that each reader is told in their own language; ``moved``: it was of a move."""
    values = {
        name: value if isinstance(value, int) else str(value)[:VALUE_MAX]
        for name, value in error.parameters.items()
        if value is not None and name != "field"
    }
    return {
        "code": error.code, "message": error.message, "remedy": error.remedy, "values": values, "visit": visit,
        "moved": moved,
    }  # fmt: skip


def moves_refused(one: Tour) -> set[str]:
    """The visits of a plan that are engaged, but not as it says, as their move was refused."""
    return {each["visit"] for each in one.faults if each.get("moved")}


def fault_again(kept: Mapping[str, Any]) -> TianquError:
    """The refusal again, to be said."""
    return TianquError(kept["message"], remedy=kept["remedy"], **kept["values"])
