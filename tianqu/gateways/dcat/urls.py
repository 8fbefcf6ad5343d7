"""Addresses below ``/dcat/``."""

from __future__ import annotations

from django.urls import path

from tianqu.gateways.dcat import views

urlpatterns = [
    path("catalog.jsonld", views.catalog, name="dcat_catalog"),
    path("datasets/<str:code>.jsonld", views.dataset, name="dcat_dataset"),
    path("datasets/<str:code>/file.<str:form>", views.file, name="dcat_file"),
    path("figures/<str:code>.jsonld", views.figure, name="dcat_figure"),
    path("figures/<str:code>/file.<str:form>", views.figure_file, name="dcat_figure_file"),
]
