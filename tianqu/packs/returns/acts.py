"""What is done about returns: designed and asked for by an office, filed by units, accepted, sent back or estimated.

An act that moves a return moves its order by the step of that name (``flow``) in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, _, at_field
from tianqu.base.identifiers import named_identifier, new_identifier
from tianqu.base.texts import clean_line, clean_text, shortened
from tianqu.kernel.journal.api import Acting, DoneBefore, act, lawful_by
from tianqu.kernel.orders.api import TITLE_MAX, State, move_within, place_within
from tianqu.kernel.places.api import Unit, reaches, require, unit_today
from tianqu.packs.returns.designing import NAME, Design, FormCheck, FormColumn, Periodicity, checked_design, design_read
from tianqu.packs.returns.estimating import Method, estimated
from tianqu.packs.returns.filling import (
    Explanation,
    Failure,
    FilingRow,
    TypedRow,
    filled,
    unexplained,
)
from tianqu.packs.returns.flow import ITEM, UNFILED
from tianqu.packs.returns.models import (
    Campaign,
    Decision,
    Draft,
    Filing,
    Form,
    FormVersion,
    Revision,
    RevisionKind,
)
from tianqu.packs.returns.registers.laws import check_code, check_design
from tianqu.packs.returns.registers.matters import (
    campaign_with,
    checked_period,
    design_of,
    digest_of,
    filing_with,
    form_with,
    keep_revision,
    last_moment,
    last_rows,
    office_of,
    record_accepted,
    record_campaign,
    record_filing,
    refusal_of,
    rows_of,
)
from tianqu.packs.returns.words import failure_said

TEXT_MAX: Final = 2_000
UNITS_MAX: Final = 200
DUE_DAYS_MAX: Final = 366
DRAFT_ROWS_MAX: Final = 2_000


def _may_by_role(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)


@act("returns.design_form", may=_may_by_role)
def design_form(
    acting: Acting,
    *,
    form_id: UUID,
    code: str,
    title_zh: str,
    title_en: str,
    periodicity: Periodicity,
    columns: Sequence[FormColumn],
    checks: Sequence[FormCheck] = (),
    keyed: bool = False,
    key_title_zh: str = "",
    key_title_en: str = "",
    expected_number: int | None = None,
) -> int:
    """Design a return, or its next version, and return the version's number; the newest one sent again is the same.

    Campaigns that are open keep the version they began with. ``expected_number`` is the version that was looked at.
    Raises ``InvalidInputs`` with every fault of columns and checks, and of numbers that the dataset which the return
    fills could not tell; ``Conflict`` for a code that is taken or fills another office's dataset, and for another
    periodicity once units were asked.
    """
    office = office_of(acting)
    design = checked_design(Design(
        title_zh, title_en, periodicity, tuple(columns), tuple(checks), keyed, key_title_zh, key_title_en,
    ))  # fmt: skip
    if not NAME.fullmatch(code):
        raise InvalidInput(
            _("“%(value)s” cannot be a code."), field="code", value=code[:40],
            remedy=_("Use small letters, digits and _, beginning with a letter."),
        )  # fmt: skip
    form = Form.objects.select_for_update().filter(id=form_id).first()
    if form is None:
        check_code(code, office_id=office)
        with lawful_by(refusal_of):
            form = Form.objects.create(id=form_id, code=code, office_unit_id=office)
    form = form_with(form_id, acting.actor)
    newest = form.versions.order_by("-number").first()
    told = plain(design)
    if form.code != code:
        raise Conflict(_("The code of a return stays."), field="code", value=form.code)
    if newest is not None and newest.design == told:
        raise DoneBefore(newest.number)
    number = newest.number if newest is not None else 0
    if expected_number is not None and expected_number != number:
        raise Conflict(
            _("Somebody has changed this return: it is in version %(value)s."), field="expected_number", value=number,
            remedy=_("Look at it again before you go on."),
        )  # fmt: skip
    check_design(form, design)
    FormVersion.objects.create(
        form=form, office_unit_id=form.office_unit_id, number=number + 1, at=acting.now, design=told
    )
    acting.record(f"returns-form:{form_id}", after={
        "code": code, "design": told, "office": form.office_unit_id, "version": number + 1,
    })  # fmt: skip
    return number + 1


@act("returns.open_campaign", may=_may_by_role)
def open_campaign(
    acting: Acting,
    *,
    campaign_id: UUID,
    form_id: UUID,
    period: str,
    due_on: date,
    unit_ids: Sequence[UUID],
    note: str = "",
) -> int:
    """Ask units for a return of a period, by the end of a day: each gets one order. Returns how many were asked.

    The same sent again changes nothing. Raises ``InvalidInput``, ``NotFound`` for a unit out of reach, ``Conflict``
    where this return was asked for the period already.
    """
    digest = digest_of("campaign", form_id, period, due_on, sorted(map(str, unit_ids)), note)
    form = form_with(form_id, acting.actor, lock=True)  # of several at once, each sees what was done before it
    known = Campaign.objects.filter(id=campaign_id).first()
    if known is not None:
        if bytes(known.digest) != digest:
            raise Conflict(
                _("Something else was sent under this identifier."), field="campaign_id", value=str(campaign_id),
                remedy=_("Send a fresh one."),
            )  # fmt: skip
        raise DoneBefore(known.filings.count())
    version = form.versions.order_by("-number").first()
    assert version is not None, form
    check_design(form, design := design_read(version.design))
    period = checked_period(period, design.periodicity)
    note = clean_text(note, field="note", most=TEXT_MAX)
    _check_due(due_on, today=acting.today)
    units = _asked_units(acting, unit_ids)
    with lawful_by(refusal_of):
        campaign = Campaign.objects.create(
            id=campaign_id, form=form, version=version, office_unit_id=form.office_unit_id, period=period,
            due_on=due_on, note=note, opened_at=acting.now, digest=digest,
        )  # fmt: skip
    for unit in units:
        _ask(acting, campaign, unit)
    record_campaign(acting, campaign, units=[unit.id for unit in units])
    return len(units)


def _check_due(due_on: date, *, today: date) -> None:
    if not 0 <= (due_on - today).days <= DUE_DAYS_MAX:
        raise InvalidInput(
            _("%(value)s is not one of the next %(most)s days."), field="due_on", value=due_on.isoformat(),
            most=DUE_DAYS_MAX, remedy=_("Choose a day that leaves time to file."),
        )  # fmt: skip


def _asked_units(acting: Acting, unit_ids: Sequence[UUID]) -> list[Unit]:
    """The units that do the work today, each once, within the office's reach."""
    if not 1 <= len(unit_ids) <= UNITS_MAX:
        raise InvalidInput(_("Between 1 and %(most)s units are asked at once."), field="unit_ids", most=UNITS_MAX)
    units = {unit.id: unit for unit in (unit_today(unit_id) for unit_id in dict.fromkeys(unit_ids))}
    for unit in units.values():
        if not (unit.id in acting.actor.scope.unit_ids or reaches(acting.actor.scope, unit.place.path)):
            raise InvalidInput(
                _("%(value)s lies outside the reach of your office."), field="unit_ids", value=unit.code,
                remedy=_("Ask units of your own place."),
            )  # fmt: skip
    return sorted(units.values(), key=lambda unit: unit.code)


