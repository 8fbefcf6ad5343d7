"""Addresses below ``/json-stat/``."""

from __future__ import annotations

from django.urls import path

from tianqu.gateways.jsonstat import views

urlpatterns = [
    path("figures.json", views.collection, name="jsonstat_figures"),
    path("figures/<str:code>.json", views.figure, name="jsonstat_figure"),
]
