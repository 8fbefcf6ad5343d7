"""Parameters that an operation does not know are refused and named, for a mistyped one would narrow nothing.

An operation whose document says that it takes an object of parameters (the columns of a dataset) refuses them itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation

KNOWN: Final = "tianqu.query"


def refuse_unknown_parameters(api: NinjaAPI) -> None:
    """Make every operation of ``api`` refuse parameters that it does not name. Say so before the routers are added.

    django-ninja calls it "view" to wrap a whole operation with its doors, and "operation" to wrap what stands behind.
    """
    api.add_decorator(_knowing, mode="view")
    api.add_decorator(_refusing, mode="operation")


def _knowing(run: Callable[..., Any]) -> Callable[..., Any]:
    """Write down which parameters an operation knows, for the moment when the caller has been let in."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # the decorator is given the bound method
    takes_any = any(
        said.get("in") == "query" and said["schema"].get("type") == "object"
        for said in (operation.openapi_extra or {}).get("parameters", ())
    )
    known = frozenset(
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    )

    @wraps(run)
    def knowing(request: HttpRequest, **given: Any) -> Any:
        request.META[KNOWN] = None if takes_any else known
        return run(request, **given)

    return knowing


def _refusing(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def refusing(request: HttpRequest, *given: Any, **more: Any) -> Any:
        known = request.META[KNOWN]
        unknown = [name for name in request.GET if known is not None and name not in known]
        if unknown:
            raise ValidationError([{"type": "unknown_query", "loc": ("query", name), "msg": ""} for name in unknown])
        return view(request, *given, **more)

    return refusing
