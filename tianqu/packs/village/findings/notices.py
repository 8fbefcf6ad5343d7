"""What a village's office is told about its findings; each notice leads to the finding's page."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates

ANSWERS: Final = "village.answer_finding"  # who answers for the village is told
DUE: Final = frozenset({"due"})
TEMPLATES: Final = (
    NoticeTemplate(
        "finding_opened", _("To be put right: %(title)s"),
        _("An auditor has found something in your village: %(title)s (%(code)s). Put it right and answer with"
          " evidence by %(due)s."), DUE, permission=ANSWERS,
    ),
    NoticeTemplate(
        "finding_extended", _("More time: %(title)s"),
        _("%(title)s (%(code)s) is to be put right by %(due)s: %(note)s"), DUE, permission=ANSWERS,
    ),
    NoticeTemplate(
        "finding_sent_back", _("Not put right yet: %(title)s"),
        _("The inspector has sent %(title)s (%(code)s) back: %(note)s Answer anew by %(due)s."), DUE,
        permission=ANSWERS,
    ),
    NoticeTemplate(
        "finding_closed", _("Put right: %(title)s"), _("%(title)s (%(code)s) is closed as put right: %(note)s"),
        permission=ANSWERS,
    ),
    NoticeTemplate(
        "finding_dismissed", _("Unfounded: %(title)s"), _("%(title)s (%(code)s) was dismissed: %(note)s"),
        permission=ANSWERS,
    ),
    NoticeTemplate(
        "finding_late", _("Overdue: %(title)s"),
        _("The time for %(title)s (%(code)s) was over at %(due)s. It is shown on the public page of the township."),
        DUE, permission=ANSWERS,
    ),
)  # fmt: skip


def register() -> None:
    """Make the notices known, and where their page is; once, at start-up."""
    register_templates(*TEMPLATES)
    register_link("finding", lambda finding_id: reverse("village:finding", kwargs={"finding_id": finding_id}))
