"""Publishing datasets over HTTP: describe, change, take back, and load a file as a version or have it guessed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.datasets.api import (
    UPLOAD_BYTES_MAX,
    Column,
    Description,
    Ingested,
    Schema,
    Version,
    change_dataset,
    dataset_called,
    describe_dataset,
    guess_columns,
    kind_of,
    load_version,
    withdraw_dataset,
    working_file,
)
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require, unit_called
from tianqu.web.api.application import UnsupportedMediaType
from tianqu.web.api.bodies import whole
from tianqu.web.api.dataset_bodies import DatasetBody, DatasetVersionRow, column_body, version_row
from tianqu.web.api.datasets import DatasetCode, dataset_body, router
from tianqu.web.api.doors import with_token
from tianqu.web.api.performing import Deed, Key, actor_of_request, check_limits, perform
from tianqu.web.api.values import word
from tianqu.web.data.dataset import reason_said

FORM: Final = "multipart/form-data"
FIELDS: Final = frozenset(("file", "schema", "note", "access", "expected_version"))
PIECE_BYTES: Final = 1024 * 1024
SCHEMA_BYTES_MAX: Final = 1024 * 1024  # what a field of a form may hold


class DescriptionBody(BaseModel):
    """What the catalogue says of a dataset."""

    model_config = ConfigDict(extra="forbid")
    title: Annotated[str, word(200, needed=True)]
    title_en: Annotated[str, word(200, needed=True)]
    domain: Annotated[str, word(40, needed=True)]
    unit: Annotated[str, word(100, needed=True), Field(description="Code of the office that answers for it.")]
    access: Annotated[str, word(10)] = "closed"
    description: Annotated[str, word(20_000)] = ""
    description_en: Annotated[str, word(20_000)] = ""
    grain: Annotated[str, word(2_000)] = ""
    grain_en: Annotated[str, word(2_000)] = ""
    licence: Annotated[str, word(40)] = "CC-BY-4.0"
    frequency: Annotated[str, word(20)] = "irregular"
    cells: Annotated[list[Annotated[str, word(63)]], Field(max_length=20)] = []
    cell_least: Annotated[int, Field(ge=3, le=1_000, strict=True), BeforeValidator(whole)] = 10


class NewDatasetBody(DescriptionBody):
    """A new dataset with its code, which stays for ever."""

    code: Annotated[str, word(100, needed=True)]


class ChangedBody(DescriptionBody):
    """A changed description; ``seen`` is the ``changed_at`` that the caller has seen: a later change is a conflict."""

    seen: Annotated[str, word(40)] = ""


class WithdrawBody(BaseModel):
    """Why a dataset is taken out of the catalogue; everybody reads it."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, word(2_000, needed=True)]


