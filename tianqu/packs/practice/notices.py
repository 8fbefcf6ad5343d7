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
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their pages are; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("own_hours", lambda one: reverse("practice:hours", kwargs={"occasion_id": one}))
    register_link("led_hours", lambda one: reverse("practice:led", kwargs={"occasion_id": one}))
