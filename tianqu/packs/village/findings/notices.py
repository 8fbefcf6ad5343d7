"""What a village's office is told about its findings, and inspectors of answers; each leads to the finding's page."""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.notices.api import NoticeTemplate, queue_notice
from tianqu.kernel.orders.api import Moved, shown_code
from tianqu.kernel.places.api import units_that_may
from tianqu.packs.village.findings.models import Finding
from tianqu.packs.village.findings.words import title_said

DECIDES: Final = "village.close_finding"  # who decides about the finding is told
ANSWERS: Final = "village.answer_finding"  # who answers for the village is told
SPOKEN: Final = {"title": title_said}
DUE: Final = frozenset({"due"})
TEMPLATES: Final = (
    NoticeTemplate(
        "finding_opened", _("To be put right: %(title)s"),
        _("An auditor has found something in your village: %(title)s (%(code)s). Put it right and answer with"
          " evidence by %(due)s."), DUE, permission=ANSWERS, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_answered", _("To be inspected: %(title)s"),
        _("The village has answered %(title)s (%(code)s). Look whether it is put right, and close it or send it back."),
        permission=DECIDES, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_extended", _("More time: %(title)s"),
        _("%(title)s (%(code)s) is to be put right by %(due)s: %(note)s"), DUE, permission=ANSWERS, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_sent_back", _("Not put right yet: %(title)s"),
        _("The inspector has sent %(title)s (%(code)s) back: %(note)s Answer anew by %(due)s."), DUE,
        permission=ANSWERS, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_closed", _("Put right: %(title)s"), _("%(title)s (%(code)s) is closed as put right: %(note)s"),
        permission=ANSWERS, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_dismissed", _("Unfounded: %(title)s"), _("%(title)s (%(code)s) was dismissed: %(note)s"),
        permission=ANSWERS, spoken=SPOKEN,
    ),
    NoticeTemplate(
        "finding_late", _("Overdue: %(title)s"),
        _("The time for %(title)s (%(code)s) was over at %(due)s. It is shown on the public page of the township."),
        DUE, permission=ANSWERS, spoken=SPOKEN,
    ),
)  # fmt: skip


def tell_answered(acting: Acting, finding: Finding, moved: Moved) -> None:
    """Tell the inspectors' offices that look after the village, but none that answered, that an answer waits."""
    own = {finding.unit_id, acting.actor.unit_id}
    units = units_that_may(DECIDES, place_path=str(finding.place_path), on=acting.today)
    for unit_id in units:
        if unit_id not in own:
            queue_notice(
                acting, key=f"order:{finding.order_id}:{moved.sequence}:finding_answered:{unit_id}",
                code="finding_answered", subject=f"finding:{finding.order_id}", unit_id=unit_id,
                parameters={"code": shown_code(moved.code), "title": finding.order.title},
            )  # fmt: skip
