"""What an address of SDMX's REST interface asks for. Source: SDMX REST 1.5 (for SDMX 2.1)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.base.errors import InvalidInput, NotFound, TianquError, _
from tianqu.gateways.sdmx.structures import KINDS, Artefact
from tianqu.gateways.sdmx.terms import DIMENSIONS, STRUCTURE, VERSION, agency

REFERENCES: Final = ("none", "parents", "parentsandsiblings", "children", "descendants", "all", *KINDS)
DETAILS: Final = ("full", "dataonly", "serieskeysonly", "nodata")
_PERIOD: Final = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])(?:-(\d\d))?|Q([1-4])))?\Z")
_NUMBERS: Final = ("firstNObservations", "lastNObservations")
_LATER: Final = ("updatedAfter", "includeHistory", "explicitMeasure", "format")


class NotOffered(TianquError):
    """The standard has it, and this gateway does not."""

    code = "not_offered"
    status = 501


class NotAcceptable(TianquError):
    """None of the forms that were asked for can be given."""

    code = "not_acceptable"
    status = 406


@dataclass(frozen=True, slots=True)
class DataAsked:
    """Which observations, and how much of each."""

    flow: str
    key: tuple[frozenset[str], ...]  # of each dimension; an empty one is every code
    start: date
    end: date
    detail: str
    first: int
    last: int

    def holds(self, key: tuple[str, ...]) -> bool:
        """Whether a series is asked for."""
        return all(not codes or code in codes for codes, code in zip(self.key, key, strict=True))

    def covers(self, period: str) -> bool:
        """Whether a period lies wholly within those asked for."""
        first, last = days_of(period)
        return self.start <= first and last <= self.end


def read_data_query(parts: list[str], told: Mapping[str, str]) -> DataAsked:
    """Read ``flow/key/provider`` and its parameters. Raises ``InvalidInput`` and ``NotFound``."""
    _known(told, "startPeriod", "endPeriod", "detail", "dimensionAtObservation", *_NUMBERS)
    flow, key, provider = (*parts, "all", "all", "")[:3] if len(parts) < 3 else parts[:3]
    if len(parts) > 3 or provider not in ("", "all", agency(), f"{agency()},{agency()}"):
        raise _nothing("/".join(parts[2:]), field="provider")
    if told.get("dimensionAtObservation", "TIME_PERIOD") != "TIME_PERIOD":
        raise NotOffered(_("Observations are told by TIME_PERIOD only."), field="dimensionAtObservation")
    numbers = [_number(told.get(name, "0"), field=name) for name in _NUMBERS]
    return DataAsked(
        _flow(flow), _key(key), days_of(told.get("startPeriod", "0001"), field="startPeriod")[0],
        days_of(told.get("endPeriod", "9999"), field="endPeriod")[1],
        _one_of(told.get("detail", "full"), field="detail", allowed=DETAILS), *numbers,
    )  # fmt: skip


def days_of(period: str, *, field: str = "period") -> tuple[date, date]:
    """The first and the last day of a year, quarter, month or day. Raises ``InvalidInput``."""
    found = _PERIOD.match(period)
    try:
        if found is None:
            raise ValueError
        year, month, day, quarter = (int(each) if each else 0 for each in found.groups())
        if day:
            return date(year, month, day), date(year, month, day)
        first, last = (3 * quarter - 2, 3 * quarter) if quarter else (month or 1, month or 12)
        return date(year, first, 1), date(year, last, monthrange(year, last)[1])
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is not a period."), field=field, value=period[:40],
            remedy=_("Write a year, a quarter, a month or a day: 2020, 2020-Q4, 2020-12 or 2020-12-31."),
        ) from error  # fmt: skip


def structures_asked(parts: list[str], told: Mapping[str, str], every: list[Artefact]) -> tuple[list[Artefact], str]:
    """The structures of ``kind/agency/id/version``, and which around them are asked for. Raises ``NotFound``."""
    _known(told, "references", "detail")
    if told.get("detail", "full") != "full":
        raise NotOffered(_("Structures are told in full only."), field="detail")
    if len(parts) > 4:
        raise _nothing("/".join(parts), field="structure")
    kind, maintainer, identifier, version = (*parts, *("all", "all", "latest")[len(parts) - 1 :])
    found = [
        each
        for each in every
        if kind in (each.kind, "structure") and (identifier == "all" or each.id in identifier.split("+"))
    ]
    ours = maintainer == "all" or agency() in maintainer.split("+")
    if not found or not ours or version not in ("all", "latest", VERSION):
        raise _nothing("/".join(parts), field="structure")
    return found, _one_of(told.get("references", "none").lower(), field="references", allowed=REFERENCES)


def _flow(text: str) -> str:
    """The identifier of a dataflow from "FIGURES", "DEZHOU,FIGURES" or "DEZHOU,FIGURES,1.0"."""
    parts = text.split(",")
    if len(parts) == 1:
        return parts[0]
    maintainer, flow, version = (*parts, "latest")[:3]
    if maintainer not in ("all", agency()) or version not in ("all", "latest", VERSION) or len(parts) > 3:
        raise _nothing(text, field="flow")
    return STRUCTURE if flow == "all" else flow


def _key(text: str) -> tuple[frozenset[str], ...]:
    if text in ("", "all"):
        return (frozenset(),) * len(DIMENSIONS)
    parts = text.split(".")
    if len(parts) != len(DIMENSIONS):
        raise InvalidInput(
            _("A key has %(count)s parts with dots between them: %(names)s."), field="key", value=text[:100],
            count=len(DIMENSIONS), names=".".join(DIMENSIONS),
            remedy=_("Leave a part empty for all of it, and write + between several: A.trade-total+trade-growth."),
        )  # fmt: skip
    return tuple(frozenset(part.split("+")) if part else frozenset() for part in parts)


def _known(told: Mapping[str, str], *names: str) -> None:
    for name in told:
        if name in _LATER:
            raise NotOffered(_("The parameter %(value)s is not offered here."), field=name[:40], value=name[:40])
        if name not in names:
            raise InvalidInput(
                _("There is no parameter %(value)s."), field=name[:40], value=name[:40],
                remedy=_("Possible: %(allowed)s."), allowed=", ".join(names),
            )  # fmt: skip


def _one_of(value: str, *, field: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidInput(
            _("%(value)s is not possible here."), field=field, value=value[:40], remedy=_("Possible: %(allowed)s."),
            allowed=", ".join(allowed),
        )  # fmt: skip
    return value


def _number(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidInput(_("“%(value)s” is not a whole number."), field=field, value=text[:20])
    return int(text)


def _nothing(value: str, *, field: str) -> NotFound:
    return NotFound(_("There is no %(value)s."), field=field, value=value[:100])
