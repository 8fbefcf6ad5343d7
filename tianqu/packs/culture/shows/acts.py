"""A show ordered by a village, given a troupe and its money, given, confirmed, disputed, paid, refused, called off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from tianqu.base.bounds import chosen, counted
from tianqu.base.errors import Conflict, InvalidInput, NotFound, _, at_field
from tianqu.base.identifiers import named_identifier
from tianqu.base.texts import clean_text, shortened
from tianqu.kernel.files.api import StoredFile
from tianqu.kernel.journal.api import Acting, DoneBefore, act, writing
from tianqu.kernel.ledgers.api import NewLeg, NewTransfer, account_called, post_within, resolve_within
from tianqu.kernel.notices.api import queue_notice
from tianqu.kernel.orders.api import TITLE_MAX, Attachment, move_within, place_within
from tianqu.kernel.places.api import may_by_role, place_with, require, unit_for
from tianqu.packs.culture.declaring.acts import account_for, book_of
from tianqu.packs.culture.flow import DISPUTE_ITEM, ITEM
from tianqu.packs.culture.models import ENGAGED, LEDGER, TOOK_PLACE, Offer, Performance, Stand, Troupe
from tianqu.packs.culture.registers.matters import (
    REASON_MAX,
    Held,
    contract_numbered,
    kept,
    office_of,
    reached,
    record_performance,
    season_of,
    work_called,
)

OFFICE_KIND: Final = "culture_bureau"
CAUSES: Final = ("weather", "troupe", "village", "budget", "other")
ATTENDANCE_MAX: Final = 100_000
AHEAD_MAX: Final = timedelta(days=366)
EARLY_MAX: Final = timedelta(hours=1)  # before the agreed time, and it may still begin
SAID_WITHIN: Final = timedelta(days=3)  # a troupe gives its word by then
FILES_MAX: Final = 5


def _may_in_place(acting: Acting, /, **arguments: object) -> None:
    require(acting.actor, acting.act)
    place = place_with(arguments["place_id"])  # type: ignore[arg-type]
    require(acting.actor, acting.act, Held(place_path=place.path))


@act("culture.order_show", may=_may_in_place)
def order_show(
    acting: Acting, *, show_id: UUID, place_id: UUID, work: str, first_day: date, last_day: date, note: str = ""
) -> str:
    """Order a work of the county's menu for a village, to be given between two days; return the order's code.

    ``show_id`` is the client's: the same sent again is the same order. Raises ``InvalidInput`` for days or a work that
    cannot be meant, ``NotFound``, and ``Conflict`` where no office of culture answers for the village.
    """
    place, ordered = place_with(place_id), work_called(work)
    office = unit_for(OFFICE_KIND, place, on=acting.today)
    if office is None:
        raise Conflict(
            _("No office of culture answers for this place."), field="place_id", value=str(place_id),
            remedy=_("Ask the county to declare one."),
        )  # fmt: skip
    if ordered.unit_id != office.id or not ordered.is_open:
        raise InvalidInput(
            _("This is not on the menu of your county."), field="work", value=work, remedy=_("Choose from the menu.")
        )
    if not acting.today <= first_day <= last_day <= acting.today + AHEAD_MAX:
        raise InvalidInput(
            _("These days are over, in the wrong order, or more than a year away."), field="first_day",
            value=first_day.isoformat(), remedy=_("Choose the first and the last day on which it suits."),
        )  # fmt: skip
    note = clean_text(note, field="note", most=REASON_MAX)
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        title = shortened(gettext("%(work)s for %(village)s") % {"work": ordered.name, "village": place.name},
                          most=TITLE_MAX)  # fmt: skip
    receipt = place_within(acting, item=ITEM, place_id=place.id, title=title, description=note or title,
                           order_id=show_id)  # fmt: skip
    if receipt.again:
        raise DoneBefore(receipt.code)
    one = Performance.objects.create(
        order_id=show_id, unit_id=office.id, place_id=place.id, place_path=place.path, work=ordered,
        season=season_of(first_day), stand=Stand.ORDERED, first_day=first_day, last_day=last_day, changed_at=acting.now,
    )  # fmt: skip
    move_within(acting, order_id=show_id, note=note)
    record_performance(acting, one)
    return receipt.code


@act("culture.commit_show", may=may_by_role)
def commit_show(acting: Acting, *, show_id: UUID, contract: str, starts_at: datetime) -> int:
    """Give an order a troupe by a contract, and a day; its price is set aside in the office's budget.

    Returns the number of the commitment in the book. Raises ``InvalidInput`` for a day outside the contract,
    ``NotFound`` for a work that the contract does not offer, and ``Conflict`` for a day on which it does not suit the
    village, a time at which the troupe gives something else, and where the budget does not suffice: nothing is
    overdrawn, whoever else sets money aside at the same moment.
    """
    return _arranged(acting, (reached(acting, show_id), contract, starts_at))


def _arranged(acting: Acting, *told: tuple[Performance, str, datetime], note: str = "") -> int:
    """Give shows troupes by contracts ("" for as it is) and times, in one step: none of them stands in another's way.

    What was set aside for another troupe before is free first, and that troupe is told. Returns the number of the last
    commitment in the book. Raises ``DoneBefore`` where all is so already; what is, stays as it is.
    """
    comes: dict[UUID, Offer] = {}
    before = {one.order_id: (one.transfer_id, one.troupe_unit_id) for one, _contract, _at in told}
    offers = {one.order_id: _offer_for(acting, one, contract) if contract else None for one, contract, _at in told}
    told = tuple(each for each in told if not _is_so(each[0], offers[each[0].order_id], at=each[2]))
    if not told:
        raise DoneBefore(None)
    for one, _contract, at in told:
        if (offer := offers[one.order_id]) is not None and offer.contract.troupe_id != one.troupe_id:
            comes[one.order_id], by = offer, offer.contract
            one.troupe, one.troupe_unit_id, one.contract = by.troupe, by.troupe.troupe_unit_id, by
            one.transfer_id = named_identifier(f"culture-commitment:{one.transfer_id or one.order_id}")
            one.price_fen, one.rating_floor, one.raters_least = offer.price_fen, by.rating_floor, by.raters_least
        _check_day(acting, one, at)
        one.stand, one.starts_at, one.season = Stand.COMMITTED, at, season_of(timezone.localdate(at))
        kept(acting, one)
    for one, _contract, at in sorted(told, key=lambda each: each[0].troupe_id or ""):
        _check_free(acting, one, Q(stand__in=ENGAGED), at, clock="starts_at")
    for one in (one for one, _contract, _at in told if one.order_id in comes):
        transfer_id, unit_id = before[one.order_id]
        if transfer_id is not None:  # now that the performance does not ask for it any more
            resolve_within(acting, transfer_id=transfer_id, outcome="voided", day=acting.today)
            queue_notice(acting, key=f"culture-handed:{transfer_id}", code="culture_handed_over", unit_id=unit_id,
                         subject=f"culture_show:{one.order_id}", parameters={"title": one.order.title})  # fmt: skip
    number = 0
    for one, _contract, at in told:
        if one.order_id in comes:
            number = _set_aside(acting, one, comes[one.order_id])
        move_within(acting, order_id=one.order_id, unit_id=one.troupe_unit_id, finish_by=at + SAID_WITHIN, note=note,
                    data=None if one.order_id in comes else {"starts_at": at.isoformat()})  # fmt: skip
    return number


def _is_so(one: Performance, offer: Offer | None, *, at: datetime) -> bool:
    return one.starts_at == at and (offer is None or offer.contract.troupe_id == one.troupe_id)


def _offer_for(acting: Acting, one: Performance, contract: str) -> Offer:
    """What a troupe's contract offers of the work. Raises ``NotFound``, ``NotPermitted``, ``Conflict``."""
    by = contract_numbered(contract)
    office_of(acting, by.unit_id)
    offer = Offer.objects.filter(contract=by, work_id=one.work_id).first()
    if offer is None or by.unit_id != one.unit_id:
        raise NotFound(_("This contract does not offer the work."), field="contract", value=contract[:60])
    if not by.troupe.is_open:
        raise Conflict(
            _("This troupe is not engaged any more."), field="contract", value=contract[:60],
            remedy=_("Choose a contract with another troupe."),
        )  # fmt: skip
    offer.contract = by
    return offer


