"""Addresses below ``/sdmx/``."""

from __future__ import annotations

from django.urls import path

from tianqu.gateways.sdmx import views

urlpatterns = [
    path("2.1/data/<path:asked>", views.data, name="sdmx_data"),
    path("2.1/<path:asked>", views.structure, name="sdmx_structure"),
]
