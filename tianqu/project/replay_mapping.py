"""How another system's file is read: a realm's ``replay.toml`` says which column is what.

source = "nyc-council"              # keys get this before them, so that two sources never meet
key = "unique_key"
repeated_key = "number"             # a key that comes again becomes KEY#2; "refuse" refuses the line instead
time_zone = "America/New_York"
date_format = "%Y-%m-%d"
item = "complaint_type"             # [items] says which text is which item
place = "account"                   # holds the codes of places
title = "{complaint_type}: {descriptor}"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from string import Formatter
from typing import Any, Final
from zoneinfo import ZoneInfo

from tianqu.base.errors import InvalidInput, _

EMPTY: Final = " :,;-"  # what is left of a template whose columns are empty


@dataclass(frozen=True, slots=True)
class Moment:
    """A column of dates, and the time of day that is taken where the file gives days only."""

    column: str
    time: time


@dataclass(frozen=True, slots=True)
class ReplayMapping:
    """What a realm's ``replay.toml`` says."""

    source: str
    key: str
    item: str
    place: str
    title: str
    placed: Moment
    zone: ZoneInfo
    items: Mapping[str, str]
    closed: Moment | None = None
    description: str = ""
    address: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    date_format: str = "%Y-%m-%d"
    years: tuple[int, int] = (1900, 2100)
    repeated_key: str = "refuse"

    @property
    def columns(self) -> set[str]:
        """The columns that the file must have."""
        dates = {moment.column for moment in (self.placed, self.closed) if moment}
        return {self.key, self.place, *dates, *self.subject_columns, *template_columns(self.address)}

    @property
    def subject_columns(self) -> tuple[str, ...]:
        """The columns that say what an order is about."""
        in_texts = (*template_columns(self.title), *template_columns(self.description))
        return tuple(dict.fromkeys((self.item, *in_texts, *self.form.values())))


def read_mapping(path: Path) -> ReplayMapping:
    """Read ``replay.toml``. Raises ``InvalidInput`` that says what is wrong with it."""
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        said["zone"] = ZoneInfo(said.pop("time_zone"))
        said["placed"] = _moment(said["placed"])
        said["closed"] = _moment(said["closed"]) if "closed" in said else None
        said["years"] = tuple(said.get("years", (1900, 2100)))
        mapping = ReplayMapping(**said)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            _("The mapping %(file)s cannot be used: %(reason)s."), field="mapping", file=path.name, reason=str(error)
        ) from error
    if mapping.repeated_key not in ("number", "refuse"):
        raise InvalidInput(
            _("repeated_key is “number” or “refuse”, not “%(value)s”."), field="repeated_key",
            value=mapping.repeated_key,
        )  # fmt: skip
    return mapping


def _moment(said: Mapping[str, str]) -> Moment:
    return Moment(said["column"], time.fromisoformat(said.get("time", "12:00")))


def template_columns(template: str) -> tuple[str, ...]:
    """The columns in a text such as "{complaint_type}: {descriptor}"."""
    return tuple(dict.fromkeys(part[1] for part in Formatter().parse(template) if part[1]))


def filled(template: str, values: Mapping[str, str]) -> str:
    """Fill in a line's columns, and drop what is left where they are empty."""
    text = template.format_map(values)
    return " ".join(text.split()).replace("( )", "").replace("()", "").strip(EMPTY)
