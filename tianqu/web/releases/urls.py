"""Addresses of releases. A release's own is permanent; an edition's, too."""

from __future__ import annotations

from django.urls import path

from tianqu.web.releases import views

urlpatterns = [
    path("releases/", views.releases, name="releases"),
    path("releases/feed.atom", views.feed, name="releases_feed"),
    path("releases/<slug:code>/", views.release, name="release"),
    path("releases/<slug:code>/<int:number>/", views.release, name="release_edition"),
    path("releases/<slug:code>/<int:number>/again", views.again, name="release_again"),
    path("releases/<slug:code>/<int:number>/<str:file>", views.paper, name="release_paper"),
]
