"""Addresses of the administration."""

from __future__ import annotations

from django.urls import path

from tianqu.web.administration import overview

urlpatterns = [
    path("", overview.overview, name="administration"),
    path("journal/", overview.journal, name="administration_journal"),
]