def _set_aside(acting: Acting, one: Performance, offer: Offer) -> int:
    book, by = book_of(one.unit_id), offer.contract
    paid, budget = account_for(acting, by.troupe, book=book), account_called(book, ledger=LEDGER, code="budget").id
    assert one.transfer_id is not None, one.order_id
    transfer = NewTransfer(
        one.transfer_id, acting.today, (NewLeg(paid, offer.price_fen), NewLeg(budget, -offer.price_fen)),
        kind="commitment", reference=f"performance:{one.order_id}", voucher=by.number[:60], pending=True,
    )  # fmt: skip
    try:
        return post_within(acting, book=book, transfers=[transfer])[0].number
    except Conflict as error:
        if error.field != "amount":
            raise
        raise Conflict(
            _("The budget does not suffice."), field="contract", value=by.number[:60],
            remedy=_("Grant money for culture first, or call another show off; then engage it once more."),
        ) from error  # fmt: skip


@act("culture.hand_over_show", may=may_by_role)
def hand_over_show(acting: Acting, *, show_id: UUID, contract: str, starts_at: datetime) -> int:
    """Give a show for which a troupe is engaged to another one, such as when the first fell ill, in one step.

    What was set aside for the first is free again, the price of the other is set aside, the first is told, and the
    other says whether it comes. Returns and raises as ``commit_show`` does.
    """
    one = reached(acting, show_id)
    if contract_numbered(contract).troupe_id == one.troupe_id:
        raise Conflict(
            _("This troupe is engaged for it already."), field="contract", value=contract[:60],
            remedy=_("Choose a contract with another troupe."),
        )  # fmt: skip
    return _arranged(acting, (one, contract, starts_at))


