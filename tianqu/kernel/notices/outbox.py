"""Writing to the outbox within an act, and reading what is one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, NotPermitted, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.notices.models import Address, Channel, Delivery, DigestHour, Notice, Preference
from tianqu.kernel.notices.reachable import checked_address
from tianqu.kernel.notices.templates import Words, checked_parameters, known_templates, template_called, words_of
from tianqu.kernel.places.api import can, require

PAGE_MAX = 100
READ_AT_ONCE_MAX = 1_000
DIGEST_LINES_MAX = 50
DIGEST_HOUR = 7  # of the realm's own clock, for whoever chose no other


def queue_notice(
    acting: Acting,
    *,
    key: str,
    code: str,
    parameters: Mapping[str, object],
    subject: str = "",
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    address: str = "",
    language: str = "",
    due_at: datetime | None = None,
) -> None:
    """Queue a notice within an act; it stands or falls with it, and goes once however often ``key`` is queued.

    It is for a person, for a unit, or for the mail ``address`` of somebody without an account. ``parameters`` fill the
    template's words. ``language`` is needed for a bare address alone; persons have their own.
    """
    notice = prepare_notice(
        acting, key=key, code=code, parameters=parameters, subject=subject, person_id=person_id, unit_id=unit_id,
        address=address, language=language, due_at=due_at,
    )  # fmt: skip
    # Without a named conflict target and without RETURNING the row need not be visible to the actor.
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def prepare_notice(
    acting: Acting,
    *,
    key: str,
    code: str,
    parameters: Mapping[str, object],
    subject: str = "",
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    address: str = "",
    language: str = "",
    due_at: datetime | None = None,
) -> Notice:
    """Return a checked notice that is not written yet, for acts that write many at once."""
    if person_id is None and unit_id is None and not address:
        raise InvalidInput(_("A notice needs a person, a unit or an address."), field="person_id")
    checked_parameters(template_called(code), parameters)
    return Notice(
        id=new_identifier(), key=key, code=code, parameters=plain(parameters), subject=subject, person_id=person_id,
        unit_id=unit_id, address=address, language=language, queued_at=acting.now, due_at=due_at or acting.now,
    )  # fmt: skip


def queue_notices(acting: Acting, notices: Iterable[Notice]) -> None:
    """Queue many prepared notices within an act; those whose key is known already are left out."""
    Notice.objects.bulk_create(notices, batch_size=500, ignore_conflicts=True)


@dataclass(frozen=True, slots=True)
class Digest:
    """What waits for one clerk on a morning: counts, and lines of text in the clerk's own words."""

    person_id: UUID
    late: int
    today: int
    back: int
    lines: Sequence[str]


def _may_digest(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, "notices.digest")


@act("notices.digest", may=_may_digest)
def queue_digests(acting: Acting, *, day: date, digests: Sequence[Digest]) -> int:
    """Queue one digest a person for ``day``; called again for the same day it adds nothing. Returns how many."""
    notices = [
        prepare_notice(
            acting, key=f"digest:{day}:{digest.person_id}", code="digest", person_id=digest.person_id,
            parameters={
                "day": day, "late": digest.late, "today": digest.today, "back": digest.back,
                "lines": "\n".join(f"· {line}" for line in digest.lines[:DIGEST_LINES_MAX]),
            },
        )
        for digest in digests
    ]  # fmt: skip
    queue_notices(acting, notices)
    acting.record(f"digest:{day}", after={"persons": len(notices)})
    return len(notices)


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """A notice as its reader's list shows it."""

    id: UUID
    at: datetime
    code: str
    subject: str
    words: Words
    read_at: datetime | None


def _mine(actor: Actor) -> QuerySet[Notice]:
    """What is addressed to the actor, and to their unit as far as their post may know of it."""
    templates = known_templates().values()
    beyond = [each.code for each in templates if each.permission and not can(actor, each.permission)]
    mine = Q(unit_id__in=actor.scope.unit_ids) & ~Q(code__in=beyond)
    if actor.person_id is not None:
        mine |= Q(person_id=actor.person_id)
    return Notice.objects.filter(mine, erased_at=None)


def notices_of(
    actor: Actor, *, language: str, unread: bool = False, before: UUID | None = None, limit: int = 20
) -> list[ListedNotice]:
    """Return the actor's own notices and their units', newest first; ``before`` is the last one of the page above."""
    found = _mine(actor)
    if unread:
        found = found.filter(read_at=None)
    if before is not None:
        found = found.filter(id__lt=before)
    return [_listed(notice, language) for notice in found.order_by("-id")[: min(limit, PAGE_MAX)]]


def _listed(notice: Notice, language: str) -> ListedNotice:
    words = words_of(code=notice.code, parameters=notice.parameters, subject=notice.subject, language=language)
    return ListedNotice(
        id=notice.id, at=notice.queued_at, code=notice.code, subject=notice.subject, words=words,
        read_at=notice.read_at,
    )  # fmt: skip


def unread_count(actor: Actor) -> int:
    """Return how many of the actor's notices are unread, counting no further than 100."""
    return len(_mine(actor).filter(read_at=None).values_list("id", flat=True)[:PAGE_MAX])


def _may_read(acting: Acting, /, **arguments: Any) -> None:
    if acting.actor.person_id is None:
        raise NotPermitted(_("Only somebody who has signed in has notices."), remedy=_("Sign in first."))


