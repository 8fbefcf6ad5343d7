"""What volunteers, villages and the centre are told."""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate

NOTICES: Final = (
    NoticeTemplate(
        "practice_talk", _("A talk comes to your village: %(title)s"),
        _("“%(title)s” is planned for your village on %(at)s. If it cannot be then, tell the centre."),
        frozenset({"at"}), permission="practice.see",
    ),
    NoticeTemplate(
        "service_offered", _("Who can help: %(title)s"),
        _("“%(title)s” is wanted in %(place)s. Have a look, and take it or decline it."), permission="orders.claim",
    ),
    NoticeTemplate(
        "service_taken_back", _("Not needed any more: %(title)s"),
        _("“%(title)s” in %(place)s does not need you any more: %(note)s"), permission="orders.claim",
    ),
    NoticeTemplate(
        "service_late", _("Late: %(code)s %(title)s"),
        _("The time for %(code)s “%(title)s” was over at %(due)s. It has been passed on to the next level."),
        frozenset({"due"}), permission="practice.see",
    ),
    NoticeTemplate(
        "service_disputed", _("Disagreed with: %(title)s"),
        _("About the request %(code)s: %(note)s It is to be ruled on."), permission="practice.see",
    ),
)  # fmt: skip
