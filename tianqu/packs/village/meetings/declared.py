"""What the pack declares of meetings: who may do what, and the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import Page
from tianqu.packs.village.meetings import form_pages, pages

DECIDING: Final = (
    "village.open_matter", "village.correct_matter", "village.withdraw_matter", "village.enter_meeting",
    "village.enter_disclosure", "village.strike_step", "village.enter_roll",
)  # fmt: skip
WITNESSING: Final = ("village.attest_step",)

BOTH: Final = ("GET", "POST")
HERE: Final = "villages/meetings/"
MATTER: Final = f"{HERE}<uuid:matter_id>/"
STEP: Final = f"{HERE}steps/<uuid:step_id>/"

PAGES: Final = (
    Page("matters", HERE, pages.matters, "village.see", _("Meetings")),
    Page("matters_export", "villages/meetings.csv", pages.export, "village.see", _("Meetings")),
    Page("matter_new", f"{HERE}new", form_pages.create, "village.open_matter", _("New matter"), BOTH),
    Page("matter", MATTER, pages.matter, "village.see", _("Matter to decide")),
    Page("matter_correct", f"{MATTER}correct", form_pages.correct, "village.correct_matter", _("Correct"), BOTH),
    Page("matter_withdraw", f"{MATTER}withdraw", form_pages.withdraw, "village.withdraw_matter", _("Withdraw"), BOTH),
    Page("meeting_new", f"{MATTER}meeting", form_pages.meeting, "village.enter_meeting", _("Enter a meeting"), BOTH),
    Page(
        "disclosure_new",
        f"{MATTER}disclosure",
        form_pages.disclosure,
        "village.enter_disclosure",
        _("Enter a disclosure"),
        BOTH,
    ),
    Page("vote_sheet", f"{MATTER}sheet", pages.sheet, "village.see", _("Vote sheet")),
    Page("vote_sheet_pdf", f"{MATTER}sheet.pdf", pages.sheet_pdf, "village.see", _("Vote sheet")),
    Page("step_attest", f"{STEP}attest", form_pages.attest, "village.attest_step", _("Attest"), ("POST",)),
    Page("step_strike", f"{STEP}strike", form_pages.strike, "village.strike_step", _("Strike out"), BOTH),
    Page("rolls", f"{HERE}rolls/", pages.rolls, "village.see", _("Rolls")),
    Page("roll_new", f"{HERE}rolls/new", form_pages.roll, "village.enter_roll", _("New roll"), BOTH),
    Page("roll", f"{HERE}rolls/<uuid:roll_id>/", pages.roll, "village.see", _("Roll")),
)
