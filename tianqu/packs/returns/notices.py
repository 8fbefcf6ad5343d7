"""What a unit is told about its returns; each notice leads to the return's page."""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate

FILES: Final = "returns.submit_filing"  # who files for the unit is told
DUE: Final = frozenset({"due"})
TEMPLATES: Final = (
    NoticeTemplate(
        "return_asked", _("To be filed: %(title)s"), _("Your unit is asked for %(title)s (%(code)s), due by %(due)s."),
        DUE, permission=FILES,
    ),
    NoticeTemplate(
        "return_reminder", _("Reminder: %(title)s"), _("%(title)s (%(code)s) is not filed yet. It is due by %(due)s."),
        DUE, permission=FILES,
    ),
    NoticeTemplate(
        "return_extended", _("More time: %(title)s"), _("%(title)s (%(code)s) is due by %(due)s now: %(note)s"), DUE,
        permission=FILES,
    ),
    NoticeTemplate(
        "return_sent_back", _("Sent back: %(title)s"),
        _("The office has sent %(title)s (%(code)s) back: %(note)s File it anew by %(due)s."), DUE, permission=FILES,
    ),
    NoticeTemplate(
        "return_accepted", _("Accepted: %(title)s"), _("The office has accepted %(title)s (%(code)s)."),
        permission=FILES,
    ),
    NoticeTemplate(
        "return_late", _("Overdue: %(title)s"), _("The time for %(title)s (%(code)s) was over at %(due)s."), DUE,
        permission=FILES,
    ),
)  # fmt: skip
