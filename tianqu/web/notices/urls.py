"""Addresses of one's own notices."""

from __future__ import annotations

from django.urls import path

from tianqu.web.notices import views

urlpatterns = [
    path("", views.notices, name="notices"),
    path("count/", views.count, name="notices_count"),
    path("read/", views.read, name="notices_read"),
    path("preferences/", views.preferences, name="notices_preferences"),
]
