"""The acts of a theatre: its hall declared, the takings of a show booked. Announcing and booking are the kernel's."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from uuid import UUID

from tianqu.base.bounds import counted
from tianqu.base.errors import Conflict, _
from tianqu.base.texts import clean_lines
from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.ledgers.api import Book, NewLeg, NewTransfer, account_called, needed_account_within, post_within
from tianqu.kernel.occasions.api import Booking, Occasion, led_holder, seats_of_rows
from tianqu.kernel.pack.api import check_declarer, position_given, row_of
from tianqu.kernel.places.api import Unit, may_by_role
from tianqu.packs.culture.declaring.acts import opened_book
from tianqu.packs.culture.models import LEDGER, Takings, Theatre
from tianqu.packs.culture.registers.matters import NAME_MAX, coded, keep, office_of

KIND: Final = "theatre"
SEATS_MAX: Final = 5_000
PRICE_MAX_FEN: Final = 1_000_000
# What a show takes in: cash at the door against what it earned. It is paid over to the treasury, and adds to no budget.
ACCOUNTS: Final = (
    ("takings", "票款", "Takings at the door", "debit", "assets"),
    ("tickets", "演出票收入", "Tickets sold", "credit", "income"),
)


@act("culture.declare_theatre", may=may_by_role)
def declare_theatre(
    acting: Acting,
    *,
    unit_id: UUID,
    theatre: str,
    name: str,
    name_en: str,
    venue: str,
    venue_en: str,
    rows: str,
    price_fen: int,
    lon: Decimal | None = None,
    lat: Decimal | None = None,
    is_open: bool = True,
) -> None:
    """Declare a theatre of an office, or what it is from now on. ``rows``: one row of seats a line, ``A 20``.

    Shows that are announced keep their seats and price. Raises ``InvalidInput``, ``NotFound``, and ``Conflict`` for a
    theatre of another office.
    """
    office, known = office_of(acting, unit_id), Theatre.objects.filter(code=theatre).first()
    check_declarer(known, office.id, field="theatre")
    seats = seats_of_rows(rows)
    counted(len(seats), field="rows", least=1, most=SEATS_MAX)
    at = position_given(lon=lon, lat=lat) or (None, None)
    made = Theatre(
        code=coded(theatre, field="theatre"), unit_id=office.id, place_path=office.place.path, seats=seats,
        price_fen=counted(price_fen, field="price_fen", least=0, most=PRICE_MAX_FEN), is_open=is_open,
        lon=at[0], lat=at[1], changed_at=acting.now,
        **clean_lines(most=NAME_MAX, name=name, name_en=name_en, venue=venue, venue_en=venue_en),
    )  # fmt: skip
    keep(acting, made, known, subject=f"theatre:{theatre}")


@act("culture.book_takings", may=may_by_role)
def book_takings(acting: Acting, *, occasion_id: UUID, transfer_id: UUID) -> int:
    """Book what a show took in, as the door has counted; return its number in the office's book, 0 for nothing.

    It waits until the show is closed, when what devices at the door have kept without a line has come in. Booked again
    changes nothing. Raises ``NotFound`` and ``Conflict``.
    """
    shows = Occasion.objects.filter(kind=KIND)
    show = row_of(shows, str(occasion_id), field="occasion_id", missing=_("There is no such show."))
    led_holder(acting.actor, acting.act, kind=KIND, subject=show.subject)
    office, theatre = office_of(acting, show.unit_id), Theatre.objects.select_for_update().get(code=show.subject)
    before = Takings.objects.filter(occasion_id=occasion_id).first()
    if before is not None:
        raise DoneBefore(before.voucher or 0)
    if show.cancelled_at is not None or show.closed_at is None:
        raise Conflict(
            _("This show was called off, or is not closed yet."), field="occasion_id", value=str(occasion_id),
            remedy=_("It is closed a day after its end, when every door has sent what it kept."),
        )  # fmt: skip
    came = Booking.objects.filter(occasion=occasion_id).exclude(in_at=None).count()
    made = Takings(
        occasion_id=occasion_id, theatre=theatre, unit_id=office.id, place_path=show.place_path, came=came,
        price_fen=show.price_fen, amount_fen=came * show.price_fen, booked_at=acting.now,
    )  # fmt: skip
    if made.amount_fen:
        made.transfer_id = transfer_id
        made.voucher = _posted(acting, made, office)
    made.save(force_insert=True)
    acting.record_row(f"takings:{occasion_id}", made)
    return made.voucher or 0


def _posted(acting: Acting, made: Takings, office: Unit) -> int:
    book = opened_book(acting, office)
    Book.objects.select_for_update().get(code=book)  # two theatres of an office open its accounts one after the other
    since = account_called(book, ledger=LEDGER, code="budget").opened_on
    cash, earned = (
        needed_account_within(
            acting, book=book, ledger=LEDGER, code=code, name=name, name_en=name_en, side=side, element=element,
            opened_on=since,
        )
        for code, name, name_en, side, element in ACCOUNTS
    )  # fmt: skip
    assert made.transfer_id is not None
    given = NewTransfer(
        made.transfer_id, acting.today, (NewLeg(cash, made.amount_fen), NewLeg(earned, -made.amount_fen)),
        kind="takings", reference=f"takings:{made.occasion_id}",
    )  # fmt: skip
    posted = post_within(acting, book=book, transfers=[given])[0]
    if posted.again:
        raise Conflict(
            _("Something else was sent under this identifier."), field="transfer_id", remedy=_("Send a new one.")
        )
    return posted.number
