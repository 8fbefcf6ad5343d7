"""The door: the file of an open dataset, and its description."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from tianqu.gateways.csvw.tables import METADATA_TYPE, metadata
from tianqu.kernel.datasets.api import Question, export_rows, open_dataset
from tianqu.kernel.pack.api import open_door
from tianqu.kernel.places.api import units_with


@open_door()
def file(_request: HttpRequest, *, code: str) -> HttpResponseBase:
    """A whole dataset as CSV, made while it is sent, with a link to its description."""
    export = export_rows(open_dataset(code=code.replace("\0", "")), Question(), "csv")
    answer = StreamingHttpResponse(export.chunks, content_type=export.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{export.name}"'
    described = reverse("csvw_metadata", kwargs={"code": code})
    answer["Link"] = f'<{described}>; rel="describedby"; type="{METADATA_TYPE}"'
    return answer


@open_door()
def description(_request: HttpRequest, *, code: str) -> HttpResponse:
    """What the file holds, column by column."""
    version = open_dataset(code=code.replace("\0", ""))
    unit = units_with({version.dataset.unit_id}).get(version.dataset.unit_id)
    return HttpResponse(orjson.dumps(metadata(version, unit)), content_type=METADATA_TYPE)
