"""What the pack declares of keeping a book: who may do what, and the pages."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import MenuEntry, Page
from tianqu.packs.village.keeping import compound_pages, endpoints, form_pages, pages

KEEPING: Final = (
    "village.enter_voucher",
    "village.enter_compound_voucher",
    "village.enter_opening",
    "village.add_papers",
    "village.finish_month",
    "files.store",
)
BOTH: Final = ("GET", "POST")
SEE: Final = "ledgers.see"
BOOK: Final = "villages/keeping/<str:code>/"
VOUCHER: Final = "villages/vouchers/<uuid:transfer_id>/"

PAGES: Final = (
    Page("keeping_home", "villages/keeping/", pages.home, "village.enter_voucher", _("Keep the book")),
    Page("keeping", BOOK, pages.month, SEE, _("Vouchers by month")),
    Page("keeping_export", f"{BOOK}month.csv", pages.export, SEE, _("Vouchers by month")),
    Page(
        "voucher_compound",
        f"{BOOK}new/compound",
        compound_pages.enter,
        "village.enter_compound_voucher",
        _("Voucher of several accounts"),
        BOTH,
    ),
    Page("voucher_new", f"{BOOK}new/<slug:kind>", form_pages.enter, "village.enter_voucher", _("Enter"), BOTH),
    Page("month_finish", f"{BOOK}finish", form_pages.finish, "village.finish_month", _("Finish the month"), BOTH),
    Page("month_close", f"{BOOK}close", form_pages.close, "ledgers.set_period", _("Close or open the month"), BOTH),
    Page("voucher", VOUCHER, pages.voucher, SEE, _("Voucher")),
    Page("voucher_paper", f"{VOUCHER}papers/<uuid:file_id>", pages.paper, SEE, _("Voucher")),
    Page("voucher_papers", f"{VOUCHER}papers", form_pages.papers, "village.add_papers", _("Add photos"), BOTH),
    Page(
        "voucher_take_back",
        f"{VOUCHER}take-back",
        form_pages.take_back,
        "ledgers.reverse",
        _("Reverse the voucher"),
        BOTH,
    ),
)
MENU: Final = (MenuEntry("keeping_home", "desk", order=59),)
ROUTERS: Final = (endpoints.router,)
