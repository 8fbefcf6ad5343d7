"""Addresses of proofs. They are pages; the log itself is served to programs under ``log/``."""

from __future__ import annotations

from django.urls import path

from tianqu.web.proof import views

urlpatterns = [
    path("proof/", views.log, name="log"),
    path("proof/<int:index>", views.entry, name="log_entry"),
    path("proof/<int:index>.tlog-proof", views.proof, name="log_proof"),
    path("files/<str:code>/<uuid:file_id>", views.order_file, name="order_file"),
]