class ColumnGiven(BaseModel):
    """A column of the file, in the file's order."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, word(63, needed=True)]
    type: Annotated[str, word(10, needed=True)]
    title: Annotated[str, word(300)] = ""
    title_en: Annotated[str, word(300)] = ""
    unit: Annotated[str, word(300)] = ""
    decimals: Annotated[int, Field(ge=0, le=18, strict=True)] = 0
    personal: bool = False
    closed: bool = False
    description: Annotated[str, word(2_000)] = ""


class SchemaGiven(BaseModel):
    """The columns of a file, and which of them tell its rows apart."""

    model_config = ConfigDict(extra="forbid")
    columns: Annotated[list[ColumnGiven], Field(min_length=1, max_length=500)]
    key: Annotated[list[Annotated[str, word(63)]], Field(max_length=20)] = []


class RefusedRow(BaseModel):
    """A row that was not taken: its line in the file, the column and why."""

    line: int
    column: str
    value: str
    reason: str


class LoadedBody(BaseModel):
    """What came of a file: a version, or without a schema the guess of its columns; then ``version`` is null."""

    version: DatasetVersionRow | None
    columns: list[dict[str, Any]]
    rows: int | None
    refused: int | None
    report: list[RefusedRow]


@router.post(
    "/datasets", response={201: DatasetBody}, summary="Describe a dataset", operation_id="datasets_describe",
    auth=with_token,
)  # fmt: skip
def describe(request: HttpRequest, body: NewDatasetBody, idempotency_key: Key = None) -> Any:
    """Put a new dataset into the catalogue; it has no rows until a file is loaded."""
    arguments = body.model_dump()
    told = perform(request, Deed("datasets.describe", _describe), actor_of_request(request), idempotency_key, arguments)
    return Status(201, dataset_body(actor_of_request(request), told["code"]))


@router.put(
    "/datasets/{code}", response=DatasetBody, summary="Change a dataset", operation_id="datasets_change",
    auth=with_token,
)  # fmt: skip
def change(request: HttpRequest, code: DatasetCode, body: ChangedBody, idempotency_key: Key = None) -> Any:
    """Change what the catalogue says of a dataset; the code stays, and it is opened only with a new version."""
    arguments = body.model_dump() | {"code": code}
    perform(request, Deed("datasets.change", _change), actor_of_request(request), idempotency_key, arguments)
    return dataset_body(actor_of_request(request), code)


@router.post(
    "/datasets/{code}/withdraw", response=DatasetBody, summary="Take a dataset out of the catalogue",
    operation_id="datasets_withdraw", auth=with_token,
)  # fmt: skip
def withdraw(request: HttpRequest, code: DatasetCode, body: WithdrawBody, idempotency_key: Key = None) -> Any:
    """Take a dataset out of the catalogue; its versions stay under their addresses."""
    arguments = {"code": code, "reason": body.reason}
    perform(request, Deed("datasets.withdraw", _withdraw), actor_of_request(request), idempotency_key, arguments)
    return dataset_body(actor_of_request(request), code)


def _described(given: dict[str, Any]) -> Description:
    try:
        unit = unit_called(given["unit"])
    except NotFound as error:
        raise InvalidInput(_("No unit has the code %(value)s."), field="unit", value=given["unit"]) from error
    texts = {name: value for name, value in given.items() if name not in ("unit", "cells", "seen")}
    return Description(**texts, unit_id=unit.id, cells=tuple(given["cells"]))


def _describe(actor: Actor, **given: Any) -> dict[str, Any]:
    return {"code": describe_dataset(actor, description=_described(given)).code}


def _change(actor: Actor, **given: Any) -> dict[str, Any]:
    dataset = dataset_called(actor, given["code"])
    changed = change_dataset(actor, dataset_id=dataset.id, description=_described(given), seen=given["seen"])
    return {"code": changed.code}


def _withdraw(actor: Actor, **given: Any) -> dict[str, Any]:
    dataset = dataset_called(actor, given["code"])
    return {"code": withdraw_dataset(actor, dataset_id=dataset.id, reason=given["reason"]).code}


@router.post(
    "/datasets/{code}/files", response={200: LoadedBody, 201: LoadedBody}, summary="Load a file",
    operation_id="datasets_load", auth=with_token,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "schema": {"type": "string", "description": "JSON: {columns: [{name, type, …}], key: []}"},
                            "note": {"type": "string"}, "access": {"type": "string"},
                            "expected_version": {"type": "string", "description": "The newest version you know of."},
                        },
                        "required": ["file"],
                        "additionalProperties": False,
                    }
                }
            },
        }
    },
)  # fmt: skip
def load(request: HttpRequest, code: DatasetCode) -> Any:
    """Send a file with its schema: it becomes the newest version, and what was refused is told by line. Without a
    schema nothing is published: the columns are guessed, to be sent back with the file.

    With `expected_version`, sending it twice publishes it once.
    """
    actor = actor_of_request(request)
    if request.content_type != FORM:
        raise UnsupportedMediaType(
            _("This address takes a form with a file, and %(value)s was sent."), field="Content-Type",
            value=(request.content_type or "")[:100], remedy=_("Send multipart/form-data with the field file."),
        )  # fmt: skip
    sent = request.FILES.getlist("file")
    if {*request.POST, *request.FILES} - FIELDS or len(sent) != 1:
        raise InvalidInput(
            _("Send one file, and schema, note, access and expected_version besides."), field="file", value=len(sent),
        )  # fmt: skip
    check_limits(actor, "datasets.publish")
    dataset = dataset_called(actor, code)
    require(actor, "datasets.publish", dataset)
    name = sent[0].name or ""
    kind = kind_of(name)
    if (sent[0].size or 0) > UPLOAD_BYTES_MAX:
        raise InvalidInput(
            _("The file is larger than %(most)s MB."), field="file", value=sent[0].size,
            most=UPLOAD_BYTES_MAX // 1024**2,
        )  # fmt: skip
    with working_file(Path(name).suffix.lower()) as path:
        with path.open("wb") as kept:
            shutil.copyfileobj(sent[0], kept, PIECE_BYTES)
        given = _schema_sent(request)
        if not given:
            guess = guess_columns(path, kind)
            columns = [column_body(column) for column in guess.columns]
            return Status(200, {"version": None, "columns": columns, "rows": None, "refused": None, "report": []})
        version, taken = load_version(
            actor, dataset_id=dataset.id, path=path, schema=_schema(given), name=Path(name).name,
            note=_text(request, "note"), access=_text(request, "access"), expected_version=_expected(request),
        )  # fmt: skip
    return Status(201, _loaded(version, taken))


def _schema_sent(request: HttpRequest) -> str | bytes:
    """The schema, which a form may hold as a field or as a file."""
    file = request.FILES.get("schema")
    if file is None:
        return str(request.POST.get("schema", ""))
    if (file.size or 0) > SCHEMA_BYTES_MAX:
        raise InvalidInput(
            _("The file is larger than %(most)s MB."), field="schema", value=file.size, most=SCHEMA_BYTES_MAX // 1024**2
        )  # fmt: skip
    return bytes(file.read())


def _text(request: HttpRequest, name: str) -> str:
    text = str(request.POST.get(name, ""))
    if "\0" in text:
        raise InvalidInput(_("No text may hold the character U+0000."), field=name, remedy=_("Leave it out."))
    if name == "access" and text not in ("", "open", "cells", "shared", "closed"):
        raise InvalidInput(_("%(value)s is not possible here."), field=name, value=text[:40])
    return text


def _expected(request: HttpRequest) -> int | None:
    text = str(request.POST.get("expected_version", ""))
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(
            _("“%(value)s” is not the number of a version."), field="expected_version", value=text[:20],
        )  # fmt: skip
    return int(text)


_SCHEMAS: Final = TypeAdapter(SchemaGiven)


def _schema(text: str | bytes) -> Schema:
    try:
        given = _SCHEMAS.validate_python(orjson.loads(text))
    except (orjson.JSONDecodeError, ValidationError) as error:
        told = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, told["loc"])) if told else ""
        raise InvalidInput(
            _("The schema cannot be read (%(place)s)."), field="schema", place=place,
            remedy=_("Send JSON with columns, each with a name and a type."),
        ) from error  # fmt: skip
    columns = tuple(Column(**column.model_dump()) for column in given.columns)
    return Schema(columns, tuple(given.key))


def _loaded(version: Version, taken: Ingested) -> dict[str, Any]:
    report = [{**row, "reason": reason_said(row.get("reason", ""))} for row in taken.refused.told]
    return {
        "version": version_row(version, rows=version.rows), "columns": version.schema["columns"], "rows": taken.rows,
        "refused": taken.refused.count, "report": report,
    }  # fmt: skip