def _ask(acting: Acting, campaign: Campaign, unit: Unit) -> None:
    """Place one unit's order under the identifier that it always has in this campaign."""
    filing_id, design = named_identifier(f"return:{campaign.id}:{unit.id}"), design_of(campaign)
    title = shortened(f"{campaign.period} {design.title_zh} {unit.name}", most=TITLE_MAX)
    place_within(
        acting, item=ITEM, place_id=unit.place_id, title=title, description=campaign.note or title, order_id=filing_id
    )
    Filing.objects.create(
        order_id=filing_id, campaign=campaign, unit_id=unit.id, office_unit_id=campaign.office_unit_id,
        due_on=campaign.due_on,
    )  # fmt: skip
    move_within(
        acting, order_id=filing_id, unit_id=unit.id, finish_by=last_moment(campaign.due_on), note=campaign.note,
        data={"campaign": str(campaign.id)},
    )  # fmt: skip


@act("returns.receive_filing", may=_may_by_role)
def receive_filing(acting: Acting, *, filing_id: UUID) -> None:
    """Say for the unit that the return has come. Raises ``Conflict`` if it has moved on."""
    filing = filing_with(filing_id, acting.actor, side="unit", lock=True)
    move_within(acting, order_id=filing.order_id)


@act("returns.save_draft", may=_may_by_role)
def save_draft(
    acting: Acting, *, filing_id: UUID, rows: Sequence[FilingRow], explanations: Sequence[Explanation] = (),
    reason: str = "",
) -> None:  # fmt: skip
    """Keep what a unit has begun to fill in, as it was typed, for everybody of the unit. Nothing is checked yet."""
    if len(rows) > DRAFT_ROWS_MAX or len(explanations) > DRAFT_ROWS_MAX:
        raise InvalidInput(_("This return has at most %(most)s rows."), field="rows", most=DRAFT_ROWS_MAX)
    filing = filing_with(filing_id, acting.actor, side="unit", lock=True)
    if filing.order.state not in {*UNFILED, State.CLOSED}:
        raise Conflict(
            _("This return is with the office now, and is not filled in."), field="filing_id",
            remedy=_("Ask the office to send it back."),
        )  # fmt: skip
    kept = [{"key": row.key[:400], "values": {name: _raw(value) for name, value in row.values.items()}} for row in rows]
    told = {"rows": kept, "explanations": plain(explanations), "reason": reason[:TEXT_MAX], "at": acting.now}
    Draft.objects.update_or_create(filing=filing, defaults={"unit_id": filing.unit_id, **told})
    acting.record(f"return-draft:{filing_id}", after=told)


