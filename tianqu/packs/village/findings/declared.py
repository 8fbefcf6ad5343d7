"""What the pack declares of findings: their family and flow, who may do what, the pages, and their part of the API."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, MenuEntry, Page
from tianqu.packs.village.findings import (
    answer_pages,
    deciding_pages,
    drawing_pages,
    endpoints,
    pages,
    public_pages,
)
from tianqu.packs.village.findings.flow import FAMILY as FAMILY
from tianqu.packs.village.findings.flow import FLOW as FLOW
from tianqu.packs.village.findings.notices import TEMPLATES

NOTICES: Final = TEMPLATES
COMMENTING: Final = ("village.comment_finding", "files.store")
ANSWERING: Final = ("village.accept_finding", "village.answer_finding", *COMMENTING)
AUDITING: Final = ("village.open_finding", "village.extend_finding", *COMMENTING)
INSPECTING: Final = (
    "village.extend_finding", "village.close_finding", "village.dismiss_finding", "village.send_back_finding",
    "village.reopen_finding", "village.announce_drawing", "village.draw_findings", "village.confirm_finding",
    *COMMENTING,
)  # fmt: skip

BOTH: Final = ("GET", "POST")
HERE: Final = "villages/findings/"
FINDING: Final = f"{HERE}<uuid:finding_id>/"
DRAWINGS: Final = "villages/drawings/"
FORMS: Final = (
    ("extend", deciding_pages.extend, _("Give more time")), ("comment", deciding_pages.comment, _("Say something")),
    ("close", deciding_pages.close, _("Close as put right")), ("dismiss", deciding_pages.dismiss, _("Dismiss")),
    ("send_back", deciding_pages.send_back, _("Send back")), ("reopen", deciding_pages.reopen, _("Open again")),
    ("confirm", deciding_pages.confirm, _("Second look: put right")),
    ("answer", answer_pages.answer, _("Answer with evidence")),
)  # fmt: skip

PAGES: Final = (
    Page("findings", HERE, pages.findings, "village.see", _("Findings")),
    Page("findings_export", "villages/findings.csv", pages.export, "village.see", _("Findings")),
    Page("finding_new", f"{HERE}new", deciding_pages.create, "village.open_finding", _("Open a finding"), BOTH),
    Page("finding", FINDING, pages.finding, "village.see", _("Finding")),
    Page("finding_file", f"{FINDING}files/<uuid:file_id>", pages.file, "village.see", _("Finding")),
    Page(
        "finding_accept", f"{FINDING}accept", deciding_pages.accept, "village.accept_finding", _("Confirm receipt"),
        ("POST",),
    ),
    *(
        Page(f"finding_{verb}", f"{FINDING}{verb}", view, f"village.{verb}_finding", title, BOTH)
        for verb, view, title in FORMS
    ),
    Page("put_right", "villages/put-right", pages.sums, "village.see", _("What was put right")),
    Page("drawings", DRAWINGS, drawing_pages.listed, EVERYBODY, _("Drawings")),
    Page(
        "drawing_new", f"{DRAWINGS}new", drawing_pages.announce, "village.announce_drawing", _("Announce a drawing"),
        BOTH,
    ),
    Page("drawing", f"{DRAWINGS}<uuid:drawing_id>/", drawing_pages.drawing, EVERYBODY, _("Drawing")),
    Page(
        "drawing_draw", f"{DRAWINGS}<uuid:drawing_id>/draw", drawing_pages.draw, "village.draw_findings", _("Draw now"),
        ("POST",),
    ),
    Page("overdue", "villages/overdue/<str:code>", public_pages.overdue, EVERYBODY, _("Left undone")),
)  # fmt: skip
MENU: Final = (MenuEntry("findings", "desk", order=62, count=pages.waiting_count),)
ROUTER: Final = endpoints.router
