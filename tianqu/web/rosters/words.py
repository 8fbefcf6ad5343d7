"""Rosters in words: states, stages of the search, rules as reasons, and what a waiver asks of somebody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Holder, named, said
from tianqu.kernel.planning.api import Level, LevelName, Rule, Unfilled, Waiver
from tianqu.kernel.rosters.api import LEADERS, RosterKind, RosterState, Shift

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
DAYS: Final = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
SAYINGS: Final = {
    "": _("as it comes"), "wished": _("I would like it"), "unwished": _("rather not"), "unable": _("I cannot"),
}  # fmt: skip
SAID: Final = {
    "": "", "wished": gettext_noop("would like it"), "unwished": gettext_noop("rather not"),
    "unable": gettext_noop("said that they cannot"),
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


def skill_said(kind: RosterKind | None, skill: str) -> str:
    """What a skill is called by the kind of a roster."""
    return str(kind.skills.get(skill, skill)) if kind is not None else skill


def weekday_said(at: datetime) -> str:
    """The day of the week of a moment, in the realm's time."""
    return str(DAYS[timezone.localtime(at).weekday()])


def words(kind: RosterKind | None = None) -> dict[str, Any]:
    """What every page of rosters says things with."""
    return {
        "states": {code: gettext(text) for code, text in STATES.items()}, "state_tones": STATE_TONES, "days": DAYS,
        "weekday_said": weekday_said, "holder_said": holder_said, "skill_said": lambda skill: skill_said(kind, skill),
    }  # fmt: skip


def holder_said(holder: Holder) -> str:
    """Whose shifts they are, with what it belongs to."""
    under = said(holder.under, holder.under_en)
    return f"{under} · {named(holder)}" if under else named(holder)


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
        "waivers": [_waiver_said(each, shift, names) for each in relaxation.waivers] if relaxation else [],
        "moved": [names.get(each.person, each.person) for each in relaxation.removed] if relaxation else [],
        "added": [names.get(each.person, each.person) for each in relaxation.added] if relaxation else [],
        "proved": relaxation is not None and relaxation.proved,
        "grantable": relaxation is not None and all(each.rule in LEADERS for each in relaxation.waivers),
    }  # fmt: skip


def _waiver_said(one: Waiver, shift: Shift, names: Mapping[str, str]) -> str:
    said = gettext(WAIVERS[one.rule]) % {"name": names.get(one.person, one.person)}
    return said if one.shift == str(shift.id) else gettext("%(said)s, in another shift") % {"said": said}
