"""What the pack declares of the auditors' desk: who may do what, and the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import MenuEntry, Page
from tianqu.packs.village.desk import endpoints, review_endpoints, review_forms, review_pages, trend_pages
from tianqu.packs.village.desk.notices import ASKED, GIVEN

WATCHING: Final = ("village.see_trends",)
READING: Final = ("village.see_reviews",)
ANSWERING: Final = (*READING, "village.comment_review", "village.give_papers", "files.store")
AUDITING: Final = (
    *READING, "village.draw_sample", "village.begin_review", "village.comment_review", "village.ask_papers",
    "village.close_review", "village.reopen_review",
)  # fmt: skip

BOTH: Final = ("GET", "POST")
TRENDS: Final = "villages/trends"
HERE: Final = "villages/desk/"
REVIEW: Final = f"{HERE}reviews/<uuid:review_id>/"
SEE: Final = "village.see_reviews"
NOTICES: Final = (ASKED, GIVEN)

PAGES: Final = (
    Page("trends", f"{TRENDS}/", trend_pages.trend_page, "village.see_trends", _("Ratios and trends")),
    Page("trends_export", f"{TRENDS}.csv", trend_pages.export, "village.see_trends", _("Ratios and trends")),
    Page("trend_rows", f"{TRENDS}/rows", trend_pages.rows_page, "village.see_trends", _("The rows behind a number")),
    Page("reviews", HERE, review_pages.reviews, SEE, _("Audit desk")),
    Page("reviews_export", "villages/desk.csv", review_pages.export, SEE, _("Audit desk")),
    Page("samples", f"{HERE}samples/", review_pages.samples, SEE, _("Samples")),
    Page("sample_new", f"{HERE}samples/new", review_forms.sample, "village.draw_sample", _("Draw a sample"), BOTH),
    Page("sample", f"{HERE}samples/<uuid:sample_id>/", review_pages.sample, SEE, _("Sample")),
    Page("review_new", f"{HERE}reviews/new", review_forms.begin, "village.begin_review", _("Look at it"), BOTH),
    Page("review", REVIEW, review_pages.review, SEE, _("Review")),
    Page("review_file", f"{REVIEW}files/<uuid:file_id>", review_pages.file, SEE, _("Review")),
    Page("review_comment", f"{REVIEW}comment", review_forms.comment, "village.comment_review", _("Comment"), BOTH),
    Page("review_ask", f"{REVIEW}ask", review_forms.ask, "village.ask_papers", _("Ask for papers"), BOTH),
    Page("review_papers", f"{REVIEW}papers", review_forms.papers, "village.give_papers", _("Hand in papers"), BOTH),
    Page("review_close", f"{REVIEW}close", review_forms.close, "village.close_review", _("Close"), BOTH),
    Page(
        "review_reopen", f"{REVIEW}reopen", review_forms.reopen, "village.reopen_review", _("Look at it once more"),
        BOTH,
    ),
)  # fmt: skip
MENU: Final = (MenuEntry("reviews", "desk", order=63, count=review_pages.waiting_count),)
ROUTERS: Final = (endpoints.router, review_endpoints.router)
