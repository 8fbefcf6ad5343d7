"""What those who booked are told; each notice leads to the occasion."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates

AT: Final = frozenset({"at"})
TEMPLATES: Final = (
    NoticeTemplate(
        "occasions_moved_up", _("You have a place: %(title)s"),
        _("A place has become free, and you take part in “%(title)s” on %(at)s. If you cannot come, please leave it."),
        AT,
    ),
    NoticeTemplate(
        "occasions_changed", _("Changed: %(title)s"), _("“%(title)s” was changed. It begins on %(at)s."), AT,
    ),
    NoticeTemplate(
        "occasions_cancelled", _("Called off: %(title)s"),
        _("“%(title)s” on %(at)s was called off: %(reason)s"), AT,
    ),
    NoticeTemplate(
        "occasions_missed", _("You did not come: %(title)s"),
        _("You had a place at “%(title)s” on %(at)s and did not come. Please leave what you cannot come to, so that"
          " somebody else can. If you were there, tell whoever held it."),
        AT,
    ),
    NoticeTemplate(
        "occasions_refused", _("Your hours were not confirmed: %(title)s"),
        _("The leader of “%(title)s” on %(at)s writes: %(words)s\n\nIf you disagree, say so on the activity's page."),
        AT,
    ),
    NoticeTemplate(
        "occasions_reversed", _("Your hours were taken back: %(title)s"),
        _("The hours that were booked for you at “%(title)s” on %(at)s were taken back. The leader writes: %(words)s"
          "\n\nIf you disagree, say so on the activity's page."),
        AT,
    ),
    NoticeTemplate(
        "occasions_disputed", _("Somebody disagrees: %(title)s"),
        _("Somebody disagrees with what stands of their hours at “%(title)s”. Please look and answer."),
        permission="occasions.confirm_attendance",
    ),
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their pages are; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("occasion", lambda occasion_id: reverse("occasion", kwargs={"occasion_id": occasion_id}))
    register_link("own_hours", lambda one: reverse("occasion_attendance", kwargs={"occasion_id": one}))
    register_link("led_hours", lambda one: reverse("occasion_attendances", kwargs={"occasion_id": one}))