@act("culture.move_show", may=may_by_role)
def move_show(acting: Acting, *, show_id: UUID, starts_at: datetime, note: str = "") -> None:
    """Give a show for which a troupe is engaged another day or time; the troupe says anew whether it comes.

    The money stays set aside.

    Raises what ``commit_show`` does for such a time, ``NotFound``, ``NotPermitted``.
    """
    _arranged(acting, (reached(acting, show_id), "", starts_at), note=note)


@act("culture.swap_shows", may=may_by_role)
def swap_shows(
    acting: Acting, *, show_id: UUID, contract: str, starts_at: datetime, other_id: UUID, other_contract: str,
    other_starts_at: datetime,
) -> None:  # fmt: skip
    """Give two shows for which troupes are engaged their new times or troupes in one step.

    Each may take what the other had: neither stands in the other's way, and what was set aside for both is free before
    the new prices are. Troupes that do not stay are told; those that come accept anew. Raises what ``commit_show``
    does, and then neither has changed.
    """
    if show_id == other_id:
        raise InvalidInput(
            _("A show changes places with another one."), field="other_id", value=str(other_id),
            remedy=_("Choose another one."),
        )  # fmt: skip
    shows = {each: reached(acting, each) for each in sorted((show_id, other_id))}  # locked in one order, whoever asks
    _arranged(acting, (shows[show_id], contract, starts_at), (shows[other_id], other_contract, other_starts_at))


def _check_day(acting: Acting, one: Performance, starts_at: datetime) -> None:
    """Whether a time to come is within the contract and suits the village."""
    by, day = one.contract, timezone.localdate(starts_at)
    assert by is not None, one.order_id
    if not by.starts_on <= day <= by.ends_on or starts_at <= acting.now:
        raise InvalidInput(
            _("This lies outside the days of the contract, or is over."), field="starts_at",
            value=starts_at.isoformat(), remedy=_("Choose a time to come within the contract."),
        )  # fmt: skip
    if not one.first_day <= day <= one.last_day:
        raise Conflict(
            _("It suits the village from %(first)s to %(last)s."), field="starts_at", value=starts_at.isoformat(),
            first=one.first_day.isoformat(), last=one.last_day.isoformat(),
            remedy=_("Choose one of these days, or let the village order it anew."),
        )  # fmt: skip


def _check_free(acting: Acting, one: Performance, among: Q, at: datetime, /, *, clock: str) -> None:
    """Whether the troupe of a performance gives nothing else while that is given; one at a time asks of a troupe."""
    with writing(acting):
        Troupe.objects.select_for_update().get(code=one.troupe_id)
    other = one.beside(among, at, clock=clock).first()
    if other is not None:
        raise Conflict(
            _("The troupe gives something else then, from %(begins)s."), field=clock, value=at.isoformat(),
            begins=f"{timezone.localtime(getattr(other, clock)):%Y-%m-%d %H:%M}",
            remedy=_("Give a time at which it is free, or look whether the time of the other is right."),
        )  # fmt: skip


@act("culture.accept_show", may=may_by_role)
def accept_show(acting: Acting, *, show_id: UUID) -> None:
    """Say for the troupe that it will come. Raises ``Conflict`` if it has moved on."""
    one = reached(acting, show_id)
    one.stand = Stand.ACCEPTED
    move_within(acting, order_id=show_id)
    kept(acting, one)


