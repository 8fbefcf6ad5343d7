"""Pages about the site itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tianqu.kernel.pack.api import PageRequest


@require_safe
def about(request: PageRequest) -> HttpResponse:
    """What this is and who answers for it."""
    return render(request, "home/about.html", {}, using="jinja2")


@require_safe
def help_page(request: PageRequest) -> HttpResponse:
    """How to ask, follow and object, and the keys of the desk."""
    return render(request, "home/help.html", {}, using="jinja2")


@require_safe
def privacy(request: PageRequest) -> HttpResponse:
    """What is kept of a person, who sees it, and how it is erased."""
    return render(request, "home/privacy.html", {}, using="jinja2")


@require_safe
def accessibility(request: PageRequest) -> HttpResponse:
    """What was done so that everybody can use these pages, and what falls short."""
    return render(request, "home/accessibility.html", {}, using="jinja2")
