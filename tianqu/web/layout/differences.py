"""Two versions of an item side by side, in words: for the public, and for whoever publishes the next version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.base.working_time import parse_duration
from tianqu.kernel.orders.api import DifferenceRow, ItemDifference
from tianqu.web.layout.formats import duration

CLOCKS = {
    "dispatch": _("sent to the unit in charge"),
    "accept": _("accepted or returned by the unit"),
    "finish": _("handled and answered"),
    "answer": _("time that you have to answer a question"),
    "adjudicate": _("decided who is in charge, when units disagree"),
    "call_back": _("called back"),
    "rate": _("time that you have to rate"),
    "close": _("closed by itself after the answer"),
    "inspect": _("inspected by another office after the answer"),
}
STEP_BY = {
    "asker": _("you"),
    "hotline": _("the hotline"),
    "unit": _("the unit in charge"),
    "another": _("another authority"),
}
PAPER_FORMS = {
    "original": _("original"),
    "copy": _("copy"),
    "electronic": _("electronic"),
    "shared": _("fetched by the office itself"),
}
SECTIONS = {
    "step": _("Steps"),
    "paper": _("Papers"),
    "clock": _("Time limits"),
    "field": _("Questions of the form"),
    "item": _("Everything else"),
}
PROPERTIES = {
    "name": _("Name"),
    "summary": _("Summary"),
    "group": _("Group"),
    "family": _("Family"),
    "askers": _("Who may ask"),
    "identity": _("How askers may show themselves"),
    "private": _("Never shown in public"),
    "public": _("When it is shown in public"),
    "urgency": _("Urgency"),
    "flow": _("Flow"),
    "answerable": _("Who is answerable"),
    "legal_basis": _("Legal basis"),
}
CHANGES = {
    "cut": (_("cut"), "late"),
    "added": (_("added"), "done"),
    "changed": (_("changed"), "waiting"),
    "kept": (_("kept"), "quiet"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a definition: the lines that changed, and how many did not."""

    title: Promise
    lines: list[dict[str, Any]]
    kept: int


def language() -> str:
    """Return the language of the page."""
    return translation.get_language() or "en"


def sections(difference: ItemDifference) -> list[Section]:
    """Write a difference for people, part by part."""
    parts = ((title, [row for row in difference.rows if row.section == name]) for name, title in SECTIONS.items())
    return [
        Section(title, [_line(row) for row in rows if row.change != "kept"], sum(row.change == "kept" for row in rows))
        for title, rows in parts
    ]


def _line(row: DifferenceRow) -> dict[str, Any]:
    title, tone = CHANGES[row.change]
    return {
        "name": _name(row),
        "before": _said(row.before),
        "after": _said(row.after),
        "change": title,
        "tone": tone,
    }


def _name(row: DifferenceRow) -> Any:
    """What a line is about, where its content does not say it."""
    return {"clock": CLOCKS, "item": PROPERTIES}.get(row.section, {}).get(row.code, "")


def _said(value: Any) -> str:
    """Write a stored part of a definition for people; nothing is ""."""
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, dict):
        if set(value) <= {"zh", "en"}:
            return str(value["zh" if language().startswith("zh") else "en"])
        parts = sorted(value.items(), key=lambda part: part[0] not in ("name", "label", "title"))
        return " · ".join(said for key, each in parts if key != "code" and (said := _part(key, each)))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return "; ".join(_said(each) for each in value)
    return str(value)


def _part(key: str, value: Any) -> str:
    """Write one part: its choices in words, its durations as time limits are written."""
    if key in ("statutory", "promised", "default"):
        title = {"statutory": _("by law"), "promised": _("promised"), "default": _("usual")}[key]
        return f"{title}: {duration(parse_duration(value))}"
    if isinstance(value, str):
        words = {"by": STEP_BY, "form": PAPER_FORMS}.get(key, {})
        return str(words.get(value, value))
    if isinstance(value, bool):
        return ""
    return _said(value)