@act("culture.say_given", may=may_by_role)
def say_given(
    acting: Acting, *, show_id: UUID, given_at: datetime, attendance: int, files: Sequence[UUID], note: str = ""
) -> None:
    """Say for the troupe that it was given: when it began, how many came, and a picture that shows it.

    ``files`` were handed in before; the first picture among them is the evidence. Raises ``InvalidInput`` without one
    or before the agreed day, and ``Conflict`` after another word, at a time at which the troupe gave something else, or
    for a picture that showed another performance.
    """
    one = reached(acting, show_id)
    counted(attendance, field="attendance", least=1, most=ATTENDANCE_MAX)
    assert one.starts_at is not None, one.order_id
    if given_at > acting.now or given_at < one.starts_at - EARLY_MAX:
        raise InvalidInput(
            _("It was to be given at %(at)s, and cannot have been given long before or in the time to come."),
            field="given_at", value=given_at.isoformat(), at=f"{timezone.localtime(one.starts_at):%Y-%m-%d %H:%M}",
            remedy=_("Give the time at which it began."),
        )  # fmt: skip
    _check_free(acting, one, TOOK_PLACE, given_at, clock="given_at")
    _attach(acting, one, files=files, note=note)
    _check_new(acting, files)
    shown = Attachment.objects.filter(order_id=show_id, id__in=list(files), media_type__startswith="image/").first()
    if shown is None:
        remedy = _("Take one with your phone at the place.")
        raise InvalidInput(_("A picture must show it."), field="files", remedy=remedy)
    one.stand, one.given_at, one.attendance_troupe, one.evidence_id = Stand.GIVEN, given_at, attendance, shown.id
    kept(acting, one)


def _check_new(acting: Acting, files: Sequence[UUID]) -> None:
    """Whether no picture has the bytes of what showed another performance, whoever gave that."""
    with writing(acting):  # files of other orders stand behind their walls
        bytes_ = StoredFile.objects.filter(id__in=list(files)).values("sha256")
        equal = StoredFile.objects.filter(sha256__in=bytes_).exclude(id__in=list(files)).values("id")
        known = Performance.objects.filter(evidence_id__in=equal).exists()
    if known:
        raise Conflict(
            _("This picture has shown another performance already."), field="files",
            remedy=_("Take one at the place, while it is given."),
        )  # fmt: skip


@act("culture.confirm_show", may=may_by_role)
def confirm_show(
    acting: Acting, *, show_id: UUID, attendance: int | None = None, note: str = "", files: Sequence[UUID] = ()
) -> bool:
    """Say for the village how many came (None: as many as the troupe says; 0: it did not take place).

    Returns whether both agree; where they do not, a dispute is opened at the office. Raises ``Conflict`` while the
    troupe has not given its word: a village alone confirms nothing.
    """
    one = reached(acting, show_id)
    assert one.attendance_troupe is not None, one.order_id
    said = one.attendance_troupe if attendance is None else _came(attendance)
    agreed = said == one.attendance_troupe
    one.attendance_village, one.confirmed_at = said, acting.now
    one.stand, one.attendance = (Stand.CONFIRMED, said) if agreed else (Stand.DISPUTED, None)
    _attach(acting, one, files=files, note=note)
    if not agreed:
        _dispute(acting, one, note)
    kept(acting, one)
    return agreed


def _came(attendance: int) -> int:
    return counted(attendance, field="attendance", least=0, most=ATTENDANCE_MAX)


def _dispute(acting: Acting, one: Performance, note: str) -> None:
    """Open a dispute at the office, as an order of its own."""
    dispute_id = dispute_of(one.order_id)
    with translation.override(settings.LANGUAGE_CODE):
        words = {"work": one.work.name, "troupe": one.attendance_troupe, "village": one.attendance_village}
        title = gettext("Counted differently: %(work)s") % words
        told = gettext("The troupe counted %(troupe)s, the village %(village)s.") % words
    place_within(acting, item=DISPUTE_ITEM, place_id=one.place_id, title=shortened(title, most=TITLE_MAX),
                 description=f"{told}\n{note}".strip(), order_id=dispute_id)  # fmt: skip
    move_within(acting, order_id=dispute_id, unit_id=one.unit_id, note=note)


def dispute_of(show_id: UUID) -> UUID:
    """The identifier of the order that is the dispute about a performance."""
    return named_identifier(f"culture-dispute:{show_id}")


