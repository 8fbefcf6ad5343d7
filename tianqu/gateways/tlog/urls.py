"""Addresses below ``/log/``."""

from __future__ import annotations

from django.urls import path

from tianqu.gateways.tlog import views

urlpatterns = [
    path("checkpoint", views.checkpoint, name="log_checkpoint"),
    path("key", views.key, name="log_key"),
    path("tile/<path:rest>", views.tile, name="log_tile"),
    path("witness/add-checkpoint", views.add_checkpoint, name="log_add_checkpoint"),
    path("witness/<str:digest>/checkpoint", views.witnessed_checkpoint, name="log_witnessed_checkpoint"),
]
