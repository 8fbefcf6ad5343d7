"""The values of figures as series, and as the three forms in which they are sent."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from csv import writer as csv_writer
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from tianqu.gateways.sdmx import terms
from tianqu.gateways.sdmx.messages import Element, element, message
from tianqu.gateways.sdmx.structures import reference
from tianqu.gateways.sdmx.terms import ATTRIBUTES, DIMENSIONS, STRUCTURE, VERSION, agency
from tianqu.kernel.figures.api import OpenValue

_STRUCTURE_URN: Final = "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure="


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one period, with the attributes of the structure; "" for one that it does not have."""

    period: str
    value: Decimal
    attributes: tuple[str, ...]
    made: datetime

    @property
    def text(self) -> str:
        """The value with all its digits."""
        return format(self.value, "f")

    @property
    def told(self) -> dict[str, str]:
        """The attributes by their names, without empty ones."""
        return {name: text for name, text in zip(ATTRIBUTES, self.attributes, strict=True) if text}


@dataclass(frozen=True, slots=True)
class Series:
    """The observations under one key."""

    key: tuple[str, ...]
    observations: Sequence[Observation]

    @property
    def told(self) -> dict[str, str]:
        """The key by the names of the dimensions."""
        return dict(zip(DIMENSIONS, self.key, strict=True))


def series_in(code: str, values: Iterable[OpenValue]) -> list[Series]:
    """The series of one figure: what it was and what was aimed at, by year, month or day."""
    found: dict[tuple[str, ...], list[Observation]] = {}
    for each in values:
        told = (terms.unit_id(each.unit.code), "0", str(each.decimals), "A")
        key = (terms.frequency(each.period), terms.figure_id(code))
        one = Observation(each.period, each.value, (*told, each.exact), each.computed_at)
        found.setdefault((*key, "VALUE"), []).append(one)
        if each.target is not None:
            aim = Observation(each.period, each.target, (*told, ""), each.computed_at)
            found.setdefault((*key, "TARGET"), []).append(aim)
    return [Series(key, observations) for key, observations in found.items()]


def generic(series: Sequence[Series], *, flow: str, detail: str) -> Iterator[bytes]:
    """Generic data: every name is a value of an element."""
    told = [_generic_series(each, detail) for each in series]
    header = element("mes:Structure", {"structureID": STRUCTURE, "dimensionAtObservation": "TIME_PERIOD"}, _structure())
    data = element("mes:DataSet", {"structureRef": STRUCTURE, "action": "Information"}, *told)
    yield message("GenericData", _newest(series), data, structure=header)


def specific(series: Sequence[Series], *, flow: str, detail: str) -> Iterator[bytes]:
    """Structure-specific data: every name is the name of an attribute."""
    told = [_specific_series(each, detail) for each in series]
    space = f"{_STRUCTURE_URN}{agency()}:{STRUCTURE}({VERSION}):ObsLevelDim:TIME_PERIOD"
    described = {"structureID": STRUCTURE, "namespace": space, "dimensionAtObservation": "TIME_PERIOD"}
    header = element("mes:Structure", described, _structure())
    data = element("mes:DataSet", {
        "xmlns:figures": space, "xsi:type": "figures:DataSetType", "ss:structureRef": STRUCTURE,
        "ss:dataScope": "DataStructure", "ss:action": "Information",
    }, *told)  # fmt: skip
    yield message("StructureSpecificData", _newest(series), data, structure=header)


def csv(series: Sequence[Series], *, flow: str, detail: str) -> Iterator[bytes]:
    """SDMX-CSV 2.0: a line for each observation. All of it is codes and numbers, none of it what somebody wrote."""
    yield _line("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES)
    before = ("dataflow", f"{agency()}:{flow}({VERSION})", "I")
    for each in series:
        for one in each.observations:
            yield _line(*before, *each.key, one.period, one.text, *one.attributes)


def _line(*cells: str) -> bytes:
    made = io.StringIO()
    csv_writer(made).writerow(cells)
    return made.getvalue().encode()


def _structure() -> Element:
    return element("com:Structure", {}, reference("datastructure", identifier=STRUCTURE))


def _newest(series: Sequence[Series]) -> datetime | None:
    return max((one.made for each in series for one in each.observations), default=None)


def _generic_series(series: Series, detail: str) -> Element:
    made = element("gen:Series", {}, element("gen:SeriesKey", {}, *_values(series.told)))
    for one in series.observations if detail in ("full", "dataonly") else ():
        parts = [
            element("gen:ObsDimension", {"value": one.period}), element("gen:ObsValue", {"value": one.text}),
        ]  # fmt: skip
        if detail == "full":
            parts.append(element("gen:Attributes", {}, *_values(one.told)))
        made.append(element("gen:Obs", {}, *parts))
    return made


def _values(told: dict[str, str]) -> list[Element]:
    return [element("gen:Value", {"id": name, "value": text}) for name, text in told.items()]


def _specific_series(series: Series, detail: str) -> Element:
    made = element("Series", series.told)
    for one in series.observations if detail in ("full", "dataonly") else ():
        attributes = one.told if detail == "full" else {}
        made.append(element("Obs", {"TIME_PERIOD": one.period, "OBS_VALUE": one.text, **attributes}))
    return made
