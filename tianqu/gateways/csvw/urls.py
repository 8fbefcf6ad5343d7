"""Addresses below ``/csvw/``: a description lies where CSVW looks for it, beside its file."""

from __future__ import annotations

from django.urls import path

from tianqu.gateways.csvw import views

urlpatterns = [
    path("<str:code>.csv", views.file, name="csvw_file"),
    path("<str:code>.csv-metadata.json", views.description, name="csvw_metadata"),
]
