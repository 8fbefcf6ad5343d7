"""Messages of SDMX-ML 2.1: elements, headers, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4
from xml.etree import ElementTree

from django.utils import timezone

from tianqu.gateways.sdmx.terms import Words, agency

Element = ElementTree.Element
_SCHEMAS: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"
SPACES: Final = {
    "xmlns:mes": f"{_SCHEMAS}message", "xmlns:com": f"{_SCHEMAS}common", "xmlns:str": f"{_SCHEMAS}structure",
    "xmlns:gen": f"{_SCHEMAS}data/generic", "xmlns:ss": f"{_SCHEMAS}data/structurespecific",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}  # fmt: skip


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element, text: str = "") -> Element:
    """An element with what stands in it."""
    made = Element(tag, {name: _printable(value) for name, value in (attributes or {}).items()})
    made.extend(children)
    if text:
        made.text = _printable(text)
    return made


def named(words: Words) -> list[Element]:
    """A name in both languages."""
    return [
        element("com:Name", {"xml:lang": language}, text=text)
        for language, text in zip(("zh", "en"), words, strict=True)
        if text
    ]


def message(name: str, prepared: datetime | None, *content: Element, structure: Element | None = None) -> bytes:
    """A whole message of SDMX-ML, with its header. ``prepared``: when what it tells last changed."""
    when = (prepared or timezone.now()).astimezone(UTC)
    header = element(
        "mes:Header", {}, element("mes:ID", text=f"M{uuid4().hex}"), element("mes:Test", text="false"),
        element("mes:Prepared", text=when.isoformat(timespec="seconds")), element("mes:Sender", {"id": agency()}),
        *([structure] if structure is not None else []),
    )  # fmt: skip
    return _written(element(f"mes:{name}", SPACES, header, *content))


def error_message(code: int, sentences: Sequence[str]) -> bytes:
    """An error as SDMX tells it."""
    texts = [element("com:Text", text=sentence) for sentence in sentences]
    return _written(element("mes:Error", SPACES, element("mes:ErrorMessage", {"code": str(code)}, *texts)))


def _written(root: Element) -> bytes:
    told: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return told


def _printable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff"))
