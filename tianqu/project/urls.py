"""Every address of the installation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tianqu.gateways.beancount.routes import router as beancount_router
from tianqu.gateways.hledger.routes import router as hledger_router
from tianqu.gateways.ocds.routes import contracts_router
from tianqu.project.health import healthz
from tianqu.project.packs import installed_packs, offered_contracts
from tianqu.web.api.api import api
from tianqu.web.api.docs import docs
from tianqu.web.mount import pack_urls
from tianqu.web.registers.endpoints import register_router

_routers = [
    hledger_router, beancount_router, contracts_router(offered_contracts()),
    *(router for pack in installed_packs() for router in (*pack.routers, register_router(pack))),
]  # fmt: skip
for _router in _routers:
    api.add_router("", _router)

urlpatterns: list[URLPattern | URLResolver] = [
    # Addresses are tried in this order, so those that programs call all day come first.
    path("api/v1/", api.urls),
    path("", include("tianqu.web.home.urls")),
    path("", include("tianqu.web.desk.urls")),
    path("", include("tianqu.web.ask.urls")),
    path("", include("tianqu.web.figures.urls")),
    path("", include("tianqu.web.proof.urls")),
    path("", include("tianqu.web.releases.urls")),
    path("", include("tianqu.web.data.urls")),
    path("", include("tianqu.web.occasions.urls")),
    path("", include("tianqu.web.rosters.urls")),
    path("", include("tianqu.web.certificates.urls")),
    path("", include("tianqu.web.tours.urls")),
    path("healthz", healthz, name="healthz"),
    path("log/", include("tianqu.gateways.tlog.urls")),
    path("open311/v2/", include("tianqu.gateways.open311.urls")),
    path("ckan/", include("tianqu.gateways.ckan.urls")),
    path("dcat/", include("tianqu.gateways.dcat.urls")),
    path("json-stat/", include("tianqu.gateways.jsonstat.urls")),
    path("sdmx/", include("tianqu.gateways.sdmx.urls")),
    path("csvw/", include("tianqu.gateways.csvw.urls")),
    path("administration/", include("tianqu.web.administration.urls")),
    path("notices/", include("tianqu.web.notices.urls")),
    path("account/", include("tianqu.web.account.urls")),
    path("api/docs", docs, name="api_docs"),
    *pack_urls(installed_packs()),
]

handler400 = "tianqu.web.layout.errors.bad_request"
handler403 = "tianqu.web.layout.errors.forbidden"
handler404 = "tianqu.web.layout.errors.not_found"
handler500 = "tianqu.web.layout.errors.broken"
