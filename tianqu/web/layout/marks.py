"""The short marks in rows of tables: the state of an order, and what is left of its clock.

A list of fifty rows asks for them a hundred times, and few differ, so each is made once a language.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from tianqu.kernel.orders.api import Remaining
from tianqu.web.layout.states import state

MARKS_KEPT = 4_096


def mark(text: str, *, tone: str) -> SafeString:
    """Any short mark in one of the tones late, waiting, done, open, quiet."""
    return format_html('<span class="badge-state tone-{}">{}</span>', tone, text)


def state_badge(code: str, *, item_id: int | None = None, language: str | None = None) -> SafeString:
    """The state of an order of an item, by its code. ``language`` is the page's, where the caller knows it."""
    return _state_badge(language or translation.get_language(), code, item_id)


def time_left(left: Remaining, *, language: str | None = None) -> SafeString:
    """What is left of a clock: "3 working days left", "2 working hours late", "clock stopped"."""
    return _time_left(language or translation.get_language(), left.state, left.amount, left.unit)


@lru_cache(maxsize=MARKS_KEPT)
def _state_badge(language: str | None, code: str, item_id: int | None, /) -> SafeString:
    shown = state(code, item_id=item_id)
    return mark(shown.label, tone=shown.tone)


@lru_cache(maxsize=MARKS_KEPT)
def _time_left(language: str | None, clock: str, amount: int, unit: str, /) -> SafeString:
    if clock == "stopped":
        return mark(gettext("in time"), tone="done")
    if clock == "stopped_late":
        return mark(gettext("late"), tone="late")
    if clock == "paused":
        return mark(gettext("clock stopped"), tone="waiting")
    if not amount:
        return mark(gettext("just late") if clock == "late" else gettext("due now"), tone="late")
    time = _amount(amount, unit)
    if clock == "late":
        return mark(gettext("%(time)s late") % {"time": time}, tone="late")
    return mark(gettext("%(time)s left") % {"time": time}, tone="open")


def _amount(amount: int, unit: str) -> str:
    texts = {
        "working_days": ngettext("%(num)s working day", "%(num)s working days", amount),
        "working_hours": ngettext("%(num)s working hour", "%(num)s working hours", amount),
        "working_minutes": ngettext("%(num)s working minute", "%(num)s working minutes", amount),
        "days": ngettext("%(num)s day", "%(num)s days", amount),
        "hours": ngettext("%(num)s hour", "%(num)s hours", amount),
        "minutes": ngettext("%(num)s minute", "%(num)s minutes", amount),
    }
    return texts[unit] % {"num": amount}
