"""Things of returns within the actor's sight, locked where they are changed, and what the journal says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from tianqu.base.canonical import canonical_bytes, plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.periods import parse_period
from tianqu.kernel.journal.api import Acting, Actor, Refusals, refused_by
from tianqu.kernel.places.api import unit_with
from tianqu.packs.returns.datasets import ELSEWHERE, ROW
from tianqu.packs.returns.designing import Design, Periodicity, design_read
from tianqu.packs.returns.filling import TypedRow
from tianqu.packs.returns.models import Campaign, Filing, Form, Revision, RevisionKind, Row
from tianqu.packs.returns.registers.laws import fills_dataset

ONE_DAY: Final = timedelta(days=1)
LENGTHS: Final = {Periodicity.YEAR: 4, Periodicity.QUARTER: 7, Periodicity.MONTH: 7}

REFUSED: Final[Refusals] = {
    "returns_form_code_key": (
        Conflict, "code", _("There is a return with this code already."), _("Choose another code."),
    ),
    "returns_form_pkey": (
        Conflict, "form_id", _("Something else was sent under this identifier."), _("Send a fresh one."),
    ),
    "returns_campaign_pkey": (
        Conflict, "campaign_id", _("Something else was sent under this identifier."), _("Send a fresh one."),
    ),
    "returns_campaign_period": (
        Conflict, "period", _("This return was asked for this period already."),
        _("Look at the campaign of that period."),
    ),
    "returns_revision_pkey": (
        Conflict, "revision_id", _("Something else was sent under this identifier."), _("Send a fresh one."),
    ),
}  # fmt: skip


def refusal_of(error: IntegrityError) -> TianquError | None:
    """What the database's laws say, as a typed error."""
    return refused_by(REFUSED, error)


def digest_of(*told: object) -> bytes:
    """SHA-256 of what was asked for, to know it again when it is sent a second time."""
    return hashlib.sha256(canonical_bytes(plain(told))).digest()


def office_of(acting: Acting) -> UUID:
    """The unit for which the actor asks for returns. Raises ``NotPermitted`` for somebody without a post."""
    if acting.actor.unit_id is None:
        raise NotPermitted(
            _("Only somebody of an office asks for returns (%(permission)s)."), permission=acting.act,
            remedy=_("Choose one of your posts."),
        )  # fmt: skip
    return acting.actor.unit_id


def _of_office(actor: Actor, office_unit_id: UUID) -> bool:
    return actor.scope.everything or office_unit_id in actor.scope.unit_ids


def form_with(form_id: UUID, actor: Actor, *, lock: bool = False) -> Form:
    """Return a return that the actor's office asks for. Raises ``NotFound``."""
    rows = Form.objects.select_for_update() if lock else Form.objects.all()
    form = rows.filter(id=form_id).first()
    if form is None or not _of_office(actor, form.office_unit_id):
        raise NotFound(_("There is no such return."), field="form_id", value=str(form_id))
    return form


def campaign_with(campaign_id: UUID, actor: Actor, *, lock: bool = False) -> Campaign:
    """Return a campaign of the actor's office. Raises ``NotFound``."""
    rows = Campaign.objects.select_related("form", "version")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    campaign = rows.filter(id=campaign_id).first()
    if campaign is None or not _of_office(actor, campaign.office_unit_id):
        raise NotFound(_("There is no such campaign."), field="campaign_id", value=str(campaign_id))
    return campaign


def filing_with(filing_id: UUID, actor: Actor, *, side: str = "", lock: bool = False) -> Filing:
    """Return a filing of the actor's: as the ``unit`` that files, the ``office`` that asks, or either.

    Raises ``NotFound`` for all others.
    """
    rows = Filing.objects.select_related("campaign__version", "campaign__form", "accepted", "order")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    filing = rows.filter(order_id=filing_id).first()
    if filing is not None:
        units = {"unit": {filing.unit_id}, "office": {filing.office_unit_id}}
        mine = units.get(side, {filing.unit_id, filing.office_unit_id})
        if actor.scope.everything or mine & set(actor.scope.unit_ids):
            return filing
    raise NotFound(_("There is no such return."), field="filing_id", value=str(filing_id))


def design_of(campaign: Campaign) -> Design:
    """What the return looked like when the campaign began."""
    return design_read(campaign.version.design)


def rows_of(revision_id: UUID | None) -> list[TypedRow]:
    """The rows of a revision, in order; none of None."""
    if revision_id is None:
        return []
    rows = Row.objects.filter(revision_id=revision_id).order_by("position")
    return [TypedRow(key, values) for key, values in rows.values_list("key", "values")]


def last_rows(filing: Filing) -> list[TypedRow]:
    """What stands for the same unit and return in the period before; none where it was not asked or not accepted."""
    campaign = filing.campaign
    period = period_before(campaign.period)
    before = Filing.objects.filter(campaign__form_id=campaign.form_id, campaign__period=period, unit_id=filing.unit_id)
    return rows_of(before.values_list("accepted_id", flat=True).first())