def _raw(value: object) -> object:
    return str(value)[:1_000] if isinstance(value, float | str) else plain(value)


@act("returns.submit_filing", may=_may_by_role)
def submit_filing(
    acting: Acting, *, filing_id: UUID, revision_id: UUID, rows: Sequence[FilingRow],
    explanations: Sequence[Explanation] = (), reason: str = "", expected_version: int | None = None,
) -> int:  # fmt: skip
    """File a return for the unit, and return the number of its revision; sent again it is the same.

    After figures of the unit were accepted it is a revision, and needs a ``reason``; what was accepted stands until
    the office accepts the new one. Raises ``InvalidInputs`` with every cell that cannot be read, every hard check that
    fails and every soft one without an explanation; ``Conflict`` when it is filed already or closed.
    """
    digest = digest_of("filing", filing_id, [_digested(row) for row in rows], list(explanations), reason)
    filing = filing_with(filing_id, acting.actor, side="unit", lock=True)
    known = Revision.objects.filter(id=revision_id).first()
    if known is not None:
        if bytes(known.digest) != digest:
            raise Conflict(
                _("Something else was sent under this identifier."), field="revision_id", value=str(revision_id),
                remedy=_("Send a fresh one."),
            )  # fmt: skip
        raise DoneBefore(known.number)
    accepted = filing.accepted
    revises = accepted is not None and accepted.kind != RevisionKind.ESTIMATED
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=revises)
    explanations = _clean_explanations(explanations)
    # The order first: whoever files what is with the office is told so, and not what is wrong with its cells.
    move_within(
        acting, order_id=filing_id, note=reason, expected_version=expected_version,
        data={"revision": str(revision_id)},
    )  # fmt: skip
    typed_rows = _checked_rows(filing, rows, explanations)
    with lawful_by(refusal_of):
        revision = keep_revision(
            acting, filing, typed_rows, revision_id=revision_id,
            kind=RevisionKind.REVISED if revises else RevisionKind.FILED, digest=digest, explanations=explanations,
            reason=reason,
        )  # fmt: skip
    if filing.first_filed_at is None:
        filing.first_filed_at = acting.now
        filing.save(update_fields=["first_filed_at"])
    Draft.objects.filter(filing=filing).delete()
    record_filing(acting, filing, revision=revision, rows=typed_rows)
    return revision.number


def _digested(row: FilingRow) -> object:
    return [row.key, {name: _raw(value) for name, value in row.values.items()}]


def _clean_explanations(explanations: Sequence[Explanation]) -> list[Explanation]:
    if len(explanations) > DRAFT_ROWS_MAX:
        raise InvalidInput(_("This return has at most %(most)s rows."), field="explanations", most=DRAFT_ROWS_MAX)
    return [
        Explanation(one.check[:40], one.key[:200], clean_line(one.text, field="explanations", most=TEXT_MAX))
        for one in explanations if one.text.strip()
    ]  # fmt: skip


def _checked_rows(filing: Filing, rows: Sequence[FilingRow], explanations: Sequence[Explanation]) -> list[TypedRow]:
    """The rows of a return that can be taken. Raises ``InvalidInputs``."""
    found = filled(design_of(filing.campaign), rows, last=last_rows(filing))
    faults = [*found.faults, *(_failed(one) for one in found.failures if not one.check.soft)]
    faults += [_to_explain(one) for one in unexplained(found.failures, explanations)]
    if faults:
        raise InvalidInputs(faults[:FAULTS_MAX])
    return found.rows


