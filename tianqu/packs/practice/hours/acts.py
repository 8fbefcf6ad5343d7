"""Disagreements about hours: each is an order of its own, first at the unit that leads the team, then above.

The order names nobody, and nobody is its asker: what both sides write stands beside the hours, and goes when the
person is erased.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from tianqu.base.errors import NotPermitted, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import shortened
from tianqu.kernel.journal.api import SYSTEM, Acting, Actor, seeing, set_scope, writing
from tianqu.kernel.occasions.api import Attended
from tianqu.kernel.orders.api import OPEN_STATES, TITLE_MAX, Order, move_within, place_within
from tianqu.kernel.pack.api import Dispute
from tianqu.kernel.places.api import can, require, rows_in_reach, unit_with
from tianqu.packs.practice.acts import team_called
from tianqu.packs.practice.hours.flow import DISPUTES, ITEM
from tianqu.packs.practice.queries import LIST_MAX, SEE


def open_dispute(acting: Acting, told: Dispute) -> UUID:
    """Open an order at the unit that leads the team, or at the one above, where its answer is disagreed with again.

    Return that unit.
    """
    at, order_id = team_called(told.subject), _order_of(told.booking_id, told.since)
    unit_id = (unit_with(at.unit_id).parent_id if told.again else None) or at.unit_id
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        words = {"title": told.title, "number": told.number, "team": at.name}
        title = shortened(gettext("Hours disagreed with: %(title)s") % words, most=TITLE_MAX)
        said = gettext("%(number)s disagrees with what stands of their hours with %(team)s: “%(title)s”.") % words
    with writing(acting):
        actor, acting.actor = acting.actor, replace(acting.actor, person_id=None, scope=SYSTEM.scope)
        place_within(
            acting, item=ITEM, place_id=at.station.place_id, title=title, description=said, order_id=order_id,
            form={"occasion": str(told.occasion_id), "again": told.again},
        )  # fmt: skip
        move_within(acting, order_id=order_id, unit_id=unit_id)
        acting.actor = actor  # before the eyes close: they stay open for the system alone
    return unit_id


def settle_dispute(acting: Acting, told: Dispute) -> None:
    """Close the order with the answer. Raises ``NotPermitted`` for a leader once it has gone up to the centre."""
    order_id, at = _order_of(told.booking_id, told.since), team_called(told.subject)
    with writing(acting):
        order = Order.objects.filter(id=order_id).first()
    if order is None:
        return  # they disagreed before a disagreement was an order
    if (order.escalation or order.form["again"]) and not can(acting.actor, "practice.rule_service", at):
        raise NotPermitted(
            _("This disagreement has gone up: the centre answers it."), field="booking_id", value=told.number,
            remedy=_("Tell the centre what you know of it."),
        )  # fmt: skip
    move_within(acting, order_id=order_id)


def disputes_led(actor: Actor) -> list[Order]:
    """The open disagreements within the actor's reach, the soonest due first, at most 500."""
    require(actor, SEE)
    rows = Order.objects.filter(item__family=DISPUTES.code, state__in=OPEN_STATES).select_related("place")
    return list(rows_in_reach(actor, rows).order_by("due_next_at", "id")[:LIST_MAX])


def own_disputes(actor: Actor, lines: Collection[Attended]) -> dict[UUID, Order]:
    """One's own open disagreements by booking, which tell until when they are answered."""
    ids = {
        _order_of(each.one.id, each.kept.disputed_at): each.one.id
        for each in lines if each.kept is not None and each.kept.disputed_at is not None
    }  # fmt: skip
    with seeing(SYSTEM.scope):
        found = {ids[order.id]: order for order in Order.objects.filter(id__in=ids)}
    set_scope(actor.scope)
    return found


def _order_of(booking_id: UUID, since: object) -> UUID:
    return named_identifier(f"practice-hours-dispute:{booking_id}:{since}")
