"""Bringing in registers whole: of many villages, each thing with its history, a few statements for all of it.

What single acts would have written is written: the same rows, digests and judgements, and an entry of the journal for
each change, dated in the evening of its day. Every law of the database looks at it. What is there already, with the
same beginning, is left as it is; so an import that was interrupted is simply run again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from tianqu.base.canonical import plain
from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor, EntryRows, copy_entries
from tianqu.kernel.places.api import Place, within_scope
from tianqu.packs.village.models import (
    ChangeKind,
    Contract,
    Holding,
    HoldingVersion,
    LandChange,
    Parcel,
    ParcelVersion,
)
from tianqu.packs.village.registers import holdings, land
from tianqu.packs.village.registers.histories import (
    Ended,
    HoldingHistory,
    HoldingStep,
    ParcelHistory,
    ParcelStep,
    VillageRegisters,
)
from tianqu.packs.village.registers.land import REASON_MAX, VILLAGE_KIND, checked_number, facts_digest
from tianqu.packs.village.registers.refusals import check_day, digest_of, lawful, taken

VILLAGES_MAX: Final = 500
THINGS_MAX: Final = 20_000
STEPS_MAX: Final = 200
EVENING: Final = time(17)
ROWS_AT_ONCE: Final = 5_000  # in a statement
WRITTEN_OUT: Final = ("jsonb", "ltree")  # types of which lists are sent as texts


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal is told: about what, how it is now, and when that was written."""

    at: datetime
    subject: str
    after: Mapping[str, object]


@dataclass(slots=True)
class Rows:
    """Rows to be written, in the order of their tables, and what the journal is told of them."""

    tables: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def add(self, *rows: models.Model) -> None:
        """Add rows to their tables."""
        for row in rows:
            self.tables.setdefault(type(row), []).append(row)

    def tell(self, at: datetime, subject: str, after: Mapping[str, object]) -> None:
        """Tell the journal of a change."""
        self.told.append(Told(at, subject, after))

    def write(self, acting: Acting) -> None:
        """Write everything, with an entry for each change, first the earliest."""
        with lawful():
            for table, rows in self.tables.items():
                for first in range(0, len(rows), ROWS_AT_ONCE):
                    insert_rows(table, rows[first : first + ROWS_AT_ONCE])
        entries = EntryRows(act=acting.act, actor=acting.actor, count=len(self.told))
        for told in sorted(self.told, key=lambda one: one.at):
            after = plain(told.after)
            assert isinstance(after, dict)
            entries.add(told.subject, after=after, at=told.at)
        copy_entries(acting, entries)


