"""Addresses of certificates."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import EVERYBODY, Page
from tianqu.web.certificates import pages
from tianqu.web.mount import mounted

ONE = "certificates/<slug:code>/"
PAGES = (
    Page("certificates_own", "certificates/of/<slug:kind>", pages.own, EVERYBODY, _("Certificates"), ("GET", "POST")),
    Page("certificate", ONE, pages.certificate, EVERYBODY, _("Certificate")),
    Page("certificate_paper", f"{ONE}<slug:language>.pdf", pages.paper, EVERYBODY, _("Certificate")),
    Page("certificate_proof", f"{ONE}certificate.tlog-proof", pages.proof, EVERYBODY, _("Proof")),
    Page("certificate_bundle", f"{ONE}certificate.json", pages.bundle, EVERYBODY, _("Proof")),
)
urlpatterns = [path(page.address, mounted(page), name=page.name) for page in PAGES]
