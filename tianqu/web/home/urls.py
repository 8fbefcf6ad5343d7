"""Addresses of the public's pages."""

from __future__ import annotations

from django.urls import path

from tianqu.web.home import about, places, services, views

urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("desk/", views.desk, name="desk"),
    path("places/", places.places_named, name="places_named"),
    path("places/<slug:code>", places.place, name="place"),
    path("places/<slug:code>.geojson", places.places_below, name="places_below"),
    path("services/", services.services, name="services"),
    path("services/<str:code>", services.service, name="service"),
    path("services/<str:code>/changes", services.changes, name="service_changes"),
    path("about", about.about, name="about"),
    path("help", about.help_page, name="help"),
    path("privacy", about.privacy, name="privacy"),
    path("accessibility", about.accessibility, name="accessibility"),
]
