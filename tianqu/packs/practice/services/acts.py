"""The acts of ordered services: who goes, the visit by a code, served, ruled on, rated by the volunteer, thanks shown.

Ordering, offering, claiming, confirming, disagreeing, rating and thanking are the loop's own acts (``kernel/orders``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from tianqu.base.bounds import chosen
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, DoneBefore, PersonalData, act, writing
from tianqu.kernel.orders.api import (
    VISIT,
    Asker,
    Candidate,
    Offered,
    Order,
    check_slip,
    is_taker,
    join_within,
    move_within,
    offers_of,
)
from tianqu.kernel.places.api import may_by_role, require, within_limits
from tianqu.packs.practice.models import Membership, Served, Team, Visit, Volunteer
from tianqu.packs.practice.profiles.acts import own_profile
from tianqu.packs.practice.queries import check_leads
from tianqu.packs.practice.services.queries import team_of
from tianqu.packs.practice.services.registers.booking import (
    book_visits,
    flag_elsewhere,
    minutes_of,
    record_served,
    record_visit,
)
from tianqu.packs.practice.services.registers.sides import check_grown

WORDS_MAX = 500
GOERS_MAX = 50


def may_serve(acting: Acting, /, **arguments: Any) -> None:
    """Whoever took the order acts for themselves; a post needs its permission."""
    actor = acting.actor
    if actor.person_id is None or not within_limits(actor, acting.act):
        raise NotPermitted(_("Only somebody who has signed in is a volunteer."), remedy=_("Sign in first."))
    if actor.post_id is not None and not is_taker(actor, arguments["order_id"]):
        require(actor, acting.act)


@act("practice.name_goers", may=may_serve)
def name_goers(acting: Acting, *, order_id: UUID, person_ids: Sequence[UUID]) -> None:
    """Say which members of the team that took an order go. They see the order, and check in by its code.

    Raises ``InvalidInput`` for who is no member, or ordered it; ``Conflict`` for a minor without consent.
    """
    order, team = _taken(acting, order_id)
    if team is not None:
        require(acting.actor, acting.act, team)
        check_leads(acting.actor, team)
    if team is None or not 1 <= len(set(person_ids)) <= GOERS_MAX:
        raise InvalidInput(_("Choose 1 to %(most)s members of the team."), field="person_ids", most=GOERS_MAX)
    with writing(acting):
        members = Membership.objects.filter(team=team, person_id__in=person_ids).values("person_id")
        going = list(Volunteer.objects.filter(person_id__in=members).order_by("number"))
    if len(going) != len(set(person_ids)):
        raise InvalidInput(_("Somebody is no member of the team."), field="person_ids", remedy=_("Choose members."))
    for one in going:
        check_grown(acting, one)
    move_within(acting, order_id=order_id, data={"goers": [one.number for one in going]})
    join_within(acting, order, [Candidate(f"volunteer:{one.number}", one.unit_id, one.person_id, 0) for one in going])


@act("practice.visit", may=may_serve)
def visit_household(acting: Acting, *, order_id: UUID, direction: str, code: str) -> None:
    """Check in (``in``) or out (``out``) at whoever ordered, by the six digits they read out; now is what counts.

    Sent twice it counts once. Who is elsewhere at the same time is marked. Raises ``InvalidInput`` for other digits,
    ``TooMany`` for many of them, ``Conflict`` for leaving before coming.
    """
    volunteer, (order, team) = own_profile(acting), _taken(acting, order_id)
    check_slip(order_id, VISIT, typed=code, digits=6)
    if direction == "in":
        check_grown(acting, volunteer)
    with writing(acting):
        known = Visit.objects.select_for_update().filter(order_id=order_id, number=volunteer.number).first()
        visit = known or Visit(
            order_id=order_id, person_id=volunteer.person_id, number=volunteer.number, team=team,
            station=team.station if team else volunteer.station,
            unit_id=order.unit_id or volunteer.unit_id, place_path=order.place_path,
        )  # fmt: skip
    chosen(direction, ("in", "out"), field="direction")
    if getattr(visit, f"{direction}_at") is not None:
        raise DoneBefore(None)
    if direction == "out" and visit.in_at is None:
        raise Conflict(_("You have not checked in."), field="direction", remedy=_("Send the check-in first."))
    move_within(acting, order_id=order_id, data={"visit": direction, "number": volunteer.number})
    setattr(visit, f"{direction}_at", acting.now)
    flag_elsewhere(acting, visit)
    with writing(acting):
        visit.save(force_insert=known is None)
    record_visit(acting, visit)


@act("practice.serve", may=may_serve)
def serve_order(acting: Acting, *, order_id: UUID, words: str, expected_version: int | None = None) -> None:
    """Say for those who served that it is done, in words that whoever ordered reads and confirms.

    Minutes are those of the visits. Raises ``Conflict`` while somebody has come and not left.
    """
    order, team = _taken(acting, order_id)
    with writing(acting):
        inside = Visit.objects.filter(order_id=order_id, in_at__isnull=False, out_at=None)
        there = inside.exclude(person_id=None).exists()  # whoever was erased meanwhile keeps nobody waiting
        asker = Asker.objects.filter(order_id=order_id).first()
    if there:
        raise Conflict(_("Somebody has checked in and not out."), field="order_id", remedy=_("Check out first."))
    words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    words = f"{words}\n{_measured(acting, order_id)}"  # whoever confirms it knows what is booked then
    assert order.unit_id is not None, "whoever took it belongs to a unit"
    moved = move_within(acting, order_id=order_id, note=words, expected_version=expected_version)
    with writing(acting):
        served = Served(
            order_id=moved.order_id, team=team, unit_id=order.unit_id, place_path=order.place_path,
            asker_id=asker.person_id if asker else None, words="", thanks="",
        )  # fmt: skip
        served.save(force_insert=True)
    record_served(acting, served)


def _measured(acting: Acting, order_id: UUID) -> str:
    """Who came for how long, as the visits say, in the realm's language."""
    with writing(acting):
        visits = list(Visit.objects.filter(order_id=order_id, out_at__isnull=False))
        minutes = sum(minutes_of(one) for one in visits)
    with translation.override(settings.LANGUAGE_CODE):
        return ngettext(
            "%(count)s volunteer came, %(minutes)s minutes in all.",
            "%(count)s volunteers came, %(minutes)s minutes in all.", len(visits),
        ) % {"count": len(visits), "minutes": minutes}  # fmt: skip


