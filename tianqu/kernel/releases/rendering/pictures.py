"""Pictures without letters, and the letters apart.

Vega draws; its SVG names fonts that each machine finds in its own way. So the texts are taken out of it, with their
places, and Typst sets them with our font: the same letters everywhere, and in a PDF they are text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from tianqu.base.canonical import Json

_MOVE: Final = re.compile(r"translate\(([-0-9.e]+)(?:[, ]+([-0-9.e]+))?\)")
_TURN: Final = re.compile(r"rotate\(([-0-9.e]+)")
_SVG: Final = "{http://www.w3.org/2000/svg}"
_ANCHORS: Final = {"start": "left", "middle": "center", "end": "right"}


@dataclass(frozen=True, slots=True)
class Label:
    """A text of a picture: its baseline begins, is centred or ends at ``across``, ``down``; in units of the picture."""

    text: str
    across: float
    down: float
    anchor: str
    turned: float
    size: float
    colour: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG of a width and height, and its labels."""

    svg: str
    width: float
    height: float
    labels: tuple[Label, ...]

    def told(self) -> dict[str, Json]:
        """As the templates read it: numbers as hundredths, for canonical JSON knows no fractions."""
        return {
            "svg": self.svg, "width": _hundredths(self.width), "height": _hundredths(self.height),
            "labels": [
                {"text": each.text, "across": _hundredths(each.across), "down": _hundredths(each.down),
                 "anchor": each.anchor, "turned": _hundredths(each.turned), "size": _hundredths(each.size),
                 "colour": each.colour}
                for each in self.labels
            ],
        }  # fmt: skip


def picture_of(svg: str) -> Picture:
    """Take the texts out of an SVG of Vega's."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    labels: list[Label] = []
    for element in list(root.iter(f"{_SVG}text")):
        labels += _labels_of(element)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    return Picture(etree.tostring(root, encoding="unicode"), width, height, tuple(labels))


def _labels_of(element: etree._Element) -> list[Label]:
    if element.get("opacity") == "0":
        return []
    across, down, turned = _place_of(element)
    size = float((element.get("font-size") or "12").removesuffix("px"))
    anchor = _ANCHORS[element.get("text-anchor") or "start"]
    colour = element.get("fill") or "#000000"
    lines = [element.text or ""]
    falls = [0.0]
    for line in element.iter(f"{_SVG}tspan"):
        falls.append(falls[-1] + float(line.get("dy") or 0) if lines[0] or len(lines) > 1 else 0.0)
        lines.append(line.text or "")
    return [
        Label(line, across, down + fall, anchor, turned, size, colour)
        for line, fall in zip(lines, falls, strict=True)
        if line.strip()
    ]


def _place_of(element: etree._Element) -> tuple[float, float, float]:
    """Where an element stands: Vega's groups only move, and a text may turn about its own place."""
    across = down = 0.0
    turned = _TURN.search(element.get("transform") or "")
    each: etree._Element | None = element
    while each is not None:
        for move in _MOVE.finditer(each.get("transform") or ""):
            across += float(move[1])
            down += float(move[2] or 0)
        each = each.getparent()
    return across, down, float(turned[1]) if turned else 0.0


def _hundredths(number: float) -> int:
    return round(number * 100)