FAULTS_MAX: Final = 200


def _failed(failure: Failure) -> InvalidInput:
    return InvalidInput(
        _("The check “%(title)s” fails: %(told)s."), field=failure.field, title=failure.check.title_zh,
        title_en=failure.check.title_en, told=failure_said(failure), remedy=_("Look at these figures again."),
    )  # fmt: skip


def _to_explain(failure: Failure) -> InvalidInput:
    return InvalidInput(
        _("“%(title)s” is unusual: %(told)s."), field=failure.field, title=failure.check.title_zh,
        title_en=failure.check.title_en, told=failure_said(failure), remedy=_("Mend the figures, or say why it is so."),
    )  # fmt: skip


def _decided(acting: Acting, revision: Revision, *, accepted: bool, reason: str = "") -> Decision:
    return Decision.objects.create(
        revision=revision, unit_id=revision.unit_id, office_unit_id=revision.office_unit_id, accepted=accepted,
        reason=reason, at=acting.now, person_id=acting.actor.person_id, post_id=acting.actor.post_id,
    )  # fmt: skip


def _newest(filing: Filing) -> Revision | None:
    return Revision.objects.filter(filing=filing).order_by("-number").first()


@act("returns.accept_filing", may=_may_by_role)
def accept_filing(acting: Acting, *, filing_id: UUID, number: int, expected_version: int | None = None) -> None:
    """Accept the revision ``number`` of a return: its figures stand from now on.

    Raises ``Conflict`` if the unit has filed another one meanwhile, or nothing waits for a decision.
    """
    filing = filing_with(filing_id, acting.actor, side="office", lock=True)
    move_within(acting, order_id=filing_id, expected_version=expected_version, data={"revision": number})
    revision = _newest(filing)
    if revision is None or revision.number != number:
        raise Conflict(
            _("The newest revision of this return is number %(value)s."), field="number",
            value=revision.number if revision is not None else 0, remedy=_("Look at it again before you go on."),
        )  # fmt: skip
    _decided(acting, revision, accepted=True)
    _stands(acting, filing, revision=revision, rows=rows_of(revision.id))


def _stands(acting: Acting, filing: Filing, *, revision: Revision, rows: Sequence[TypedRow]) -> None:
    """Let a revision's rows be the figures that stand."""
    before = rows_of(filing.accepted_id)
    filing.accepted = revision
    filing.save(update_fields=["accepted"])
    record_filing(acting, filing, revision=revision, rows=rows)
    record_accepted(acting, filing, revision=revision, rows=rows, before=before)


@act("returns.send_back_filing", may=_may_by_role)
def send_back_filing(
    acting: Acting, *, filing_id: UUID, reason: str, due_on: date | None = None, expected_version: int | None = None
) -> None:
    """Send a return back to the unit with the reason, to be filed anew by a day; it opens a closed one again.

    What was accepted before stands until another revision is accepted.
    """
    filing = filing_with(filing_id, acting.actor, side="office", lock=True)
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=True)
    today = acting.today
    filing.due_on = due_on or max(filing.due_on, today)
    _check_due(filing.due_on, today=today)
    waited = filing.order.state == State.DONE
    move_within(
        acting, order_id=filing_id, note=reason, finish_by=last_moment(filing.due_on),
        expected_version=expected_version, data={"due_on": filing.due_on.isoformat()},
    )  # fmt: skip
    filing.save(update_fields=["due_on"])
    revision = _newest(filing)
    if revision is None:
        record_campaign(acting, filing.campaign, opened_again=filing.unit_id)
        return
    if waited:
        _decided(acting, revision, accepted=False, reason=reason)
    record_filing(acting, filing, revision=revision, rows=rows_of(revision.id), sent_back=reason)


@act("returns.extend_filing", may=_may_by_role)
def extend_filing(
    acting: Acting, *, filing_id: UUID, due_on: date, reason: str, expected_version: int | None = None
) -> None:
    """Give a unit until a later day, before the time is over and not beyond what the item allows in all."""
    filing = filing_with(filing_id, acting.actor, side="office", lock=True)
    reason = clean_text(reason, field="reason", most=TEXT_MAX, wanted=True)
    _check_due(due_on, today=acting.today)
    try:
        move_within(
            acting, order_id=filing_id, finish_by=last_moment(due_on), note=reason, expected_version=expected_version,
            data={"due_on": due_on.isoformat()},
        )  # fmt: skip
    except InvalidInput as error:
        raise at_field(error, "due_on") from error
    filing.due_on = due_on
    filing.save(update_fields=["due_on"])


