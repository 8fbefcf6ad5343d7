"""What those who share shifts, and their leaders, are told; each notice leads to the roster."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates

AT: Final = frozenset({"at"})
TEMPLATES: Final = (
    NoticeTemplate(
        "rosters_wishes_wanted", _("When can you come? %(title)s"),
        _("The shifts of “%(title)s” are being shared out. Please say by %(by)s which of them suit you."),
        frozenset({"by"}),
    ),
    NoticeTemplate(
        "rosters_published", _("The roster is there: %(title)s"),
        _("“%(title)s” is published. Look when your shifts are; offer one that you cannot keep to the others."),
    ),
    NoticeTemplate(
        "rosters_changed", _("Your shifts have changed: %(title)s"),
        _("The leader has changed your shifts in “%(title)s”. Please look at the roster."),
    ),
    NoticeTemplate(
        "rosters_offered", _("A shift is offered: %(title)s"),
        _("Somebody cannot keep their shift on %(at)s in “%(title)s”. Whoever takes it first has it."), AT,
    ),
    NoticeTemplate(
        "rosters_taken", _("A shift has changed hands: %(title)s"),
        _("Somebody else has the shift on %(at)s in “%(title)s” now. Please look at the roster."), AT,
    ),
    NoticeTemplate(
        "rosters_swapped", _("A shift was swapped: %(title)s"),
        _("%(number)s has taken the shift on %(at)s in “%(title)s”."), AT, permission="rosters.change_duty",
    ),
    NoticeTemplate(
        "rosters_place_empty", _("A place has become empty: %(title)s"),
        _("Somebody of “%(title)s” has gone, and their places are empty. Please look at the roster."),
        permission="rosters.change_duty",
    ),
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their pages are; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("roster", lambda roster_id: reverse("roster", kwargs={"roster_id": roster_id}))
    register_link("roster_led", lambda roster_id: reverse("roster_led", kwargs={"roster_id": roster_id}))
