"""Addresses of asking and following."""

from __future__ import annotations

from django.urls import path

from tianqu.web.ask import answers, asking, following

urlpatterns = [
    path("ask/", asking.choose, name="ask"),
    path("ask/near", asking.near, name="ask_near"),
    path("ask/<str:item>", asking.ask, name="ask_item"),
    path("receipt/<str:code>", following.receipt, name="receipt"),
    path("follow/", following.find, name="follow"),
    path("follow/<str:code>", following.follow, name="follow_order"),
    path("follow/<str:code>/slip", following.slip, name="follow_slip"),
    path("follow/<str:code>/<slug:verb>", following.do, name="follow_do"),
    path("my/", following.mine, name="my_orders"),
    path("answers/", answers.answers, name="answers"),
    path("answers/<str:code>", answers.answer, name="answer"),
]
