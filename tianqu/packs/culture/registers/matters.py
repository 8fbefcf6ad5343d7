"""Things of culture by their codes, who may act on them, and what the journal says of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Model

from tianqu.base.errors import Conflict, NotPermitted, _
from tianqu.kernel.journal.api import Acting, Actor, Refusals
from tianqu.kernel.pack.api import checked_code, keep_row, row_of
from tianqu.kernel.places.api import Unit, can, held_posts, require, unit_with, within_scope
from tianqu.packs.culture.flow import DEEDS, PLANNED
from tianqu.packs.culture.models import Contract, Performance, Stand, Troupe, Work

NAME_MAX, TEXT_MAX, REASON_MAX = 100, 2_000, 500
_TAKEN: Final[Refusals] = {
    f"culture_{table}_pkey": (Conflict, field, _("Somebody has just declared this."), _("Look at it again."))
    for table, field in (("troupe", "troupe"), ("work", "work"), ("contract", "number"))
}


def season_of(day: date) -> str:
    """The season of a day: its year."""
    return f"{day.year}"


def office_of(acting: Acting, unit_id: UUID) -> Unit:
    """An office of culture for which the actor acts. Raises ``NotFound``, ``NotPermitted``."""
    office = unit_with(unit_id)
    require(acting.actor, acting.act, Held(unit_id=office.id))
    return office


def coded(code: str, *, field: str) -> str:
    """Return what can be a code of culture. Raises ``InvalidInput``."""
    return checked_code(code, field=field, example="henan-opera")


def troupe_called(code: str) -> Troupe:
    """Return a troupe. Raises ``NotFound``."""
    return row_of(Troupe.objects.all(), code, field="troupe", missing=_("There is no troupe %(value)s."))


def work_called(code: str) -> Work:
    """Return a work of a menu. Raises ``NotFound``."""
    return row_of(Work.objects.all(), code, field="work", missing=_("There is no work %(value)s on a menu."))


def contract_numbered(number: str) -> Contract:
    """Return a contract with its troupe. Raises ``NotFound``."""
    rows = Contract.objects.select_related("troupe")
    return row_of(rows, number, field="contract", missing=_("There is no contract %(value)s."))


def performance_with(show_id: UUID, *, lock: bool = False) -> Performance:
    """Return a performance with its work and troupe, itself locked or not. Raises ``NotFound``."""
    rows = Performance.objects.select_related("work", "troupe")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    return row_of(rows, str(show_id), field="show_id", missing=_("There is no such performance."))


def reached(acting: Acting, show_id: UUID) -> Performance:
    """Lock a performance for an act on it, by whoever's part it is, where it stands so that it can be done.

    Raises ``NotFound``, ``NotPermitted`` for somebody of another village, troupe or office, and ``Conflict``.
    """
    found = performance_with(show_id, lock=True)
    if not has_part(acting.actor, acting.act, found):
        raise NotPermitted(
            _("This is not yours to do with this performance (%(permission)s)."), permission=acting.act,
            remedy=_("Ask the village, the troupe or the office whose part it is."),
        )  # fmt: skip
    if DEEDS[acting.act][0] != "troupe" and of_troupe(acting, found):
        raise NotPermitted(
            _("You belong to the troupe, and do not speak for the other side."), field="show_id",
            remedy=_("Let somebody do it who has no post with the troupe."),
        )  # fmt: skip
    if found.stand not in DEEDS[acting.act][1]:
        raise Conflict(
            _("This cannot be done with it now (%(value)s)."), field="show_id", value=found.stand,
            remedy=_("Look at it again: somebody may have been quicker, or a word is missing."),
        )  # fmt: skip
    return found


def of_troupe(acting: Acting, one: Performance) -> bool:
    """Say whether the actor holds a post with the troupe, by whichever post they act."""
    person_id = acting.actor.person_id
    held = held_posts(person_id, on=acting.today) if person_id is not None and one.troupe_unit_id is not None else []
    return any(post.unit_id == one.troupe_unit_id for post in held)


def has_part(actor: Actor, act: str, one: Performance) -> bool:
    """Say whether the actor is of the office, the village or the troupe that does this act with a performance."""
    village = Held(place_path=one.place_path)
    held = {"office": Held(unit_id=one.unit_id), "troupe": Held(unit_id=one.troupe_unit_id), "village": village}
    villages_too = act == "culture.cancel_show" and one.stand == Stand.ORDERED
    return within_scope(actor.scope, held[DEEDS[act][0]]) or (villages_too and within_scope(actor.scope, village))


def open_deeds(actor: Actor, one: Performance) -> list[str]:
    """The acts that the actor could do with a performance as it stands."""
    return [
        act for act, (_side, stands) in DEEDS.items()
        if act not in PLANNED and one.stand in stands and can(actor, act) and has_part(actor, act, one)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What is a unit's or lies in a place, as the question of scope takes it; never both."""

    unit_id: UUID | None = None
    place_path: str | None = None


def keep(acting: Acting, told: Model, known: Model | None, *, subject: str, **more: object) -> None:
    """Write a declaration and record it, unless it says what is known already."""
    keep_row(acting, told, known, subject=subject, taken=_TAKEN, **more)


def kept(acting: Acting, one: Performance) -> None:
    """Write a performance as it now is, and record it."""
    one.changed_at = acting.now
    one.save(force_update=True)
    record_performance(acting, one)


def record_performance(acting: Acting, one: Performance) -> None:
    """Record what a performance is after the act."""
    acting.record_row(f"performance:{one.order_id}", one)
