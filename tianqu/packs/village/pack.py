"""Village oversight as a pack: the rules by which contracts are judged."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, Pack, Page
from tianqu.packs.village import endpoints, rule_pages

PAGES = (Page("rules", "villages/rules", rule_pages.rules, EVERYBODY, _("Rules for village contracts")),)

PACK = Pack(
    code="village",
    title=_("Village oversight"),
    package="tianqu.packs.village",
    pages=PAGES,
    routers=(endpoints.router,),
)
