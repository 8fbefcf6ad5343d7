"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from tianqu.web.desk import deputies, export, inbox, likes, many, order

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/do", many.do_many, name="inbox_do"),
    path("inbox/requests.csv", export.export, name="inbox_export"),
    path("inbox/views", inbox.views, name="inbox_views"),
    path("inbox/views/<uuid:view_id>/remove", inbox.drop_view, name="inbox_drop_view"),
    path("desk/deputy", deputies.name_deputy, name="desk_deputy"),
    path("orders/<str:code>", order.show, name="order"),
    path("orders/<str:code>/likes", likes.likes, name="order_likes"),
    path("orders/<str:code>/<slug:verb>", order.do, name="order_do"),
]
