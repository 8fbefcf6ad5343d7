"""Talks in villages as a kind of tours: when a round is published, each order is sent to its speakers with its time."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import Audience, assign_order, comment_on_order, take_back_order
from tianqu.kernel.pack.api import Engagement, TourKind
from tianqu.packs.practice.talks.queries import asked_of, standings

PLANNING: Final = (
    "tours.see", "tours.plan", "tours.note", "tours.change", "tours.fall_out", "tours.publish", "tours.retry",
)  # fmt: skip


def engage(actor: Actor, one: Engagement) -> None:
    """Send the order to the team, and tell both sides when."""
    assign_order(actor, order_id=UUID(one.visit_id), taker=f"team:{one.carrier}", reason=_when(one))
    move(actor, one)


def move(actor: Actor, one: Engagement) -> None:
    """Tell whoever ordered and the team when the talk is."""
    comment_on_order(actor, order_id=UUID(one.visit_id), text=_when(one), audience=Audience.ASKER)


def hand_over(actor: Actor, one: Engagement) -> None:
    """Take the talk back from speakers who cannot come, and send it to others."""
    with translation.override(settings.LANGUAGE_CODE):
        reason = gettext("Another team gives this talk.")
    take_back_order(actor, order_id=UUID(one.visit_id), reason=reason)
    engage(actor, one)


def call_off(actor: Actor, visit: str, _cause: str, days: str, /) -> None:
    """Take the talk back from its speakers, and tell both sides that the round cannot bring it."""
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext("The round cannot bring this talk after all (%(days)s).") % {"days": days}
    take_back_order(actor, order_id=UUID(visit), reason=text)
    comment_on_order(actor, order_id=UUID(visit), text=text, audience=Audience.ASKER)


def _when(one: Engagement) -> str:
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        return gettext("The talk is planned for %(when)s.") % {"when": f"{one.starts_at:%Y-%m-%d %H:%M}"}


TALKS: Final = TourKind(
    code="talks", title=_("Talks in villages"), permission="orders.assign", asked=asked_of, standings=standings,
    engage=engage, move=move, hand_over=hand_over, call_off=call_off, notice="practice_talk", subject="talk",
    minutes_before=15, address=lambda order_id: reverse("practice:service", kwargs={"order_id": order_id}), paid=False,
    begun={"opens": 9 * 60, "closes": 21 * 60},
)  # fmt: skip