@act("practice.rule_service", may=may_by_role)
def rule_service(acting: Acting, *, order_id: UUID, counts: bool, words: str) -> int:
    """Rule on a disagreement, in words for both sides; the minutes of the visits count, or do not. Returns them."""
    words = clean_text(words, field="words", most=WORDS_MAX, wanted=True)
    move_within(acting, order_id=order_id, note=words, data={"counts": counts})
    return book_visits(acting, Order.objects.get(id=order_id)) if counts else 0


@act("practice.rate_asking", may=may_serve)
def rate_asking(acting: Acting, *, order_id: UUID, respectful: bool, as_described: bool, words: str = "") -> None:
    """Say, as who served, whether one was met with respect, and whether it was as described. Once."""
    words = clean_text(words, field="words", most=WORDS_MAX)
    move_within(acting, order_id=order_id)
    with writing(acting):
        served = Served.objects.select_for_update().get(order_id=order_id)
        if served.rated_at is not None:
            raise Conflict(_("This was rated already."), field="order_id", remedy=_("A rating counts as it stands."))
        served.respectful, served.as_described, served.words = respectful, as_described, words
        served.rated_at = acting.now
        served.save(update_fields=["respectful", "as_described", "words", "rated_at"])
    record_served(acting, served)


@act("practice.show_thanks", may=may_by_role)
def show_thanks(acting: Acting, *, order_id: UUID, shown: bool) -> None:
    """Let everybody read a line of thanks on the team's page, or no longer."""
    served = Served.objects.filter(order_id=order_id).exclude(thanks="").first()
    if served is None:
        raise NotFound(_("Nobody has said thanks for this."), field="order_id", value=str(order_id))
    require(acting.actor, acting.act, served)
    if (served.shown_at is not None) == shown:
        raise DoneBefore(None)
    served.shown_at = acting.now if shown else None
    with writing(acting):
        served.save(update_fields=["shown_at"])
    record_served(acting, served)


def personal_subjects(person_id: UUID) -> list[str]:
    """What the journal holds of what was said to and of somebody who ordered; visits go with the profile."""
    return [f"served:{one}" for one in Served.objects.filter(asker_id=person_id).values_list("order_id", flat=True)]


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Take the person from what was said by them and of them."""
    with writing(acting):
        Served.objects.filter(asker_id=person_id).update(asker_id=None, words="", thanks="", shown_at=None)


SERVED: Final = PersonalData(personal_subjects, erase_rows)


def _taken(acting: Acting, order_id: UUID) -> tuple[Order, Team | None]:
    """An order within sight that somebody took, and the team that did. Raises ``NotFound``, ``Conflict``."""
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound(_("There is no such request."), field="order_id", value=str(order_id))
    with writing(acting):
        taker = offers_of(order_id).filter(state=Offered.TAKEN).first()
    if taker is None:
        raise Conflict(_("Nobody has taken this yet."), field="order_id", remedy=_("Take it first."))
    return order, team_of(taker)
