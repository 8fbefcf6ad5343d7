"""Addresses of django-hordak, and one that tells that it is there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def there(_request: HttpRequest) -> HttpResponse:
    """Answer at all."""
    return HttpResponse("ok")


urlpatterns = [path("healthz", there), path("", include("hordak.urls", namespace="hordak"))]