def checked_period(text: str, periodicity: Periodicity) -> str:
    """Return a period of a return's own length, as it is kept: 2020, 2020-Q4 or 2020-11. Raises ``InvalidInput``."""
    plain_text = text.strip().upper()
    period = str(parse_period(plain_text, timezone.get_current_timezone()))
    quarter = "Q" in period
    if len(period) != LENGTHS[periodicity] or quarter != (periodicity is Periodicity.QUARTER):
        raise InvalidInput(
            _("“%(value)s” is not a period of this return."), field="period", value=text[:40],
            remedy=_("Write a year as 2020, a quarter as 2020-Q4, a month as 2020-11."),
        )  # fmt: skip
    return period


def period_before(period: str) -> str:
    """The period before one: 2019 before 2020, 2019-Q4 before 2020-Q1, 2019-12 before 2020-01."""
    year, _dash, part = period.partition("-")
    if not part:
        return str(int(year) - 1)
    most, mark = (4, "Q") if part.startswith("Q") else (12, "")
    number = int(part.removeprefix("Q")) - 1
    year, number = (year, number) if number else (str(int(year) - 1), most)
    return f"{year}-{mark}{number}" if mark else f"{year}-{number:02d}"


def last_moment(day: date) -> datetime:
    """The first moment after a day, until which something is to be done."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone()) + ONE_DAY


def keep_revision(
    acting: Acting, filing: Filing, rows: Sequence[TypedRow], *, revision_id: UUID, kind: RevisionKind, digest: bytes,
    explanations: object = (), reason: str = "", method: str = "",
) -> Revision:  # fmt: skip
    """Write a revision with its rows, numbered after the ones before; the filing is locked."""
    actor, units = acting.actor, {"unit_id": filing.unit_id, "office_unit_id": filing.office_unit_id}
    number = Revision.objects.filter(filing=filing).count() + 1
    revision = Revision.objects.create(
        id=revision_id, filing=filing, number=number, kind=kind, method=method, reason=reason,
        explanations=plain(explanations), at=acting.now, person_id=actor.person_id, post_id=actor.post_id,
        digest=digest, **units,
    )  # fmt: skip
    Row.objects.bulk_create(
        Row(revision=revision, position=place, key=row.key, values=dict(row.values), **units)
        for place, row in enumerate(rows)
    )
    return revision


def record_filing(acting: Acting, filing: Filing, *, revision: Revision, rows: Sequence[TypedRow], **more: Any) -> None:
    """Record a return as it now is, whole: from such entries alone every revision can be built again."""
    campaign = filing.campaign
    acting.record(f"return:{filing.order_id}", after={
        "accepted": filing.accepted_id, "campaign": campaign.id, "due_on": filing.due_on, "form": campaign.form.code,
        "office": filing.office_unit_id, "period": campaign.period, "unit": filing.unit_id,
        "version": campaign.version.number,
        "revision": {
            "at": revision.at, "explanations": revision.explanations, "id": revision.id, "kind": str(revision.kind),
            "method": revision.method, "number": revision.number, "reason": revision.reason,
            "rows": [{"key": row.key, "values": row.values} for row in rows],
        },
        **more,
    })  # fmt: skip


def record_accepted(
    acting: Acting, filing: Filing, *, revision: Revision, rows: Sequence[TypedRow], before: Sequence[TypedRow]
) -> None:
    """Record each row that stands now as a subject of its own, and each that stood ``before`` and does no more.

    The datasets of returns are read from these entries.
    """
    campaign, place = filing.campaign, unit_with(filing.unit_id).place
    about = {
        "county": place.name, "filing": filing.order_id, "form": campaign.form.code, "period": campaign.period,
        "year": int(campaign.period[:4]), "unit": filing.unit_id, "revision": revision.number,
        "estimated": revision.kind == RevisionKind.ESTIMATED, "revised": revision.kind == RevisionKind.REVISED,
        "units": {column.name: column.unit_zh for column in design_of(campaign).numbers},
        ELSEWHERE: not fills_dataset(campaign.form.code, office_id=filing.office_unit_id),
    }  # fmt: skip
    for row in rows:
        acting.record(row_subject(filing, row.key), after=about | {"key": row.key, "values": row.values})
    for key in {row.key for row in before} - {row.key for row in rows}:
        acting.record(row_subject(filing, key), after=None)


def row_subject(filing: Filing, key: str) -> str:
    """What an accepted row is called in the journal, whichever revision it is of."""
    return f"{ROW}.{filing.campaign.form.code}:{named_identifier(f'return-row:{filing.order_id}:{key}')}"


def record_campaign(acting: Acting, campaign: Campaign, **more: Any) -> None:
    """Record a campaign as it now is."""
    acting.record(f"returns-campaign:{campaign.id}", after={
        "closed_at": campaign.closed_at, "due_on": campaign.due_on, "form": campaign.form_id, "note": campaign.note,
        "office": campaign.office_unit_id, "period": campaign.period, "version": campaign.version_id, **more,
    })  # fmt: skip
