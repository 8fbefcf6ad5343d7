"""The API's application: one NinjaAPI, its routers, its renderer."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer
from pydantic import BaseModel

from tianqu.web.api.doors import anybody
from tianqu.web.api.problems import handle_problems


class OrjsonRenderer(BaseRenderer):
    """JSON by orjson; models are dumped by pydantic."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=_dumped)


def _dumped(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)


api = NinjaAPI(
    title="Tianqu",
    version="1",
    description=(
        "Every act and query of the platform. Send `Idempotency-Key` with what must happen once; lists are paged by"
        " `after`, which is the `next` of the page before; errors are problem details (RFC 9457)."
    ),
    renderer=OrjsonRenderer(),
    auth=anybody,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)
handle_problems(api)
