"""The door: one cube, and the collection. ``?lang=zh`` or ``en`` says in which language labels are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from tianqu.gateways.jsonstat import cubes
from tianqu.kernel.figures.api import open_figure, open_figures, open_series
from tianqu.kernel.pack.api import OpenView, open_door

View = Callable[..., dict[str, Any]]


def _door(view: View) -> OpenView:
    @open_door()
    @wraps(view)
    def run(request: HttpRequest, **named: str) -> HttpResponse:
        told = view(request, chinese=request.GET.get("lang") != "en", **named)
        return HttpResponse(orjson.dumps(told, default=_exact), content_type="application/json")

    return run


@_door
def collection(_request: HttpRequest, *, chinese: bool) -> dict[str, Any]:
    """Every open figure, at most 500, without values."""
    return cubes.collection(open_figures(), chinese=chinese)


@_door
def figure(_request: HttpRequest, *, chinese: bool, code: str) -> dict[str, Any]:
    """One figure with its series, at most 200 periods."""
    shown = open_figure(code)
    return cubes.cube(shown, open_series(shown), chinese=chinese)


def _exact(value: object) -> object:
    """A decimal as a number of JSON with all its digits."""
    assert isinstance(value, Decimal), type(value)
    return orjson.Fragment(format(value, "f"))