@act("returns.estimate_filing", may=_may_by_role)
def estimate_filing(acting: Acting, *, filing_id: UUID, method: Method, expected_version: int | None = None) -> int:
    """Estimate the return of a unit that has not filed; it stands, marked, until the unit's own is accepted.

    Returns the number of the revision. Raises ``Conflict`` where the unit's own figures stand already, or there is
    nothing to estimate from.
    """
    filing = filing_with(filing_id, acting.actor, side="office", lock=True)
    if filing.accepted is not None and filing.accepted.kind != RevisionKind.ESTIMATED:
        raise Conflict(
            _("Figures of the unit itself stand already."), field="filing_id", remedy=_("Send the return back instead.")
        )
    move_within(acting, order_id=filing_id, expected_version=expected_version, data={"method": method.value})
    rows = estimated(design_of(filing.campaign), last_rows(filing), method=method, peers=_peers(filing))
    revision = keep_revision(
        acting, filing, rows, revision_id=new_identifier(), kind=RevisionKind.ESTIMATED, method=method.value,
        digest=digest_of("estimate", filing_id, method),
    )  # fmt: skip
    _decided(acting, revision, accepted=True)
    _stands(acting, filing, revision=revision, rows=rows)
    return revision.number


def _peers(filing: Filing) -> list[tuple[TypedRow, TypedRow]]:
    """What other units' accepted own figures are, row by row, beside those of the period before."""
    others = Filing.objects.filter(campaign=filing.campaign, accepted__isnull=False).exclude(
        accepted__kind=RevisionKind.ESTIMATED
    )
    pairs = []
    for other in others.exclude(pk=filing.pk).select_related("campaign").order_by("unit_id"):
        before = {row.key: row for row in last_rows(other)}
        pairs += [(row, before[row.key]) for row in rows_of(other.accepted_id) if row.key in before]
    return pairs


@act("returns.remind_units", may=_may_by_role)
def remind_units(acting: Acting, *, campaign_id: UUID, note: str = "") -> int:
    """Remind each unit that has not filed, at most once a day each; return how many were reminded."""
    campaign = campaign_with(campaign_id, acting.actor)
    note = clean_text(note, field="note", most=TEXT_MAX)
    today = acting.today
    waiting = Filing.objects.select_for_update(of=("self",)).filter(campaign=campaign, order__state__in=UNFILED)
    reminded = list(waiting.exclude(reminded_on=today).order_by("order_id")[:UNITS_MAX])
    if not reminded:
        raise DoneBefore(0)
    for filing in reminded:
        move_within(acting, order_id=filing.order_id, note=note)
        filing.reminded_on = today
    Filing.objects.bulk_update(reminded, ["reminded_on"])
    record_campaign(acting, campaign, reminded=[filing.order_id for filing in reminded])
    return len(reminded)


@act("returns.close_campaign", may=_may_by_role)
def close_campaign(acting: Acting, *, campaign_id: UUID, note: str = "") -> int:
    """Close a campaign: what was not filed is closed without a return. Returns how many were.

    Raises ``Conflict`` while returns wait for the office's decision. A single return is opened again by sending it
    back, and closed by this again; where all are closed, it changes nothing.
    """
    campaign = campaign_with(campaign_id, acting.actor, lock=True)
    note = clean_text(note, field="note", most=TEXT_MAX)
    filings = list(campaign.filings.select_for_update(of=("self",)).select_related("order").order_by("order_id"))
    undecided = [one for one in filings if one.order.state == State.DONE]
    if undecided:
        raise Conflict(
            _("%(value)s returns wait for your decision."), field="campaign_id", value=len(undecided),
            remedy=_("Accept them or send them back first."),
        )  # fmt: skip
    unfiled = [one for one in filings if one.order.state in UNFILED]
    if campaign.closed_at is not None and not unfiled:
        raise DoneBefore(0)
    for filing in unfiled:
        move_within(acting, order_id=filing.order_id, note=note)
    campaign.closed_at = acting.now
    campaign.save(update_fields=["closed_at"])
    record_campaign(acting, campaign, unfiled=[one.order_id for one in unfiled])
    return len(unfiled)
