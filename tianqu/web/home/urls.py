"""Addresses of the public's pages."""

from __future__ import annotations

from django.urls import path

from tianqu.web.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
]
