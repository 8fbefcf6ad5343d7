"""Every address of the installation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from tianqu.project.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tianqu.web.home.urls")),
    path("healthz", healthz, name="healthz"),
    path("language", set_language, name="set_language"),
    path("account/", include("allauth.urls")),
]

handler400 = "tianqu.web.layout.errors.bad_request"
handler403 = "tianqu.web.layout.errors.forbidden"
handler404 = "tianqu.web.layout.errors.not_found"
handler500 = "tianqu.web.layout.errors.broken"
