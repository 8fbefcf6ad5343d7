"""Addresses of figures. ``/figures/<code>/`` is for ever."""

from __future__ import annotations

from django.urls import path

from tianqu.web.figures import check, feed, figure, listing

urlpatterns = [
    path("figures/", listing.figures_page, name="figures"),
    path("figures/feed.atom", feed.feed, name="figures_feed"),
    path("figures/check", check.check_page, name="figures_check"),
    path("figures/check.json", check.check_file, name="figures_check_file"),
    path("figures/check/again", check.check_again, name="figures_check_again"),
    path("figures/check/bulletin", check.bulletin, name="figures_bulletin"),
    path("figures/<str:code>/", figure.figure_page, name="figure"),
    path("figures/<str:code>/recompute", figure.recompute, name="figure_recompute"),
]
