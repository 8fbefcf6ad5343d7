"""Addresses of releases. A release's own is permanent; an edition's, too."""

from __future__ import annotations

from django.urls import path

from tianqu.web.releases import desk, editor, signing, views

urlpatterns = [
    path("releases/", views.releases, name="releases"),
    path("releases/feed.atom", views.feed, name="releases_feed"),
    path("releases/<slug:code>/", views.release, name="release"),
    path("releases/<slug:code>/<int:number>/", views.release, name="release_edition"),
    path("releases/<slug:code>/<int:number>/again", views.again, name="release_again"),
    path("releases/<slug:code>/<int:number>/<str:file>", views.paper, name="release_paper"),
    path("desk/releases/", desk.desk, name="releases_desk"),
    path("desk/releases/new", desk.begin, name="release_begin"),
    path("desk/releases/<slug:code>/", desk.release_page, name="release_desk"),
    path("desk/releases/<slug:code>/text", editor.text, name="release_text"),
    path("desk/releases/<slug:code>/check", editor.check, name="release_check"),
    path("desk/releases/<slug:code>/preview", editor.preview, name="release_preview"),
    path("desk/releases/<slug:code>/figures", editor.figures, name="release_figures"),
    path("desk/releases/<slug:code>/deed", desk.deed, name="release_deed"),
    path("desk/releases/<slug:code>/sign/<uuid:unit_id>", signing.sign, name="release_sign"),
    path("desk/releases/<slug:code>/read", signing.read, name="release_read"),
    path("desk/releases/<slug:code>/erratum", signing.erratum, name="release_erratum"),
    path("desk/releases/<slug:code>/correct", signing.correct, name="release_correct"),
    path("desk/releases/<slug:code>/history", editor.history, name="release_history"),
]
