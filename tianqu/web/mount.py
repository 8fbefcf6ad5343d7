"""Bringing the pages that packs declare to their addresses, with permission, scope and frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLResolver, include, path
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tianqu.kernel.pack.api import (
    EVERYBODY,
    Data,
    Download,
    Pack,
    Page,
    PageRequest,
    PageResult,
    Partial,
    Redirect,
    Rendered,
)
from tianqu.kernel.places.api import require
from tianqu.web.layout.summaries import summary_completed
from tianqu.web.registers.mounting import register_pages

View = Callable[..., HttpResponseBase]


def pack_urls(packs: Iterable[Pack]) -> list[URLResolver]:
    """Return the addresses of the packs' pages; ``hotline:calls`` is the page ``calls`` of the pack ``hotline``."""
    return [
        path("", include(([path(page.address, mounted(page), name=page.name) for page in _pages(pack)], pack.code)))
        for pack in packs
    ]


def _pages(pack: Pack) -> list[Page]:
    """The pages of a pack: those of its registers first, whose addresses hold no pattern."""
    return [*register_pages(pack), *pack.pages]


def mounted(page: Page) -> View:
    """Return the page's view as Django calls it: permission first, then the view, then its result as an answer."""

    def view(request: PageRequest, **arguments: Any) -> HttpResponseBase:
        if page.permission != EVERYBODY:
            require(request.actor, page.permission)
        return answer(request, page.view(request, **arguments))

    methods = ["GET", "HEAD", *page.methods] if "GET" in page.methods else list(page.methods)
    taking = require_http_methods(methods)(view)
    return csrf_exempt(taking) if page.secret_address else taking


def answer(request: PageRequest, result: PageResult) -> HttpResponseBase:
    """Turn what a page's view returned into an HTTP answer."""
    match result:
        case Rendered(template, context, status):
            return _page(request, template, context, status=status)
        case Partial(template, context, status, trigger):
            response = render(request, template, dict(context), status=status, using="jinja2")
            if trigger:
                response["HX-Trigger"] = trigger
            return response
        case Redirect(address, notice):
            if notice:
                messages.success(request, notice)
            return _onwards(request, address)
        case Download(name, media_type, chunks, inline):
            stream = StreamingHttpResponse(chunks, content_type=media_type)
            stream["Content-Disposition"] = content_disposition_header(not inline, name) or "inline"
            return stream
        case Data(content):
            return JsonResponse(content, safe=False, json_dumps_params={"ensure_ascii": False})


def _page(request: PageRequest, template: str, context: Mapping[str, Any], *, status: int) -> HttpResponse:
    """A whole page; where something was refused, its summary leads to the fields that are there."""
    response = render(request, template, dict(context), status=status, using="jinja2")
    if status >= HTTPStatus.BAD_REQUEST:
        response.content = summary_completed(response.content.decode()).encode()
    return response


def _onwards(request: PageRequest, address: str) -> HttpResponse:
    """Send the browser on; htmx is told to load the whole next page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
