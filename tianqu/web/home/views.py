"""The public's first page, and the desk's."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.pack.api import PageRequest


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """The first page."""
    return render(request, "home/home.html", {}, using="jinja2")


@require_safe
def desk(request: PageRequest) -> HttpResponse:
    """The desk's first page: where one is, and one key for each thing that waits."""
    if request.actor.post_id is None:
        raise NotPermitted(
            _("The desk is for those who hold a post."),
            remedy=_("Sign in, or choose one of your posts on your account page."),
        )
    return render(request, "home/desk.html", {}, using="jinja2")
