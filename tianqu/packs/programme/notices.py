"""What units are told about signatures; each notice leads to the release that they sign."""

from __future__ import annotations

from typing import Final

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate

SIGNS: Final = "releases.sign"  # who signs for the unit is told
DUE: Final = frozenset({"due"})
TEMPLATES: Final = (
    NoticeTemplate(
        "signature_asked", _("To be signed: figures of a release"),
        _("Your unit is asked to sign its figures in a release (%(code)s) by %(due)s, or to refuse with a reason."),
        DUE, permission=SIGNS,
    ),
    NoticeTemplate(
        "signature_late", _("Overdue: figures of a release"),
        _("The time to sign the figures of a release (%(code)s) was over at %(due)s."), DUE, permission=SIGNS,
    ),
    NoticeTemplate(
        "mail_confirm", _("Confirm: releases by mail"),
        _("Somebody, most likely you, asked for releases at this address. Open this page within a week to confirm it:"
          "\n\n%(link)s\n\nIf it was not you, do nothing; nothing more will come."),
    ),
    NoticeTemplate(
        "mail_release", _("%(title)s"),
        _("A new release is public: %(title)s\n\n%(link)s\n\nTo end these mails: %(stop)s"), stop="stop",
    ),
    NoticeTemplate(
        "mail_corrected", _("Corrected: %(title)s"),
        _("A release was corrected: %(title)s\n\n%(link)s\n\nTo end these mails: %(stop)s"), stop="stop",
    ),
)  # fmt: skip
