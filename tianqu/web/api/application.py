"""The API's application: one NinjaAPI, how it reads bodies and writes answers, and its document."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic import BaseModel

from tianqu.base.errors import InvalidInput, TianquError, _
from tianqu.web.api.asked import refuse_unknown_parameters
from tianqu.web.api.document import finished
from tianqu.web.api.doors import anybody
from tianqu.web.api.performing import REPLAYED, was_replayed
from tianqu.web.api.problems import handle_problems

JSON: Final = "application/json"
NUL: Final = b"\\u0000"  # as JSON writes it
DEPTH_MAX: Final = 64
REPLAY_FLAG: Final = (REPLAYED, "true")


class UnsupportedMediaType(TianquError):
    """A body of a type that the address does not take."""

    code = "unsupported_media_type"
    status = 415


class OrjsonRenderer(BaseRenderer):
    """JSON by orjson; models are dumped by pydantic."""

    media_type = JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=_dumped, option=orjson.OPT_NON_STR_KEYS)


def _dumped(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)


class OrjsonParser(Parser):
    """JSON by orjson, which knows no NaN; a NUL is refused, for no text of the database holds one."""

    def parse_body(self, request: HttpRequest) -> Any:
        sent = request.content_type or ""
        if sent not in (JSON, "") and not sent.endswith("+json"):
            raise UnsupportedMediaType(
                _("This address takes JSON, and %(value)s was sent."), field="Content-Type",
                value=sent[:100], remedy=_("Send the header Content-Type: application/json."),
            )  # fmt: skip
        if NUL in request.body:
            raise InvalidInput(_("No text may hold the character U+0000."), field="body", remedy=_("Leave it out."))
        body = orjson.loads(request.body)
        if _too_deep(body):
            raise InvalidInput(
                _("This is nested more than %(most)s deep."), field="body", most=DEPTH_MAX,
                remedy=_("Send it as the document at /api/v1/openapi.json says."),
            )  # fmt: skip
        return body


def _too_deep(body: Any) -> bool:
    """Whether lists and objects lie within each other deeper than anything that an operation takes.

    What goes through them one within the other would run out of its stack, somewhere and by chance.
    """
    level = [body]
    for _depth in range(DEPTH_MAX + 1):
        inner = [each for each in level if isinstance(each, dict | list)]
        if not inner:
            return False
        level = [part for each in inner for part in (each.values() if isinstance(each, dict) else each)]
    return True


class TianquAPI(NinjaAPI):
    """Our NinjaAPI: it flags an answer that was given before, and finishes its document.

    The document takes a second or more to make and stays the same while the process runs, so it is made once.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._documents: dict[str, Any] = {}  # by the address before every path, of which a process has one

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        response = super().create_response(request, data, **options)
        if was_replayed(request):
            name, value = REPLAY_FLAG
            response.headers[name] = value
        return response

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Name an operation that has no name of its own by its address, not by where its code lies."""
        return "_".join(re.findall(r"[a-z_]+", f"{operation.methods[0].lower()} {operation.path}"))

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> Any:
        before = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if before not in self._documents:
            self._documents[before] = self.make_document(before)
        return self._documents[before]

    def make_document(self, before: str) -> Any:
        """Make the document anew, with an address before every path."""
        return finished(super().get_openapi_schema(path_prefix=before))


api = TianquAPI(
    title="Tianqu",
    version="1",
    description=(
        "Every act and query of the platform. Send `Idempotency-Key` with what must happen once; lists are paged by"
        " `after`, which is the `next` of the page before; errors are problem details (RFC 9457)."
    ),
    renderer=OrjsonRenderer(),
    parser=OrjsonParser(),
    auth=anybody,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)
handle_problems(api)
refuse_unknown_parameters(api)
