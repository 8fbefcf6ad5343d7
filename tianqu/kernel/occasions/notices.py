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
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their pages are; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("occasion", lambda occasion_id: reverse("occasion", kwargs={"occasion_id": occasion_id}))
