"""Answers of GeoReport v2: the same data as XML (served as exactly ``text/xml``) or as bare JSON arrays.

The JSON is ``application/json`` without a charset, which RFC 8259 does not know; both are UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import orjson
from django.http import HttpResponse

FORMS = ("xml", "json")
# Names of the elements of a list, by the name of the list.
SINGULAR = {
    "services": "service", "service_requests": "request", "errors": "error", "attributes": "attribute",
    "values": "value", "endpoints": "endpoint", "formats": "format",
    "service_request_updates": "request_update",
}  # fmt: skip


def answered(root: str, data: Any, *, form: str, status: int = 200) -> HttpResponse:
    """Return ``data`` as a document whose XML root is ``root``."""
    if form == "json":
        return HttpResponse(orjson.dumps(data), content_type="application/json", status=status)
    text = ElementTree.tostring(_element(root, data), encoding="utf-8", xml_declaration=True)
    response = HttpResponse(text, status=status)
    response["Content-Type"] = "text/xml"
    return response


def refused(errors: Sequence[tuple[int, str]], form: str) -> HttpResponse:
    """Return GeoReport's list of errors; the first one's code is the status."""
    rows = [{"code": code, "description": description} for code, description in errors]
    return answered("errors", rows, form=form if form in FORMS else "xml", status=errors[0][0])


def _element(name: str, data: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(data, Mapping):
        for key, value in data.items():
            element.append(_element(str(key), value))
    elif isinstance(data, list | tuple):
        for value in data:
            element.append(_element(SINGULAR.get(name, "item"), value))
    elif isinstance(data, bool):
        element.text = "true" if data else "false"
    elif data is not None:
        element.text = _printable(str(data))
    return element


def _printable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
