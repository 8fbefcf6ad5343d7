"""What villagers say: for which village they speak, what they wish for, and how they liked what was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import F

from tianqu.base.bounds import counted
from tianqu.base.errors import Conflict, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, DoneBefore, PersonalData, act, writing
from tianqu.kernel.places.api import may_own, place_with, unit_for
from tianqu.packs.culture.models import Performance, Rating, Villager, Vote, Wish
from tianqu.packs.culture.registers.matters import (
    of_troupe,
    performance_with,
    record_performance,
    season_of,
    work_called,
)
from tianqu.packs.culture.shows.acts import OFFICE_KIND

RATED_WITHIN: Final = timedelta(days=60)
VOTES_MAX: Final = 20  # of one person in a season


@act("culture.choose_village", may=may_own)
def choose_village(acting: Acting, *, place_id: UUID) -> None:
    """Say for which village one wishes, votes and rates; it holds for a season once one has voted or rated in it.

    Raises ``NotFound``, and ``Conflict`` for a second village in a season in which one has voted or rated.
    """
    place, season = place_with(place_id), season_of(acting.today)
    if place.kind != "village" or place.valid_to is not None:
        raise NotFound(_("This is no village of today."), field="place_id", value=str(place_id))
    known = Villager.objects.select_for_update().filter(person_id=_own_id(acting)).first()
    if known is not None and known.place_id == place.id:
        raise DoneBefore(None)
    if known is not None and _has_spoken(acting, season):
        raise Conflict(
            _("You have voted or rated in another village this season."), field="place_id", value=str(place_id),
            remedy=_("Choose it in the next season."),
        )  # fmt: skip
    told = Villager(
        person_id=_own_id(acting), place_id=place.id, place_path=place.path, season=season, changed_at=acting.now
    )
    told.save(force_insert=known is None)
    acting.record(f"culture-villager:{told.person_id}", after={"place_id": place.id, "season": season}, sealed=True)


def _has_spoken(acting: Acting, season: str) -> bool:
    mine = {"person_id": _own_id(acting)}
    return (
        Vote.objects.filter(season=season, **mine).exists()
        or Rating.objects.filter(performance__season=season, **mine).exists()
    )


@act("culture.vote", may=may_own)
def vote(acting: Acting, *, work: str, wished: bool = True) -> int:
    """Vote for a work in one's own village, once a season, or take the vote back (``wished`` false).

    Returns how many wish for it now. How many there are everybody sees, who they are nobody. Raises ``NotFound`` for
    who has not chosen a village, ``Conflict`` beyond 20 votes in a season.
    """
    villager, wanted, season = _villager(acting), work_called(work), season_of(acting.today)
    office = unit_for(OFFICE_KIND, place_with(villager.place_id), on=acting.today)
    if wished and (not wanted.is_open or office is None or wanted.unit_id != office.id):
        raise NotFound(
            _("This is not on the menu of your county."), field="work", value=work, remedy=_("Choose one of the menu."),
        )  # fmt: skip
    mine = Vote.objects.filter(person_id=villager.person_id, season=season)
    known = mine.filter(work_id=work).first()
    if wished == (known is not None):
        there = Wish.objects.filter(work=wanted, place_id=villager.place_id, season=season)
        raise DoneBefore(sum(there.values_list("votes", flat=True)))
    if wished and mine.count() >= VOTES_MAX:
        raise Conflict(
            _("You have %(most)s votes in a season."), field="work", most=VOTES_MAX,
            remedy=_("Take one of your votes back first."),
        )  # fmt: skip
    with writing(acting):
        if known is not None:
            wish = Wish.objects.select_for_update().get(id=known.wish_id)
            Vote.objects.filter(id=known.id).delete()
        else:
            asked = {"work": wanted, "place_id": villager.place_id, "season": season}
            begun = {"votes": 0, "place_path": villager.place_path}
            wish, _new = Wish.objects.select_for_update().get_or_create(defaults=begun, **asked)
            Vote.objects.create(
                id=new_identifier(), wish=wish, work_id=work, season=season, person_id=villager.person_id,
                at=acting.now,
            )  # fmt: skip
        wish.votes += 1 if wished else -1
        wish.save(update_fields=["votes"])
    after = {"person_id": villager.person_id, "work": work, "season": season, "wished": wished}
    with _unseen(acting):
        acting.record(f"culture-vote:{villager.person_id}", after=after, sealed=True)
    return wish.votes


@act("culture.rate_show", may=may_own)
def rate_show(acting: Acting, *, show_id: UUID, stars: int) -> None:
    """Rate what was given in one's own village, from 1 to 5 stars, once each, within 60 days.

    Raises ``NotPermitted`` for who speaks for another village or belongs to the troupe, ``Conflict`` before the
    troupe's word and after the time.
    """
    villager, one = _villager(acting), performance_with(show_id)
    counted(stars, field="stars", least=1, most=5)
    if one.place_id != villager.place_id:
        raise NotPermitted(
            _("Only who speaks for this village rates what was given there."), field="show_id",
            remedy=_("Rate what was given in your own village."),
        )  # fmt: skip
    if of_troupe(acting, one):
        raise NotPermitted(
            _("Nobody rates their own troupe."),
            field="show_id",
            remedy=_("Leave it to the others of the village."),
        )
    late = one.given_at is not None and acting.now > one.given_at + RATED_WITHIN
    if late or not one.is_rateable:
        raise Conflict(
            _("It can be rated within 60 days after it was given."), field="show_id", value=one.stand,
            remedy=_("Rate the next one that is given in your village."),
        )  # fmt: skip
    if Rating.objects.filter(performance=one, person_id=villager.person_id).exists():
        raise Conflict(
            _("You have rated it already."), field="show_id", value=str(show_id), remedy=_("What you said stays.")
        )
    with writing(acting):
        Performance.objects.select_for_update(of=("self",)).get(order_id=show_id)
        Rating.objects.create(
            id=new_identifier(), performance=one, person_id=villager.person_id, stars=stars, at=acting.now
        )
        Performance.objects.filter(order_id=show_id).update(
            rating_count=F("rating_count") + 1, rating_sum=F("rating_sum") + stars
        )
    told = {"performance": show_id, "stars": stars}
    with _unseen(acting):
        acting.record(f"culture-rating:{villager.person_id}:{show_id}", after=told, sealed=True)
        record_performance(acting, performance_with(show_id))


@contextmanager
def _unseen(acting: Acting) -> Iterator[None]:
    """Let the entries that are recorded in the block not say who acted: a count moved, whoever moved it."""
    actor = acting.actor
    acting.actor = replace(actor, person_id=None, post_id=None)
    yield
    acting.actor = actor


def _own_id(acting: Acting) -> UUID:
    assert acting.actor.person_id is not None, "the permission check has refused whoever is nobody"
    return acting.actor.person_id


def _villager(acting: Acting) -> Villager:
    """For which village the actor speaks, locked. Raises ``NotFound``."""
    found = Villager.objects.select_for_update().filter(person_id=_own_id(acting)).first()
    if found is None:
        raise NotFound(
            _("You have not said for which village you speak."),
            field="place_id",
            remedy=_("Choose your village first."),
        )
    return found


def personal_subjects(person_id: UUID) -> list[str]:
    """What the journal holds of somebody: their village, their votes, their ratings."""
    rated = Rating.objects.filter(person_id=person_id).values_list("performance_id", flat=True)
    own = [f"culture-{kind}:{person_id}" for kind in ("villager", "vote")]
    return [*own, *(f"culture-rating:{person_id}:{one}" for one in rated)]


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Take the person from what they said; that somebody said it stays counted."""
    with writing(acting):
        for rows in (Vote, Rating):
            rows.objects.filter(person_id=person_id).update(person_id=None)
        Villager.objects.filter(person_id=person_id).delete()


VOICES: Final = PersonalData(personal_subjects, erase_rows)
