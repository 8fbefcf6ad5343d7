"""Emptying what names a person in books: purposes of transfers, names of accounts. Amounts, days and legs stay.

A transfer is never changed but for this: its law lets the purpose be emptied, within an act. Plain functions; the act
that calls them has asked for its permission, and erases the bodies of the subjects that they return.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.ledgers.models import Account, Transfer

FOUND_MAX: Final = 200
ERASED_NAME: Final = "—"


def transfers_naming(place_path: str, name: str, /, *, also: Collection[UUID] = ()) -> list[Transfer]:
    """Return the transfers of a place's books whose purpose holds a name, the oldest first; at most ``FOUND_MAX``.

    ``also``: those that name somebody elsewhere, as a pack knows of its own papers and notes.
    """
    told = Q(purpose__contains=name) | Q(id__in=also)
    found = Transfer.objects.select_related("book").filter(told, book__place_path=place_path)
    return list(found.order_by("day", "number")[:FOUND_MAX])


def accounts_naming(place_path: str, name: str, /) -> list[Account]:
    """Return the accounts of a place's books whose name holds a name; at most ``FOUND_MAX``."""
    found = Account.objects.select_related("book").filter(book__place_path=place_path, name__contains=name)
    return list(found.order_by("code", "id")[:FOUND_MAX])


def erase_purposes(
    *, place_path: str, name: str, transfer_ids: Collection[UUID], also: Collection[UUID] = ()
) -> list[str]:
    """Empty the purposes of transfers that hold a name; return the subjects of their entries.

    One that was emptied before is passed over, as are those of ``also``, which name somebody elsewhere. Raises
    ``NotFound`` for a transfer of another place's books, ``InvalidInput`` for one that does not hold the name.
    """
    found = {one.id: one for one in Transfer.objects.filter(id__in=transfer_ids, book__place_path=place_path)}
    for one in transfer_ids:
        if one not in found:
            raise NotFound(
                _("There is no such transfer."), field="transfer_ids", value=str(one),
                remedy=_("Name transfers of the books of this place."),
            )  # fmt: skip
        if found[one].purpose and name not in found[one].purpose and one not in also:
            raise _unnamed("transfer_ids", found[one].voucher or str(found[one].number))
    naming = sorted(one.id for one in found.values() if name in one.purpose)
    Transfer.objects.filter(id__in=naming).update(purpose="")
    return [f"transfer:{one}" for one in naming]


def erase_account_names(acting: Acting, *, place_path: str, name: str, account_ids: Collection[int]) -> list[str]:
    """Take a name from accounts that are kept for a person and even; return the subjects of their entries.

    Raises as ``erase_purposes`` does, and ``Conflict`` for an account on which something stands.
    """
    rows = Account.objects.select_for_update(of=("self",)).filter(id__in=account_ids, book__place_path=place_path)
    found = {one.id: one for one in rows.order_by("id")}
    subjects = []
    for one in account_ids:
        account = found.get(one)
        if account is None:
            raise NotFound(
                _("These books have no such account."), field="account_ids", value=one,
                remedy=_("Name accounts of the books of this place."),
            )  # fmt: skip
        if account.name == ERASED_NAME:
            continue
        if name not in account.name:
            raise _unnamed("account_ids", account.code)
        if account.posted_debit != account.posted_credit or account.pending_debit or account.pending_credit:
            raise Conflict(
                _("Something stands on the account %(value)s."), field="account_ids", value=account.code,
                remedy=_("Settle it, and erase the person then."),
            )  # fmt: skip
        account.name, account.name_en = ERASED_NAME, ""
        account.save(update_fields=["name", "name_en"])
        subjects.append(f"account:{account.id}")
    return subjects


def _unnamed(field: str, said: str, /) -> InvalidInput:
    return InvalidInput(
        _("%(value)s does not name this person."), field=field, value=said,
        remedy=_("Look for the name again, and choose of what is found."),
    )  # fmt: skip
