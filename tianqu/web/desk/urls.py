"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from tianqu.web.desk import export, inbox, order

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/do", inbox.do_many, name="inbox_do"),
    path("inbox/requests.csv", export.export, name="inbox_export"),
    path("orders/<str:code>", order.show, name="order"),
    path("orders/<str:code>/<slug:verb>", order.do, name="order_do"),
]