@act("notices.read", may=_may_read)
def mark_read(acting: Acting, *, notice_ids: Sequence[UUID] | None = None) -> int:
    """Mark some of one's notices as read, or all of them. Returns how many were not before."""
    found = _mine(acting.actor).filter(read_at=None)
    if notice_ids is not None:
        if len(notice_ids) > READ_AT_ONCE_MAX:
            raise TooLarge(
                _("At most %(limit)s notices are marked at once."), field="notice_ids", limit=READ_AT_ONCE_MAX
            )
        found = found.filter(id__in=list(notice_ids))
    chosen = list(found.order_by("id").values_list("id", flat=True)[:READ_AT_ONCE_MAX])
    count = Notice.objects.filter(id__in=chosen).update(read_at=acting.now)
    acting.record(f"person:{acting.actor.person_id}", after={"notices_read": count}, sealed=True)
    return count


def _may_set(acting: Acting, /, *, unit_id: UUID | None = None, **arguments: Any) -> None:
    if unit_id is not None:
        require(acting.actor, "notices.address", _OfUnit(unit_id))
    else:
        _may_read(acting)


@dataclass(frozen=True, slots=True)
class _OfUnit:
    unit_id: UUID


@act("notices.address", may=_may_set)
def set_address(acting: Acting, *, channel: str, address: str, unit_id: UUID | None = None) -> None:
    """Say where one wants to be told, or where a unit does; an empty ``address`` takes it away.

    ``channel`` is ``mail`` with a mail address or ``apprise`` with an Apprise URL of an allowed service. Raises
    ``InvalidInput`` for any other.
    """
    owner = {"unit_id": unit_id} if unit_id else {"person_id": acting.actor.person_id}
    kept = checked_address(channel, address=address)
    Address.objects.filter(channel=channel, **owner).delete()
    if kept:
        Address(id=new_identifier(), channel=channel, address=kept, **owner).save(force_insert=True)
    subject = f"unit:{unit_id}" if unit_id else f"person:{acting.actor.person_id}"
    acting.record(subject, after={"channel": channel, "has_address": bool(kept)}, sealed=True)


@act("notices.prefer", may=_may_read)
def set_preference(acting: Acting, *, code: str, channel: str, wanted: bool) -> None:
    """Say whether one wants notices of ``code`` (``*`` for all) by ``channel``. The page shows them in any case."""
    if channel not in Channel.values:
        raise InvalidInput(
            _("%(value)s is no channel."), field="channel", value=channel, remedy=_("Use mail or apprise.")
        )
    if code != "*" and code not in known_templates():
        raise InvalidInput(_("There is no notice called %(value)s."), field="code", value=code)
    values = {"person_id": acting.actor.person_id, "code": code, "channel": channel}
    if not Preference.objects.filter(**values).update(wanted=wanted):
        Preference(id=new_identifier(), wanted=wanted, **values).save(force_insert=True)
    acting.record(f"person:{acting.actor.person_id}", after={**values, "wanted": wanted}, sealed=True)


@act("notices.digest_hour", may=_may_read)
def set_digest_hour(acting: Acting, *, hour: int) -> None:
    """Say at which full hour of the realm's clock (0 to 23) one wants the morning's digest."""
    if not 0 <= hour <= 23:
        raise InvalidInput(_("%(value)s is not an hour of the day."), field="hour", value=hour)
    person_id = acting.actor.person_id
    assert person_id is not None, "the permission check has refused whoever is nobody"
    DigestHour.objects.filter(person_id=person_id).delete()
    if hour != DIGEST_HOUR:
        DigestHour(person_id=person_id, hour=hour).save(force_insert=True)
    acting.record(f"person:{person_id}", after={"digest_hour": hour}, sealed=True)


def digest_hour_of(actor: Actor) -> int:
    """Return the hour at which the actor gets the digest."""
    chosen = DigestHour.objects.filter(person_id=actor.person_id).first() if actor.person_id else None
    return chosen.hour if chosen else DIGEST_HOUR


def digest_hours() -> dict[UUID, int]:
    """Return who chose another hour than the usual one, as far as the connection sees."""
    return dict(DigestHour.objects.values_list("person_id", "hour"))


def addresses_of(actor: Actor) -> dict[str, str]:
    """Return the actor's own addresses by channel."""
    if actor.person_id is None:
        return {}
    return dict(Address.objects.filter(person_id=actor.person_id).values_list("channel", "address"))


def preferences_of(actor: Actor) -> dict[tuple[str, str], bool]:
    """Return what the actor chose, by code and channel."""
    if actor.person_id is None:
        return {}
    chosen = Preference.objects.filter(person_id=actor.person_id)
    return {(code, channel): wanted for code, channel, wanted in chosen.values_list("code", "channel", "wanted")}


def erase_notices(acting: Acting, *, person_id: UUID | None = None, subject: str | None = None) -> int:
    """Empty the notices of a person or about a subject within another act that erases them; the rows stay.

    The act's scope must see them: erasure is done by the system.
    """
    assert person_id or subject, "erase whose notices?"
    owned = Notice.objects.filter(Q(person_id=person_id) if person_id else Q(subject=subject))
    Delivery.objects.filter(notice__in=owned).update(address="")
    if person_id:
        Address.objects.filter(person_id=person_id).delete()
        Preference.objects.filter(person_id=person_id).delete()
        DigestHour.objects.filter(person_id=person_id).delete()
    return owned.update(parameters={}, address="", erased_at=acting.now, spread_at=acting.now)