@act("culture.settle_dispute", may=may_by_role)
def settle_dispute(acting: Acting, *, show_id: UUID, attendance: int, reason: str) -> None:
    """Say for the office how many came, after both were heard, and why; 0: it did not take place, and is not paid."""
    one = reached(acting, show_id)
    reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    one.attendance, one.stand = _came(attendance), Stand.CONFIRMED
    for order_id in (show_id, dispute_of(show_id)):
        move_within(acting, order_id=order_id, note=reason, data={"attendance": attendance})
    kept(acting, one)


@act("culture.pay_show", may=may_by_role)
def pay_show(acting: Acting, *, show_id: UUID, reason: str = "") -> int:
    """Pay what was set aside, once both words are there and the village's rating is not below the contract's floor.

    Too few ratings are no ratings: then the office says in ``reason`` why it pays all the same. Returns the number of
    the payment in the book. Raises ``Conflict`` that says what is missing.
    """
    one = reached(acting, show_id)
    reason = clean_text(reason, field="reason", most=REASON_MAX)
    if not one.attendance:
        raise Conflict(_("It did not take place."), field="show_id", remedy=_("Refuse the payment."))
    few, low = unreleased(one)
    if low:
        raise Conflict(
            _("The village's rating is below the floor of the contract."), field="show_id",
            remedy=_("Refuse the payment, and say why."),
        )  # fmt: skip
    if few and not reason:
        raise Conflict(
            _("Only %(value)s villagers have rated it, and the contract asks for %(least)s."), field="reason",
            value=one.rating_count, least=one.raters_least, remedy=_("Wait for more, or say why it is paid now."),
        )  # fmt: skip
    one.stand, one.reason, one.decided_on = Stand.PAID, reason if few else "", acting.today
    move_within(acting, order_id=show_id, note=reason)
    kept(acting, one)
    return _resolved(acting, one, "posted", reason=reason)


def unreleased(one: Performance) -> tuple[bool, bool]:
    """Whether a performance has too few ratings, and whether enough of them lie below its contract's floor."""
    assert one.raters_least is not None and one.rating_floor is not None, one.order_id
    few = one.rating_count < one.raters_least
    return few, not few and one.rating_sum * 100 < one.rating_floor * one.rating_count


@act("culture.refuse_payment", may=may_by_role)
def refuse_payment(acting: Acting, *, show_id: UUID, reason: str) -> None:
    """Do not pay for what was given, and say why; what was set aside is free again."""
    one = reached(acting, show_id)
    reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    if one.stand == Stand.DISPUTED:
        move_within(acting, order_id=dispute_of(show_id), note=reason)
    one.stand, one.reason, one.decided_on = Stand.REFUSED, reason, acting.today
    move_within(acting, order_id=show_id, note=reason)
    kept(acting, one)
    _resolved(acting, one, "voided", reason=reason)


@act("culture.cancel_show", may=may_by_role)
def cancel_show(acting: Acting, *, show_id: UUID, cause: str, reason: str) -> None:
    """Call off what was not given yet, because of the weather or something else; what was set aside is free again.

    The village does so while nothing is set aside, the office until the troupe's word. Raises ``NotPermitted``,
    ``Conflict``.
    """
    one = reached(acting, show_id)
    one.cause = chosen(cause, CAUSES, field="cause")
    one.reason = clean_text(reason, field="reason", most=REASON_MAX, wanted=True)
    one.stand, one.decided_on = Stand.CANCELLED, acting.today
    move_within(acting, order_id=show_id, note=one.reason, data={"cause": cause})
    kept(acting, one)
    if one.transfer_id is not None:
        _resolved(acting, one, "voided", reason=one.reason)


def _resolved(acting: Acting, one: Performance, outcome: str, *, reason: str) -> int:
    """Post or void the commitment. The laws of the database let nothing else do it."""
    assert one.transfer_id is not None, one.order_id
    return resolve_within(acting, transfer_id=one.transfer_id, outcome=outcome, day=acting.today, reason=reason)


def _attach(acting: Acting, one: Performance, *, files: Sequence[UUID], note: str) -> None:
    """Move the order by this act, with its note and its files."""
    if len(files) > FILES_MAX:
        raise InvalidInput(
            _("At most %(most)s files are taken at once."), field="files", most=FILES_MAX, remedy=_("Choose the best.")
        )
    note = clean_text(note, field="note", most=REASON_MAX)
    try:
        move_within(acting, order_id=one.order_id, note=note, files=files)
    except InvalidInput as error:
        raise at_field(error, "files") from error
