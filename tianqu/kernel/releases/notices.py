"""What a press office is told about its releases; each notice leads to the release's page."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates
from tianqu.kernel.releases.errata import TEMPLATE

ERRATUM_DUE: Final = NoticeTemplate(
    TEMPLATE, _("An erratum is due: %(code)s"),
    _("%(count)s figures of the release %(code)s print otherwise than it says:\n\n%(lines)s\n\nPublish a correction."),
    permission="releases.revise",
)  # fmt: skip


def register() -> None:
    """Make the notice known, and where its page is; once, at start-up."""
    register_templates(ERRATUM_DUE)
    register_link("release_code", lambda code: reverse("release", kwargs={"code": code}))
