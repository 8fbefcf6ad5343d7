"""Emptying what names a person in books: words of transfers, names of accounts. Amounts, days and legs stay.

The words of a transfer are its purpose, the number on its paper, and the reason with which it was posted or voided. It
is never changed but for this: its law lets these be emptied, within an act. Plain functions; the act
that calls them has asked for its permission, and erases the bodies of the subjects that they return.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, history
from tianqu.kernel.ledgers.models import Account, Resolution, Transfer

FOUND_MAX: Final = 200
ERASED_NAME: Final = "—"


def transfers_naming(place_path: str, name: str, /, *, also: Collection[UUID] = ()) -> list[Transfer]:
    """Return the transfers of a place's books of which a word holds a name, the oldest first; at most ``FOUND_MAX``.

    ``also``: those that name somebody elsewhere, as a pack knows of its own papers and notes.
    """
    found = Transfer.objects.select_related("book").filter(_told(name) | Q(id__in=also), book__place_path=place_path)
    return list(found.order_by("day", "number")[:FOUND_MAX])


def reasons_naming(transfer_ids: Collection[UUID], name: str, /) -> dict[UUID, str]:
    """Return the reasons with which some transfers were posted or voided that hold a name, by transfer."""
    rows = Resolution.objects.filter(transfer_id__in=transfer_ids, reason__contains=name)
    return dict(rows.values_list("transfer_id", "reason"))


def _told(name: str, /) -> Q:
    """Transfers of which a word holds a name."""
    resolved = Resolution.objects.filter(transfer_id=OuterRef("id"), reason__contains=name)
    return Q(purpose__contains=name) | Q(voucher__contains=name) | Q(Exists(resolved))


def accounts_naming(place_path: str, name: str, /) -> list[Account]:
    """Return the accounts of a place's books whose name holds a name; at most ``FOUND_MAX``."""
    found = Account.objects.select_related("book").filter(book__place_path=place_path, name__contains=name)
    return list(found.order_by("code", "id")[:FOUND_MAX])


def erase_transfer_words(
    *, place_path: str, name: str, transfer_ids: Collection[UUID], also: Collection[UUID] = ()
) -> list[str]:
    """Empty the words of transfers that hold a name; return the subjects of their entries.

    One that was emptied before is passed over, as are those of ``also``, which name somebody elsewhere. Raises
    ``NotFound`` for a transfer of another place's books, ``InvalidInput`` for one that does not hold the name.
    """
    found = {one.id: one for one in Transfer.objects.filter(id__in=transfer_ids, book__place_path=place_path)}
    naming = set(Transfer.objects.filter(_told(name), id__in=found).values_list("id", flat=True))
    for one in transfer_ids:
        if one not in found:
            raise NotFound(
                _("There is no such transfer."), field="transfer_ids", value=str(one),
                remedy=_("Name transfers of the books of this place."),
            )  # fmt: skip
        if one not in naming and one not in also and found[one].purpose and not _erased(one):
            raise _unnamed("transfer_ids", found[one].voucher or str(found[one].number))
    for column in ("purpose", "voucher"):
        Transfer.objects.filter(id__in=naming, **{f"{column}__contains": name}).update(**{column: ""})
    Resolution.objects.filter(transfer_id__in=naming, reason__contains=name).update(reason="")
    return [f"transfer:{one}" for one in sorted(naming)]


def _erased(transfer_id: UUID) -> bool:
    """Say whether the log has forgotten what a transfer said, as it does when a word of it was emptied."""
    return any(entry.erased for entry in history(f"transfer:{transfer_id}"))


def erase_account_names(acting: Acting, *, place_path: str, name: str, account_ids: Collection[int]) -> list[str]:
    """Take a name from accounts that are kept for a person and even; return the subjects of their entries.

    Raises as ``erase_transfer_words`` does, and ``Conflict`` for an account on which something stands.
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
