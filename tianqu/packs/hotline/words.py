"""What the pages of the hotline call things, and how they read an address."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.periods import Period, parse_period
from tianqu.kernel.orders.api import realm_calendar
from tianqu.kernel.places.api import Place, Unit

PERIOD_DAYS = 30  # what is shown where no period is asked for
WORDS_MAX = 200

BY = {
    "unit": _("Unit"), "place": _("Place"), "item": _("Item"), "family": _("Family"), "month": _("Month"),
    "day": _("Day"),
}  # fmt: skip
FAMILIES = {"resident": _("Requests of residents"), "enterprise": _("Appeals of enterprises")}
RATES = {
    "response": _("Response"), "resolution": _("Resolution"), "satisfaction": _("Satisfaction"),
    "accept": _("Accepted in time"), "finish": _("Finished in time"), "timeliness": _("In time"), "all": _("All rates"),
}  # fmt: skip
SATISFACTIONS = {
    "very": _("Very satisfied"), "satisfied": _("Satisfied"), "basically": _("Basically satisfied"),
    "dissatisfied": _("Dissatisfied"), "very_dissatisfied": _("Very dissatisfied"),
}  # fmt: skip
OUTCOMES = {
    "answered": _("Got through"), "no_answer": _("No answer"), "busy": _("Busy"), "wrong_number": _("Wrong number"),
    "declined": _("Declined to talk"),
}  # fmt: skip
REASONS = OUTCOMES | {
    "test": _("A test"), "duplicate": _("A duplicate"), "force_majeure": _("Force majeure"),
    "beyond_powers": _("Beyond the unit's powers"), "abuse": _("Abuse"), "other": _("Another reason"),
    "invalid": _("No valid call"), "unanswered": _("Question left open"),
    "withdrawn": _("Withdrawn by the asker"), "merged": _("Merged with another"),
    "not_needed": _("Reopened before the call"),
}  # fmt: skip
LEFT_OUT = {
    "excluded": _("excluded"), "invalid": _("not valid"), "unanswered": _("question left open"),
}  # fmt: skip
FLAGS = {
    "all_alike": _("Always the same answer"), "burst": _("Many answers at once"),
    "last_minute": _("Answers in the last minutes"),
}  # fmt: skip
CLOCKS = {
    "dispatch": _("To be dispatched by"), "accept": _("To be accepted by"), "finish": _("To be answered by"),
    "answer": _("The asker answers by"), "adjudicate": _("To be ruled on by"), "call_back": _("To be called back by"),
    "close": _("Closes by itself"), "inspect": _("To be inspected by"),
}  # fmt: skip
URGENCIES = {
    "none": _("not urgent"), "utilities": _("urgent: supply"), "danger": _("urgent: danger"),
}  # fmt: skip
IDENTITIES = {"open": _("by name"), "sealed": _("under seal"), "anonymous": _("without a name")}
LANGUAGES = {
    "zh": _("Standard Chinese"), "dialect": _("a dialect"), "en": _("English"), "other": _("another language"),
}  # fmt: skip
ROUTES = {
    "dispatch": _("Send to a unit"), "answer": _("Answered on the spot"), "attach": _("Attach to a like request"),
    "queue": _("Leave to the dispatcher"),
}  # fmt: skip
PHONE_KEYS = (
    ("Ctrl+Enter", _("Send")), ("Alt+N", _("Number of the caller")), ("Alt+M", _("Matter")), ("Alt+I", _("Item")),
    ("Alt+P", _("Place")), ("Alt+H", _("Urgent: supply, 2 hours")), ("Alt+G", _("Urgent: danger, 1 hour")),
    ("Alt+J", _("Take the first item suggested")), ("Alt+K", _("Attach to the first like request")),
    ("Alt+L", _("Take the first answer suggested")), ("Alt+R", _("What becomes of it")), ("Alt+U", _("Unit")),
    ("Alt+O", _("Look up")), ("Alt+C", _("New call")), ("?", _("These keys, outside of a field")),
)  # fmt: skip


def in_chinese() -> bool:
    """Say whether this page is in Chinese."""
    return (get_language() or "").startswith("zh")


def named(thing: Place | Unit) -> str:
    """Return a place's or a unit's name in the language of the page."""
    return thing.name if in_chinese() or not thing.name_en else thing.name_en


def chosen_period(query: QueryDict) -> Period:
    """Return the period that an address asks for, the last 30 days where it asks for none."""
    zone = realm_calendar().zone
    if asked := query.get("period", "").strip():
        return parse_period(asked, zone)
    today = timezone.localdate(timezone=zone)
    return Period(today - timedelta(days=PERIOD_DAYS - 1), today, zone)


def moment_said(at: datetime) -> str:
    """Write a date and time as the pages do, in the realm's time zone."""
    local = at.astimezone(realm_calendar().zone)
    return f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M}"


def recent_periods() -> list[tuple[str, str]]:
    """Return the periods that are asked for most, as titles and as an address has them."""
    today = timezone.localdate(timezone=realm_calendar().zone)
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (gettext("the last %(days)s days") % {"days": PERIOD_DAYS}, ""),
        (gettext("this month"), f"{month:%Y-%m}"), (gettext("last month"), f"{before:%Y-%m}"),
        (gettext("this quarter"), f"{today.year}-Q{(today.month + 2) // 3}"),
        (gettext("this year"), f"{today.year}"), (gettext("last year"), f"{today.year - 1}"),
    ]  # fmt: skip
