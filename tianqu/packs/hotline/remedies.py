"""What the reader of a list can do about a request now, or who can: no row of the board is a dead end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import FLOW, REOPEN_WITHIN, REOPENS_MAX, OrderRow, State
from tianqu.kernel.places.api import can

PRESSED_IN: Final = tuple(sorted(FLOW["orders.press"].whence))  # the states in which a unit can be pressed
CALLED_IN: Final = tuple(sorted(FLOW["orders.call_back"].whence))  # answered; a closed one may still wait for its call


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do, with the address where it is done; without one, ``said`` tells who does it."""

    said: str | Promise
    address: str = ""


def remedies(actor: Actor, row: OrderRow, *, unhappy: bool, now: datetime) -> list[Remedy]:
    """Return what can be done about a row. ``unhappy``: its last rating was a bad one."""
    page = f"/orders/{row.code}"
    found = []
    if row.objected_at is not None:
        found.append(_one(
            can(actor, "orders.close"), page, _("Answer the objection, reopen or close"), _("A supervisor settles it.")
        ))  # fmt: skip
    if (waiting := _waiting(actor, row, page, late=row.due_next_at is not None and row.due_next_at < now)) is not None:
        found.append(waiting)
    elif unhappy and not found:
        found.append(_about_unhappy(actor, row, page, now))
    return found


def _one(may: bool, address: str, deed: Promise, otherwise: Promise) -> Remedy:
    return Remedy(deed, address) if may else Remedy(otherwise)


def _waiting(actor: Actor, row: OrderRow, page: str, *, late: bool) -> Remedy | None:
    """What the state waits for; an answered request waits for nobody until its call is over time."""
    if row.state == State.RETURNED:
        rule = reverse("hotline:rule", kwargs={"code": row.code})
        return _one(
            can(actor, "orders.adjudicate"), rule, _("Rule who is answerable"),
            _("A supervisor rules who is answerable."),
        )  # fmt: skip
    if row.state == State.PLACED:
        return _one(
            can(actor, "orders.dispatch"), f"{page}#deed-dispatch", _("Send it to a unit"),
            _("A dispatcher sends it to a unit."),
        )  # fmt: skip
    if row.state in PRESSED_IN:
        return _one(
            can(actor, "orders.press"), f"{page}#deed-press", _("Press the unit"), _("A supervisor can press the unit.")
        )
    if row.state in CALLED_IN and late:
        return _one(
            can(actor, "orders.call_back"), f"{reverse('hotline:calls')}?order={row.id}", _("Call whoever asked"),
            _("An operator calls whoever asked."),
        )  # fmt: skip
    return None


def _about_unhappy(actor: Actor, row: OrderRow, page: str, now: datetime) -> Remedy:
    """A bad rating is answered by another round, while the request still may have one; else by a word."""
    answered_at = row.done_at or row.updated_at
    if row.reopen_count < REOPENS_MAX and now <= answered_at + REOPEN_WITHIN:
        return _one(can(actor, "orders.reopen"), f"{page}#deed-reopen", _("Reopen"), _("A supervisor can reopen it."))
    return _one(
        can(actor, "orders.comment"), f"{page}#deed-comment", _("Write to whoever asked"),
        _("A supervisor can write to whoever asked."),
    )  # fmt: skip
