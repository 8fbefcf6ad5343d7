"""Addresses below ``/ckan/``."""

from __future__ import annotations

from django.urls import path, re_path

from tianqu.gateways.ckan import views

urlpatterns = [
    path("api/3/action/<str:name>", views.action, name="ckan_action"),
    path("api/action/<str:name>", views.action),
    path("dataset/<str:name>/download/<str:file>", views.download, name="ckan_download"),
    re_path(r"^(?P<rest>.*)\Z", views.nothing, name="ckan_nothing"),
]
