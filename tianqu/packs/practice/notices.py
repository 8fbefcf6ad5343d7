"""What the centre is told: that a talk comes to a village."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates

TALK: Final = NoticeTemplate(
    "practice_talk", _("A talk comes to your village: %(title)s"),
    _("“%(title)s” is planned for your village on %(at)s. If it cannot be then, tell the centre."), frozenset({"at"}),
    permission="practice.see",
)  # fmt: skip


def register() -> None:
    """Make the notice known, and where its page is; once, at start-up."""
    register_templates(TALK)
    register_link("talk", lambda order_id: reverse("practice:service", kwargs={"order_id": order_id}))
