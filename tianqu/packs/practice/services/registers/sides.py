"""Who stands on which side of an ordered service: nobody takes, confirms, rates or thanks for what is their own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import Conflict, NotPermitted, _
from tianqu.base.masking import masked_names
from tianqu.kernel.journal.api import Acting, writing
from tianqu.kernel.orders.api import Asker, Event, Offer, Offered, Order, is_taker, offers_of
from tianqu.kernel.places.api import Person
from tianqu.packs.practice.models import Membership, Served, Visit, Volunteer
from tianqu.packs.practice.profiles.acts import is_minor
from tianqu.packs.practice.services.queries import phones_of, team_of
from tianqu.packs.practice.services.registers.booking import record_served


def may_take(acting: Acting, order: Order) -> None:
    """Refuse who ordered it, or a team of theirs, and a volunteer who is under 18 without consent."""
    actor = acting.actor
    with writing(acting):
        mine = Q(person_id=actor.person_id) | Q(person_id=None, unit_id__in=actor.scope.unit_ids)
        offer = offers_of(order.id).filter(mine, state=Offered.OPEN).first()
        asker = Asker.objects.filter(order=order).first()
        own = offer is not None and _is_one_of(asker.person_id if asker else None, phones_of(asker), offer)
        volunteer = Volunteer.objects.filter(person_id__in=_known(actor.person_id)).first()
    if own:
        raise NotPermitted(
            _("This was ordered by one of you."), field="order_id", remedy=_("Let another team take it.")
        )
    if offer is not None and offer.taker.startswith("volunteer:"):
        check_grown(acting, volunteer)


def check_grown(acting: Acting, volunteer: Volunteer | None) -> None:
    """Raise ``Conflict`` for who has no profile any more, or is under 18 without a guardian's consent."""
    if volunteer is None or (is_minor(volunteer, on=acting.today) and volunteer.consent_at is None):
        raise Conflict(
            _("This volunteer has no profile, or is under 18 without a guardian's consent."), field="person_ids",
            remedy=_("Let somebody else go."),
        )  # fmt: skip


def nobody_came(acting: Acting, order: Order) -> None:
    """Raise ``Conflict`` where somebody has checked in already who has not erased themselves since."""
    with writing(acting):
        came = Visit.objects.filter(order_id=order.id).exclude(in_at=None).exclude(person_id=None).exists()
    if came:
        raise Conflict(
            _("Somebody has come already."), field="order_id",
            remedy=_("Let them say that it is served; whoever ordered can disagree."),
        )  # fmt: skip


def not_of_them(acting: Acting, order: Order) -> None:
    """Refuse whoever belongs to those who served to speak for the other side, by whatever account.

    Neither who asked nor who acts may be the leader, a member or one of those who went, nor whoever claimed it or said
    that it is served, and a telephone that is one of theirs is theirs. Who took it speaks by the slip's code alone.
    """
    with writing(acting):
        taken = offers_of(order.id).filter(state__in=(Offered.TAKEN, Offered.GOES))
        asker, person_id = Asker.objects.filter(order=order).first(), acting.actor.person_id
        own = Person.objects.filter(id__in=_known(person_id), unit=None).exclude(phone="")
        phones = tuple(own.values_list("phone", flat=True))
        asked = any(_is_one_of(asker.person_id if asker else None, phones_of(asker), one) for one in taken)
        acts = any(_is_one_of(person_id, phones, one) for one in taken) or _served(order, person_id)
    if asked or (acts and not is_taker(acting.actor, order.id)):
        raise NotPermitted(
            _("Whoever belongs to the team does not speak for those it served."), field="order_id",
            remedy=_("Let those who were served do it, on their page, by phone or by their slip."),
        )  # fmt: skip


def _served(order: Order, person_id: UUID | None) -> bool:
    """Say whether a person has taken an order for others, or said for them that it is served."""
    done = Event.objects.filter(order=order, act__in=("orders.claim", "practice.serve"))
    return person_id is not None and done.filter(actor_person_id=person_id).exists()


def _is_one_of(person_id: UUID | None, phones: tuple[str, ...], offer: Offer) -> bool:
    """Say whether a person, or a telephone, is of those to whom an offer was made."""
    team = team_of(offer)
    ids = {offer.person_id, *([team.leader_person_id] if team else ())} - {None}
    if team is not None:
        ids |= set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
    return (
        person_id in ids
        or Volunteer.objects.filter(person_id__in=ids, phone__in=phones).exists()
        or Person.objects.filter(id__in=ids, phone__in=phones, unit=None).exists()
    )


def _known(person_id: UUID | None) -> list[UUID]:
    return [] if person_id is None else [person_id]


def keep_thanks(acting: Acting, order: Order, event: Event) -> None:
    """Keep a line of thanks with names and numbers masked, until the station lets everybody read it."""
    with writing(acting):
        taken = list(offers_of(order.id).filter(state__in=(Offered.TAKEN, Offered.GOES)))
        team, asker = team_of(next(iter(taken), None)), Asker.objects.filter(order=order).first()
        ids = [one.person_id for one in taken if one.person_id]
        ids += Membership.objects.filter(team=team).values_list("person_id", flat=True) if team else []
        names = [*Volunteer.objects.filter(person_id__in=ids).values_list("name", flat=True),
                 *Person.objects.filter(id__in=ids).values_list("name", flat=True)]  # fmt: skip
        served = Served.objects.get(order_id=order.id)
        served.thanks = masked_names(event.note, [*names, asker.name if asker else ""])
        served.thanked_at, served.shown_at = acting.now, None
        served.save(update_fields=["thanks", "thanked_at", "shown_at"])
    record_served(acting, served)
