"""Files that are handed in: checked by their bytes, pictures made anew, then attached to a request by its act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.files.api import OTHER_BYTES_MAX, store_file
from tianqu.web.api.application import UnsupportedMediaType
from tianqu.web.api.performing import Deed, Key, actor_of_request, perform
from tianqu.web.uploads import check_uploads

router = Router(tags=["files"])
FORM = "multipart/form-data"


class StoredBody(BaseModel):
    """A file as it is kept: a picture that was made anew has other bytes than what was sent. ``pages``: of a PDF."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    kind: str
    media_type: str
    sha256: str
    size: int
    width: int | None
    height: int | None
    pages: int | None


@router.post(
    "/files", response={201: StoredBody}, summary="Hand in a file", operation_id="files_store",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}},
                        "required": ["file"],
                        "additionalProperties": False,
                    }
                }
            },
        }
    },
)  # fmt: skip
def store(request: HttpRequest, idempotency_key: Key = None) -> Any:
    """Hand in one file as the field `file` of a form; attach it by POST /orders/{code}/attach within a day.

    Pictures, PDF and text are taken; what a file is, is told from its bytes.
    """
    if request.content_type != FORM:
        raise UnsupportedMediaType(
            _("This address takes a form with a file, and %(value)s was sent."), field="Content-Type",
            value=(request.content_type or "")[:100], remedy=_("Send multipart/form-data with the field file."),
        )  # fmt: skip
    sent = request.FILES.getlist("file")
    if {*request.POST, *request.FILES} - {"file"} or len(sent) != 1 or sent[0].size is None:
        raise InvalidInput(
            _("Send exactly one file, and nothing besides."), field="file", value=len(sent),
            remedy=_("Name the field file."),
        )  # fmt: skip
    check_uploads(request, actor_of_request(request), sent)
    content = sent[0].read(OTHER_BYTES_MAX + 1)
    arguments = {"content": content, "name": sent[0].name or ""}
    kept = perform(request, Deed("files.store", _stored), actor_of_request(request), idempotency_key, arguments)
    return Status(201, {fact: kept.get(fact) for fact in StoredBody.model_fields})


def _stored(actor: Any, *, content: bytes, name: str) -> dict[str, Any]:
    """Store a file and say of it what its owner may know."""
    return StoredBody.model_validate(store_file(actor, content=content, name=name)).model_dump(mode="json")
