"""What is said of an order that was served: confirmed by whoever asked, or disagreed with, and thanked for.

A flow of a pack takes these steps where both sides must say that something was done (``Step``).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.orders.cases import clean_note, may_by_role, open_case
from tianqu.kernel.orders.codes import check_slip
from tianqu.kernel.orders.flow import Who
from tianqu.kernel.orders.within import led

CONFIRM: Final = "confirm"  # the purpose of the code on the asker's slip
VISIT: Final = "visit"  # and of the one that is read to whoever comes
THANKS_MAX: Final = 300
BY: Final = {Who.ASKER: "asker", Who.OVERSIGHT: "phone", Who.TAKER: "slip"}


@act("orders.confirm", may=may_by_role)
def confirm_order(
    acting: Acting, *, order_id: UUID, code: str = "", note: str = "", expected_version: int | None = None
) -> None:
    """Confirm that what was asked for was done.

    The asker does, or an office that called them, which writes down what they said; whoever did it does by the one-time
    ``code`` of the slip that the asker gave them. Raises ``InvalidInput`` for a code that is another, ``TooMany`` for
    many of them.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    if code.strip() or case.part is Who.TAKER:
        check_slip(order_id, CONFIRM, typed=code)
    note = clean_note(note, wanted=case.part is Who.OVERSIGHT)
    led(case, note=note, unit_id=None, finish_by=None)
    case.settle(note=note, data={"by": BY.get(case.part, "system")})


@act("orders.dispute", may=may_by_role)
def dispute_order(acting: Acting, *, order_id: UUID, note: str, expected_version: int | None = None) -> None:
    """Disagree with what is said to have been done, as the asker or for them on the phone.

    It is ruled on above the unit, by a clock that escalates.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    note = clean_note(note, wanted=True)
    led(case, note=note, unit_id=None, finish_by=None)
    case.settle(note=note)


@act("orders.thank", may=may_by_role)
def thank_for_order(acting: Acting, *, order_id: UUID, text: str) -> None:
    """Say thanks in a line that may be shown to everybody, once the names in it are masked and somebody let it."""
    case = open_case(acting, order_id)
    case.settle(note=clean_text(text, field="text", most=THANKS_MAX, wanted=True))
