"""Publishing a village's poster: its content is made, frozen in the journal for everybody, and numbered.

Plain functions that acts share; each is called within an act, whose permission was asked for.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, kept_entry, our_log
from tianqu.kernel.places.api import Place
from tianqu.packs.village.models import Wall
from tianqu.packs.village.wall.quarters import Quarter
from tianqu.packs.village.wall.queries import (
    draft_content,
    newest_edition,
    persons_of,
    same_content,
    series_of,
    subject_of,
    unfinished_in,
)
from tianqu.packs.village.wall.sums import wrong_sums

REASON_MAX: Final = 300


def hold_walls(place: Place) -> None:
    """Let nobody else publish for a village until the transaction ends: two editions at once would both be the next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"wall:{place.code}"])


def publish(acting: Acting, *, place: Place, quarter: Quarter, wall_id: UUID, reason: str) -> Wall:
    """Freeze a poster as the next edition of its quarter, once ``hold_walls`` was called.

    All months of the quarter are finished before. A correction needs its reason, which everybody reads; where nothing
    has changed since the newest edition it is refused. Raises ``Conflict``.
    """
    reason = clean_text(reason, field="reason", most=REASON_MAX)
    if any(len(name) > 1 and name in reason for name in persons_of(place)):
        raise InvalidInput(
            _("The reason names somebody."), field="reason", value=reason,
            remedy=_("Everybody reads it: say it without names."),
        )  # fmt: skip
    content = draft_content(acting.actor, place=place, quarter=quarter, today=acting.today)
    _refuse_unfinished(acting, place=place, quarter=quarter)
    before = Wall.objects.filter(place_code=place.code, quarter=str(quarter)).order_by("-edition").first()
    told = newest_edition(place, quarter)
    if told is not None and same_content(told.content, content):
        raise Conflict(
            _("Nothing has changed since edition %(edition)s of %(quarter)s."), field="quarter", value=str(quarter),
            edition=told.edition, quarter=str(quarter), remedy=_("Correct the books or registers first."),
        )  # fmt: skip
    if before is not None and not reason:
        raise InvalidInput(
            _("A correction needs its reason."), field="reason", remedy=_("Say in a sentence what was put right.")
        )
    wall = Wall.objects.create(
        id=wall_id, place=place, place_path=place.path, place_code=place.code, quarter=str(quarter),
        edition=1 if before is None else before.edition + 1, published_at=acting.now, reason=reason,
    )  # fmt: skip
    content |= {
        "edition": wall.edition, "reason": reason, "log": _log(),
        "replaces": None if before is None else _named(before),
    }  # fmt: skip
    assert not wrong_sums(content), f"a poster of {place.code} does not add up: {wrong_sums(content)}"
    acting.record(subject_of(wall.id), after=content, book=series_of(place.code), public=True)
    return wall


def _refuse_unfinished(acting: Acting, *, place: Place, quarter: Quarter) -> None:
    """Refuse a quarter of which somebody may still enter something. Raises ``Conflict`` with its open months."""
    months = sorted({month for _book, month in unfinished_in(acting.actor, place=place, quarter=quarter)})
    if months:
        raise Conflict(
            _("Months of %(value)s are not finished: %(months)s."), field="quarter", value=str(quarter),
            months=", ".join(f"{month:%Y-%m}" for month in months),
            remedy=_("Finish them first: until then a poster could not be relied upon."),
        )  # fmt: skip


def _named(wall: Wall) -> dict[str, Any]:
    """An edition as the next one names it: by its number and by the hash of its leaf."""
    entry = kept_entry(subject_of(wall.id))
    assert entry is not None
    return {"edition": wall.edition, "leaf_hash": entry.leaf_hash}


def _log() -> dict[str, Any]:
    """How far the public log had come when the poster was made."""
    try:
        checkpoint = our_log().checkpoint()
    except NotFound:
        return {"origin": "", "size": 0}
    return {"origin": checkpoint.origin, "size": checkpoint.size}
