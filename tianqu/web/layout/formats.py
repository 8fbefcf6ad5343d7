"""How numbers, amounts, dates and durations are written for people, in the language of the page.

Dates are 2026年11月22日 or 22 Nov 2026, times in 24 h; numbers have their thousands separated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone, translation
from django.utils.translation import ngettext, ngettext_lazy

from tianqu.base.working_time import Duration

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FEN_A_YUAN = 100
MINUTES_AN_HOUR = 60
MINUTES_A_DAY = 1440


def listed(texts: Iterable[object]) -> str:
    """Write several texts one after the other, with the comma of the page's language."""
    return ("、" if in_chinese() else ", ").join(str(text) for text in texts)


def now() -> datetime:
    """Return the present moment, aware."""
    return timezone.now()


def number(value: int | Decimal, *, decimals: int = 0) -> str:
    """Write a number with its thousands separated: 16,517 or 7.58. The unit stands in the header, not here."""
    return f"{value:,.{decimals}f}"


def percent(value: Decimal | None, *, decimals: int = 1) -> str:
    """Write a ratio (0–1) as a percentage; nothing to divide by is a dash, not a nought."""
    return "–" if value is None else f"{value * 100:.{decimals}f}%"


def amount(fen: int) -> str:
    """Write an amount of money, given in fen, in yuan with two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // FEN_A_YUAN:,}.{abs(fen) % FEN_A_YUAN:02d}"


def day(value: date | datetime) -> str:
    """Write a date; a moment is taken in the realm's time zone."""
    return _day(local_time(value) if isinstance(value, datetime) else value)


def time_of_day(value: datetime) -> str:
    """Write the time of a moment in the realm's time zone, in 24 h."""
    return _time_of_day(local_time(value))


def moment(value: datetime) -> str:
    """Write a date and time in the realm's time zone."""
    return moment_in(value, chinese=in_chinese())


def moment_in(value: datetime, *, chinese: bool) -> str:
    """Write a date and time as ``moment`` does, in a language that is known: asking for it costs as much as writing."""
    local = local_time(value)
    return f"{_day_in(local, chinese=chinese)} {_time_of_day(local)}"


def local_time(value: datetime) -> datetime:
    """Return a moment in the realm's time zone, which is every reader's."""
    return value.astimezone(timezone.get_default_timezone())


def _day(local: date) -> str:
    return _day_in(local, chinese=in_chinese())


def _day_in(local: date, *, chinese: bool) -> str:
    if chinese:
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def _time_of_day(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def minutes(value: int) -> str:
    """Write a number of minutes in full: "40 minutes", "1 hour 25 minutes"."""
    hours, rest = divmod(abs(value), MINUTES_AN_HOUR)
    parts = [ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest})
    return " ".join(parts)


def working(value: int) -> str:
    """Write what is left of a clock, given in working minutes: "in 3 working hours", "2 working hours late"."""
    size = abs(value)
    hours = size // MINUTES_AN_HOUR
    if value < 0 and hours:
        text = ngettext("%(count)s working hour late", "%(count)s working hours late", hours)
    elif value < 0:
        text = ngettext("%(count)s working minute late", "%(count)s working minutes late", size)
    elif hours:
        text = ngettext("in %(count)s working hour", "in %(count)s working hours", hours)
    else:
        text = ngettext("in %(count)s working minute", "in %(count)s working minutes", size)
    return text % {"count": hours or size}


def duration(value: Duration) -> str:
    """Write how long something may take: "5 working days", "4 working hours", "1 hour"."""
    if value.unit == "working_days":
        return ngettext("%(count)s working day", "%(count)s working days", value.amount) % {"count": value.amount}
    working_time = value.unit == "working_minutes"
    for size, working_words, words in (
        (MINUTES_A_DAY, None, ngettext_lazy("%(count)s day", "%(count)s days", "count")),
        (
            MINUTES_AN_HOUR,
            ngettext_lazy("%(count)s working hour", "%(count)s working hours", "count"),
            ngettext_lazy("%(count)s hour", "%(count)s hours", "count"),
        ),
        (
            1,
            ngettext_lazy("%(count)s working minute", "%(count)s working minutes", "count"),
            ngettext_lazy("%(count)s minute", "%(count)s minutes", "count"),
        ),
    ):
        chosen = working_words if working_time else words
        if chosen is not None and value.amount % size == 0:
            return str(chosen % {"count": value.amount // size})
    raise AssertionError(value.unit)


def in_chinese() -> bool:
    """Say whether this page is in Chinese."""
    return (translation.get_language() or "").startswith("zh")
