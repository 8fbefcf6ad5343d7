"""What an account moved over some days, line by line, in the words of the kind's pack."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db.models import Exists, OuterRef

from tianqu.base.errors import TooLarge, _
from tianqu.kernel.certificates.kinds import CertificateKind
from tianqu.kernel.ledgers.api import Account, Leg, Side, Transfer

LINES_MAX: Final = 500


def lines_of(
    kind: CertificateKind, *, book: str, account: str, first_day: date, last_day: date
) -> list[dict[str, Any]]:
    """The lines of a certificate, the oldest first. Read with open eyes. Raises ``TooLarge``.

    Each has its day, what the pack says of it, the amount under the kind's key, and its number in its book. What was
    taken back is none of them, on whichever day it was, nor is what took it back.
    """
    accounts = Account.objects.filter(ledger__code=kind.ledger, code=account)
    if book:
        accounts = accounts.filter(book__code=book)
    books = dict(accounts.values_list("id", "book__code"))
    legs = Leg.objects.filter(account_id__in=list(books), held=False, day__gte=first_day, day__lte=last_day)
    mine = Transfer.objects.filter(id=OuterRef("transfer_id"))
    undone = Transfer.objects.filter(reverses=OuterRef("transfer_id"))
    standing = legs.filter(~Exists(undone), ~Exists(mine.filter(reverses__isnull=False)))
    moved = list(standing.order_by("day", "number")[: LINES_MAX + 1])
    if len(moved) > LINES_MAX:
        raise TooLarge(_("A certificate has at most %(most)s lines."), field="first_day", most=LINES_MAX)
    transfers = Transfer.objects.in_bulk([leg.transfer_id for leg in moved])
    words = kind.described({one.reference for one in transfers.values() if one.reference})
    sign = 1 if kind.side == Side.DEBIT else -1
    lines = []
    for leg in moved:
        of = transfers[leg.transfer_id]
        told = words.get(of.reference) or {"title": of.purpose, "title_en": of.purpose}
        lines.append({
            **told, "day": leg.day.isoformat(), kind.amount.key: sign * leg.amount, "book": books[leg.account_id],
            "voucher": leg.number,
        })  # fmt: skip
    lines.sort(key=lambda line: (line["day"], line["book"], line["voucher"]))
    return lines
