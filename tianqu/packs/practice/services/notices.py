"""Who is told of an ordered service, and where its pages are."""

from __future__ import annotations

from django.urls import reverse

from tianqu.base.errors import _
from tianqu.kernel.notices.api import NoticeTemplate, register_link, register_templates
from tianqu.kernel.orders.api import register_offering
from tianqu.packs.practice.services.flow import OFFERING


def register() -> None:
    """Make the notices, their pages and the offering known; once, at start-up."""
    register_templates(
        NoticeTemplate(
            "service_offered", _("Who can help: %(title)s"),
            _("“%(title)s” is wanted in %(place)s. Have a look, and take it or decline it."),
            permission="orders.claim",
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
    register_link("offer", lambda offer_id: reverse("practice:offers"))
    register_link("service", lambda order_id: reverse("practice:service", kwargs={"order_id": order_id}))
    register_offering(OFFERING)
