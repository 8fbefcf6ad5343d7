"""The season as a kind of tours: what villages ordered and wish for, by troupes under contract, from the budget."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Engagement, TourKind
from tianqu.kernel.places.api import places_at
from tianqu.packs.culture.registers.season_orders import asked_of, standings
from tianqu.packs.culture.shows.acts import cancel_show, commit_show, hand_over_show, move_show, order_show, swap_shows

PLANNING: Final = (
    "tours.see", "tours.plan", "tours.note", "tours.change", "tours.fall_out", "tours.publish", "tours.retry",
    "culture.move_show", "culture.hand_over_show", "culture.swap_shows", "culture.order_show",
)  # fmt: skip


def engage(actor: Actor, one: Engagement) -> None:
    """Engage the troupe; what only was wished for is ordered first, as the work that the plan gives."""
    show_id = UUID(one.visit_id)
    if not standings([one.visit_id]):
        day, place = one.starts_at.date(), places_at({one.place_path})[one.place_path]
        order_show(
            actor, show_id=show_id, place_id=place.id, work=one.works[0], first_day=day, last_day=day,
        )  # fmt: skip
    commit_show(actor, show_id=show_id, contract=one.by, starts_at=one.starts_at)


def hand_over(actor: Actor, one: Engagement) -> None:
    """Give the show of a troupe that is out to another."""
    hand_over_show(actor, show_id=UUID(one.visit_id), contract=one.by, starts_at=one.starts_at)


def move(actor: Actor, one: Engagement) -> None:
    """Give an engaged troupe another time."""
    move_show(actor, show_id=UUID(one.visit_id), starts_at=one.starts_at)


def swap(actor: Actor, one: Engagement, other: Engagement) -> None:
    """Let two shows take each other's time or troupe."""
    swap_shows(
        actor, show_id=UUID(one.visit_id), contract=one.by, starts_at=one.starts_at, other_id=UUID(other.visit_id),
        other_contract=other.by, other_starts_at=other.starts_at,
    )  # fmt: skip


def call_off(actor: Actor, visit: str, cause: str, days: str, /) -> None:
    """Call a performance off that no plan can bring."""
    cancel_show(actor, show_id=UUID(visit), cause="troupe" if cause == "carrier" else cause, reason=days)


SEASON: Final = TourKind(
    code="culture", title=_("Seasons of shows"), permission="culture.commit_show", asked=asked_of, standings=standings,
    engage=engage, move=move, hand_over=hand_over, call_off=call_off, swap=swap,
    notice="culture_planned", subject="culture_show",
    address=lambda show_id: reverse("culture:show", kwargs={"show_id": show_id}),
    minutes_before=60,  # from the arrival at a village until the show begins; packing is done on the way home
)  # fmt: skip
