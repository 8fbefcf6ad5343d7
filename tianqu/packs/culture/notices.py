"""What troupes and offices are told; each notice leads to the performance."""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate

SEE: Final = "culture.see"
TEMPLATES: Final = (
    NoticeTemplate(
        "culture_engaged", _("Engaged: %(title)s"),
        _("Your troupe is engaged: %(title)s (%(code)s). Say whether you come, and by %(due)s that you gave it."),
        frozenset({"due"}), permission=SEE,
    ),
    NoticeTemplate(
        "culture_handed_over", _("Given to another troupe: %(title)s"),
        _("“%(title)s” is given to another troupe. Yours is not engaged for it any more."), permission=SEE,
    ),
    NoticeTemplate(
        "culture_planned", _("A show comes to your village: %(title)s"),
        _("“%(title)s” is planned for your village on %(at)s. If it cannot be then, tell the office of culture."),
        frozenset({"at"}), permission=SEE,
    ),
    NoticeTemplate("culture_paid", _("Paid: %(title)s"), _("%(title)s (%(code)s) is paid."), permission=SEE),
    NoticeTemplate(
        "culture_not_paid", _("Not paid: %(title)s"), _("%(title)s (%(code)s) is not paid: %(note)s"), permission=SEE
    ),
    NoticeTemplate(
        "culture_called_off", _("Called off: %(title)s (%(code)s)"), _("%(title)s (%(code)s) was called off: %(note)s"),
        permission=SEE,
    ),
    NoticeTemplate(
        "culture_disputed", _("A dispute: %(title)s"),
        _("%(title)s (%(code)s). Hear both and settle it by %(due)s: %(note)s"), frozenset({"due"}), permission=SEE,
    ),
    NoticeTemplate(
        "culture_late", _("Late: %(title)s"), _("The time for %(title)s (%(code)s) was over at %(due)s."),
        frozenset({"due"}), permission=SEE,
    ),
)  # fmt: skip