def insert_rows(table: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert rows by one statement that takes a list for each column.

    Many times quicker than a value for each field; COPY is refused on tables behind a wall.
    """
    fields = [field for field in table._meta.concrete_fields if not isinstance(field, models.AutoField)]
    kinds = [str(field.db_type(connection)) for field in fields]
    given = ", ".join(f"%s::{'text' if kind in WRITTEN_OUT else kind}[]" for kind in kinds)
    taken_as = ", ".join(f"c{place}::{kind}" for place, kind in enumerate(kinds))
    names = ", ".join(f"c{place}" for place in range(len(kinds)))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = [
        [_written_out(getattr(row, field.attname), kind) for row in rows]
        for field, kind in zip(fields, kinds, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table._meta.db_table}" ({columns}) SELECT {taken_as}'  # noqa: S608  names are constants
            f" FROM unnest({given}) AS given ({names})",
            values,
        )


def _written_out(value: Any, kind: str) -> Any:
    if kind == "jsonb" and value is not None:
        return json.dumps(value)
    return value


def places_of(villages: Sequence[VillageRegisters], actor: Actor) -> dict[UUID, Place]:
    """Return the villages by identifier. Raises ``NotFound`` beyond the actor's reach, and ``TooLarge``."""
    things = sum(len(one.parcels) + len(one.contracts) + len(one.holdings) for one in villages)
    if not 1 <= len(villages) <= VILLAGES_MAX or things > THINGS_MAX:
        raise TooLarge(
            _("From 1 to %(most)s villages with at most %(things)s things are taken at once."), field="villages",
            value=len(villages), most=VILLAGES_MAX, things=THINGS_MAX, remedy=_("Send them in several parts."),
        )  # fmt: skip
    wanted = [one.place_id for one in villages]
    found = {place.id: place for place in Place.objects.filter(id__in=wanted)}
    for place_id in wanted:
        place = found.get(place_id)
        if place is None or not within_scope(actor.scope, land.Located(place.path)):
            raise NotFound(
                _("There is no such place."), field="villages", value=str(place_id),
                remedy=_("Choose a village within the reach of your post."),
            )  # fmt: skip
        if place.kind != VILLAGE_KIND:
            raise InvalidInput(
                _("%(value)s is no village."), field="villages", value=place.name,
                remedy=_("Registers are kept by villages; choose one."),
            )  # fmt: skip
    if len(found) != len(wanted):
        raise InvalidInput(_("A village is named twice."), field="villages")
    return found


def evening(day: date, now: datetime) -> datetime:
    """When something of a day is dated in the journal: in its evening in the realm, and not in the future."""
    return min(now, datetime.combine(day, EVENING, timezone.get_current_timezone()))


def check_steps(days: Sequence[date], *, what: str) -> None:
    """Refuse a history that has no beginning or does not go forward. Raises ``InvalidInput``."""
    if not 1 <= len(days) <= STEPS_MAX:
        raise InvalidInput(
            _("A history has from 1 to %(most)s steps."), field="steps", value=len(days), most=STEPS_MAX, what=what
        )
    for day in days:
        check_day(day, field="day", future=False)
    if list(days) != sorted(set(days)):
        raise InvalidInput(
            _("The steps of %(value)s do not follow each other, each on a day of its own."), field="steps", value=what,
            remedy=_("Give them in order of time."),
        )  # fmt: skip


def clean_reason(step: ParcelStep | HoldingStep | Ended, *, wanted: bool) -> str:
    """Return why something was changed."""
    return clean_text(step.reason, field="reason", most=REASON_MAX, wanted=wanted)


def known_before(villages: Sequence[VillageRegisters]) -> dict[UUID, bytes]:
    """Return the digest of each thing that is there already, by its identifier."""
    parcels = [one.parcel_id for village in villages for one in village.parcels]
    contracts = [one.contract_id for village in villages for one in village.contracts]
    owned = [one.holding_id for village in villages for one in village.holdings]
    rows = [
        *LandChange.objects.filter(id__in=parcels).values_list("id", "digest"),
        *Contract.objects.filter(id__in=contracts).values_list("id", "digest"),
        *HoldingVersion.objects.filter(change_id__in=owned).values_list("change_id", "digest"),
    ]
    return {given: bytes(digest) for given, digest in rows}


def is_known(known: Mapping[UUID, bytes], given: UUID, digest: bytes, *, field: str) -> bool:
    """Say whether the same thing is there already. Raises ``Conflict`` where it is another."""
    if given in known and known[given] != digest:
        raise taken(field, given)
    return given in known


def bring_parcels(
    acting: Acting, place: Place, histories: Iterable[ParcelHistory], known: Mapping[UUID, bytes], rows: Rows
) -> dict[UUID, str]:
    """Lay out parcels with their versions; return the number of each, by identifier."""
    numbers: dict[UUID, str] = {}
    for history in histories:
        check_steps([step.day for step in history.steps], what=history.number)
        number = numbers[history.parcel_id] = checked_number(history.number)
        facts = [land.checked_facts(step.facts) for step in history.steps]
        first = history.steps[0]
        if first.change_id != history.parcel_id:
            raise _not_its_own(first.change_id)
        digests = [
            digest_of(step.day, step.reason, *content, facts_digest(one))
            for step, one, content in zip(history.steps, facts, _contents(history), strict=True)
        ]
        if is_known(known, history.parcel_id, digests[0], field="parcel_id"):
            continue
        parcel = Parcel(id=history.parcel_id, place=place, place_path=place.path, number=number)
        rows.add(parcel)
        before: ParcelVersion | None = None
        for step, one, digest in zip(history.steps, facts, digests, strict=True):
            at = evening(step.day, acting.now)
            change = LandChange(
                id=step.change_id, place=place, place_path=place.path, day=step.day, digest=digest, at=at,
                kind=ChangeKind.REGISTERED if before is None else ChangeKind.CORRECTED,
                reason=clean_reason(step, wanted=before is not None), person_id=acting.actor.person_id,
                post_id=acting.actor.post_id,
            )  # fmt: skip
            version = ParcelVersion(
                parcel=parcel, place_path=place.path, valid_from=step.day, opened_by=change, name=one.name,
                land_class=one.land_class.value, use=one.use, idle=one.idle, area_mu_4=one.area_mu_4,
                boundary=one.boundary,
            )  # fmt: skip
            if before is not None:
                before.valid_to, before.closed_by = step.day, change
            rows.add(change, version)
            rows.tell(at, f"parcel:{parcel.id}", land.after_image(parcel, version, change))
            before = version
    return numbers


def _contents(history: ParcelHistory) -> Iterable[tuple[object, ...]]:
    """What single acts would have taken their digests of."""
    yield "register", history.number
    for _step in history.steps[1:]:
        yield "correct", history.parcel_id


def bring_holdings(
    acting: Acting, place: Place, histories: Iterable[HoldingHistory], known: Mapping[UUID, bytes], rows: Rows
) -> None:
    """Lay out fixed assets, funds, claims and debts with their versions."""
    for history in histories:
        days = [step.day for step in history.steps]
        check_steps([*days, history.ended.day] if history.ended else days, what=history.number)
        first = history.steps[0]
        if first.change_id != history.holding_id:
            raise _not_its_own(first.change_id)
        facts = [holdings.checked_facts(history.kind, step.facts) for step in history.steps]
        digest = digest_of(first.day, "", "holding", history.kind, history.number, facts[0])
        if is_known(known, history.holding_id, digest, field="holding_id"):
            continue
        holding = Holding(
            id=history.holding_id, place=place, place_path=place.path, kind=history.kind,
            number=checked_number(history.number),
        )  # fmt: skip
        rows.add(holding)
        before: HoldingVersion | None = None
        for step, one in zip(history.steps, facts, strict=True):
            change = land.Change(step.change_id, step.day, clean_reason(step, wanted=before is not None), digest)
            if before is not None:
                digest = digest_of(step.day, step.reason, "correct", history.holding_id, one)
                change = land.Change(change.id, change.day, change.reason, digest)
                holdings.close_version(before, change)
            at = evening(step.day, acting.now)
            before = holdings.version_row(acting, holding, one, change, at=at)
            rows.add(before)
            rows.tell(at, f"holding:{holding.id}", holdings.after_image(holding, before))
        if history.ended is not None and before is not None:
            _end_holding(acting, holding, before, history.ended, rows)


def _end_holding(acting: Acting, holding: Holding, version: HoldingVersion, ended: Ended, rows: Rows) -> None:
    if ended.change_id is None:
        raise InvalidInput(_("The end of a holding has an identifier of its own."), field="change_id")
    digest = digest_of(ended.day, ended.reason, "end", holding.id)
    holdings.close_version(version, land.Change(ended.change_id, ended.day, clean_reason(ended, wanted=True), digest))
    rows.tell(evening(ended.day, acting.now), f"holding:{holding.id}", holdings.after_image(holding, version))


def _not_its_own(given: UUID) -> InvalidInput:
    return InvalidInput(
        _("A thing is entered under its own identifier."), field="change_id", value=str(given),
        remedy=_("Give the first step the identifier of the thing."),
    )  # fmt: skip
