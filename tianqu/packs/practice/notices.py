"""What volunteers and leaders are told of hours; each notice leads to the activity's."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates

AT: Final = frozenset({"at"})
TEMPLATES: Final = (
    NoticeTemplate(
        "practice_refused", _("Your hours were not confirmed: %(title)s"),
        _("The leader of “%(title)s” on %(at)s writes: %(words)s\n\nIf you disagree, say so on the activity's page."),
        AT,
    ),
    NoticeTemplate(
        "practice_disputed", _("A volunteer disagrees: %(title)s"),
        _("A volunteer disagrees with what stands of their hours at “%(title)s”. Please look and answer."),
        permission="practice.confirm_hours",
    ),
    NoticeTemplate(
        "practice_roster", _("The roster is there: %(title)s"),
        _("“%(title)s” is published. Look when your shifts are; offer one that you cannot keep to the others."),
    ),
    NoticeTemplate(
        "practice_roster_changed", _("Your shifts have changed: %(title)s"),
        _("The leader has changed your shifts in “%(title)s”. Please look at the roster."),
    ),
    NoticeTemplate(
        "practice_offered", _("A shift is offered: %(title)s"),
        _("Somebody cannot keep their shift on %(at)s in “%(title)s”. Whoever takes it first has it."), AT,
    ),
    NoticeTemplate(
        "practice_taken", _("A shift has changed hands: %(title)s"),
        _("The shift on %(at)s in “%(title)s” has a new volunteer. Please look at the roster."), AT,
    ),
    NoticeTemplate(
        "practice_swapped", _("Volunteers have swapped: %(title)s"),
        _("The volunteer %(number)s has taken the shift on %(at)s in “%(title)s”."), AT,
        permission="practice.change_duty",
    ),
    NoticeTemplate(
        "practice_place_empty", _("A place has become empty: %(title)s"),
        _("A volunteer of “%(title)s” has gone, and their places are empty. Please look at the roster."),
        permission="practice.change_duty",
    ),
    NoticeTemplate(
        "practice_talk", _("A talk comes to your village: %(title)s"),
        _("“%(title)s” is planned for your village on %(at)s. If it cannot be then, tell the centre."), AT,
        permission="practice.see",
    ),
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their pages are; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("own_hours", lambda one: reverse("practice:hours", kwargs={"occasion_id": one}))
    register_link("led_hours", lambda one: reverse("practice:led", kwargs={"occasion_id": one}))
    register_link("talk", lambda order_id: reverse("practice:service", kwargs={"order_id": order_id}))
    register_link("roster", lambda roster_id: reverse("practice:roster", kwargs={"roster_id": roster_id}))
    register_link("led_roster", lambda one: reverse("practice:led_roster", kwargs={"roster_id": one}))
