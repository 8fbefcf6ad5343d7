"""Rosters in words: states, stages of the search, rules as reasons, and what a waiver asks of somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

from tianqu.base.errors import InvalidInput
from tianqu.kernel.planning.api import Level, LevelName, Rule, Unfilled, Waiver
from tianqu.packs.practice.models import RosterState, Shift
from tianqu.packs.practice.registers.rosters import LEADERS

STATES: Final = {
    RosterState.OPEN: gettext_noop("wishes are entered"), RosterState.QUEUED: gettext_noop("waiting for the worker"),
    RosterState.COMPUTING: gettext_noop("being made"), RosterState.DRAFTED: gettext_noop("draft"),
    RosterState.PUBLISHED: gettext_noop("published"),
}  # fmt: skip
STATE_TONES: Final = {
    "open": "open", "queued": "waiting", "computing": "waiting", "drafted": "waiting", "published": "done",
}  # fmt: skip
FAULTS: Final = {
    "roster_ended": gettext_noop("The search was ended: it took too long, or too much memory."),
    "too_large": gettext_noop("The roster is too large: plan fewer days at once."),
    "conflict": gettext_noop("What was placed by hand cannot stand together."),
    "invalid_input": gettext_noop("Something in the roster cannot be taken as it is."),
}  # fmt: skip
STAGES: Final = ("begun", "unfilled", "short", "fairness", "wishes", "explaining")
LEVELS: Final = {
    LevelName.UNFILLED: gettext_noop("empty places"), LevelName.SHORT: gettext_noop("shifts short of a least number"),
    LevelName.FAIRNESS: gettext_noop("unevenness"), LevelName.WISHES: gettext_noop("cost of wishes"),
}  # fmt: skip
REASONS: Final = {
    Rule.SKILL: gettext_noop("do not have the skill"), Rule.UNABLE: gettext_noop("cannot come then"),
    Rule.OVERLAP: gettext_noop("are in another shift then"), Rule.REST: gettext_noop("would have too little rest"),
    Rule.WEEK: gettext_noop("have their shifts of that week"), Rule.TOTAL: gettext_noop("have as many as they take"),
    Rule.DAYS: gettext_noop("would come too many days in a row"),
    Rule.TURN: gettext_noop("would come here before every other place had its turn"),
}  # fmt: skip
WAIVERS: Final = {
    Rule.SKILL: gettext_noop("%(name)s may do it without the skill"),
    Rule.UNABLE: gettext_noop("%(name)s comes although they said that they cannot"),
    Rule.REST: gettext_noop("%(name)s may come with less rest"),
    Rule.WEEK: gettext_noop("%(name)s may come once more that week"),
    Rule.TOTAL: gettext_noop("%(name)s comes once more than they said"),
    Rule.DAYS: gettext_noop("%(name)s may come one more day in a row"),
    Rule.TURN: gettext_noop("this place may come before its turn"),
}  # fmt: skip


def needs_typed(text: str) -> list[tuple[str, int]]:
    """What was typed as needs: "2" is two of any kind, "2 medicine:1" adds one who knows medicine."""
    found = []
    for word in text.replace(",", " ").replace("，", " ").split()[:20]:
        skill, _colon, count = word.replace("：", ":").rpartition(":")
        if not (count.isascii() and count.isdigit() and len(count) < 5):
            raise InvalidInput(
                gettext_noop("“%(value)s” is no number of places."), field="needs", value=word[:40],
                remedy=gettext_noop("Write 2, or 2 medicine:1."),
            )  # fmt: skip
        found.append((skill[:40], int(count)))
    return found


def levels_said(levels: tuple[Level, ...]) -> list[tuple[str, int, int, bool]]:
    """Each level by its name, with its value, the least possible and whether that is proved."""
    return [(gettext(LEVELS[one.name]), one.value, one.bound, one.gap == 0) for one in levels]


def empty_said(one: Unfilled, *, shift: Shift, names: Mapping[str, str]) -> dict[str, Any]:
    """An empty place in words: why nobody is there, what would fill it, and whether that is the leader's to grant."""
    relaxation = one.relaxation
    return {
        "shift": shift, "skill": one.skill, "places": one.places,
        "reasons": [(count, gettext(REASONS[rule])) for rule, count in one.counts.items()],
        "persons": [
            (names.get(each.person, each.person), [gettext(REASONS[rule]) for rule in each.rules])
            for each in one.excluded
        ],
        "waivers": [_waiver_said(each, names) for each in relaxation.waivers] if relaxation else [],
        "moved": [names.get(each.person, each.person) for each in relaxation.removed] if relaxation else [],
        "added": [names.get(each.person, each.person) for each in relaxation.added] if relaxation else [],
        "proved": relaxation is not None and relaxation.proved,
        "grantable": relaxation is not None and all(each.rule in LEADERS for each in relaxation.waivers),
    }  # fmt: skip


def _waiver_said(one: Waiver, names: Mapping[str, str]) -> str:
    return gettext(WAIVERS[one.rule]) % {"name": names.get(one.person, one.person)}
