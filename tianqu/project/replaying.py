"""Reading a file of another system's orders, as a realm's ``replay.toml`` says which column is what.

source = "nyc-council"              # keys get this before them, so that two sources never meet
key = "unique_key"
repeated_key = "number"             # a key that comes again becomes KEY#2; "refuse" refuses the line instead
time_zone = "America/New_York"
date_format = "%Y-%m-%d"
item = "complaint_type"             # [items] says which text is which item
place = "account"                   # holds the codes of places
title = "{complaint_type}: {descriptor}"

Every line is told apart by its number in the file: what cannot be read is refused by line, and the rest goes on.
"""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from hashlib import blake2b
from io import TextIOWrapper
from pathlib import Path
from string import Formatter
from typing import IO, Any, Final, cast
from zoneinfo import ZoneInfo

from tianqu.base.errors import InvalidInput, TianquError, _
from tianqu.kernel.orders.api import ImportedOrder, ImportRefusal, item_form, items_on

TITLE_MAX: Final = 120  # characters
EMPTY: Final = " :,;-"  # what is left of a template whose columns are empty
GZIP: Final = b"\x1f\x8b"
FILLED_MAX: Final = 50_000
FIELD_BYTES_MAX: Final = 1_000_000


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
        named = {self.key, self.item, self.place, self.placed.column, *self.form.values()}
        return named | ({self.closed.column} if self.closed else set())


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


class OrdersOfFile:
    """The orders of a file, one after another. ``bytes_read`` and ``bytes_total`` say how far the reading is."""

    def __init__(self, path: Path, mapping: ReplayMapping, refused: Callable[[ImportRefusal], None]) -> None:
        self.mapping = mapping
        self.refused = refused
        self._title, self._description = Template(mapping.title), Template(mapping.description)
        self._address = Template(mapping.address)
        self.refusals = 0
        self.repeated = 0
        self.bytes_total = path.stat().st_size
        self._file = path.open("rb")
        self._header: list[str] = []
        self._seen: set[bytes] = set()
        self._times: dict[str, int] = {}
        self._moments: dict[tuple[str, str], datetime] = {}
        self._choices: dict[str, dict[str, dict[str, str]]] = {}
        self._names: dict[str, str] = {}

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file, as it lies there, have been read."""
        return self.bytes_total if self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[ImportedOrder]:
        csv.field_size_limit(FIELD_BYTES_MAX)
        with self._file, self._text() as lines:
            reader = csv.reader(lines, delimiter=self.mapping.delimiter, strict=True)
            self._read_header(reader)
            while True:
                line = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    self._refuse(line, "", InvalidInput(_("This line is not CSV: %(reason)s."), reason=str(error)))
                    continue
                order = self._taken(line, row)
                if order is not None:
                    yield order

    def _text(self) -> TextIOWrapper:
        start = self._file.read(2)
        self._file.seek(0)
        opened = gzip.GzipFile(fileobj=self._file) if start == GZIP else self._file
        encoding = "utf-8-sig" if self.mapping.encoding.lower() in ("utf-8", "utf8") else self.mapping.encoding
        # What is not in the encoding is kept as half characters, so that one bad line does not stop the others.
        return TextIOWrapper(cast(IO[bytes], opened), encoding=encoding, errors="surrogateescape", newline="")

    def _read_header(self, reader: Iterator[list[str]]) -> None:
        self._header = next(reader, [])
        missing = sorted(self.mapping.columns - set(self._header))
        if missing:
            raise InvalidInput(
                _("The file lacks the columns %(value)s."), field="file", value=", ".join(missing),
                remedy=_("Its first line must name them."),
            )  # fmt: skip

    def _taken(self, line: int, row: list[str]) -> ImportedOrder | None:
        if not row:
            return None
        try:
            if len(row) != len(self._header):
                raise InvalidInput(
                    _("This line has %(count)s fields, the first has %(wanted)s."), count=len(row),
                    wanted=len(self._header),
                )  # fmt: skip
            values = dict(zip(self._header, row, strict=True))
            if not all(map(str.isascii, row)):
                self._check_encoding(values)
            return self._order(line, values)
        except TianquError as error:
            key = row[self._header.index(self.mapping.key)] if len(row) == len(self._header) else ""
            self._refuse(line, key, error)
            return None

    def _refuse(self, line: int, key: str, error: TianquError) -> None:
        self.refusals += 1
        self.refused(ImportRefusal(line, key.encode("utf-8", "replace").decode(), error))

    def _check_encoding(self, values: Mapping[str, str]) -> None:
        for column, value in values.items():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise InvalidInput(
                    _("The column %(column)s is not in the encoding %(encoding)s."), field=column, column=column,
                    encoding=self.mapping.encoding,
                ) from None  # fmt: skip

    def _order(self, line: int, values: Mapping[str, str]) -> ImportedOrder:
        mapping = self.mapping
        placed = self._when(mapping.placed, values)
        if placed is None:
            raise InvalidInput(_("The date is missing."), field=mapping.placed.column)
        closed = self._when(mapping.closed, values) if mapping.closed else None
        item = mapping.items.get(values[mapping.item])
        if item is None:
            raise InvalidInput(
                _("“%(value)s” is no item of this realm."), field=mapping.item, value=values[mapping.item],
                remedy=_("Add it to the table of items in replay.toml."),
            )  # fmt: skip
        title = self._title.filled(values) or self._name(item, placed)
        return ImportedOrder(
            line=line,
            key=self._key(line, values[mapping.key].strip()),
            item=item,
            place=values[mapping.place].strip(),
            title=title[:TITLE_MAX],
            description=self._description.filled(values) or title,
            placed_at=placed,
            closed_at=closed,
            address=self._address.filled(values),
            form=self._form(item, placed, values),
        )

    def _key(self, line: int, key: str) -> str:
        if not key:
            raise InvalidInput(_("This line has no usable key."), field=self.mapping.key)
        digest = blake2b(key.encode(), digest_size=8).digest()
        full = f"{self.mapping.source}:{key}"
        if digest not in self._seen:
            self._seen.add(digest)
            return full
        if self.mapping.repeated_key == "refuse":
            raise InvalidInput(_("The key %(value)s came before."), field=self.mapping.key, value=key)
        self.repeated += 1
        self._times[key] = self._times.get(key, 1) + 1
        return f"{full}#{self._times[key]}"

    def _when(self, moment: Moment, values: Mapping[str, str]) -> datetime | None:
        text = values[moment.column].strip()
        if not text:
            return None
        known = self._moments.get((moment.column, text))
        if known is None:
            known = self._moments[moment.column, text] = self._parsed(moment, text)
        return known

    def _parsed(self, moment: Moment, text: str) -> datetime:
        first, last = self.mapping.years
        try:
            parsed = datetime.strptime(text, self.mapping.date_format)  # noqa: DTZ007  the zone follows
        except ValueError as error:
            raise InvalidInput(
                _("“%(value)s” is not a date like %(format)s."), field=moment.column, value=text[:40],
                format=self.mapping.date_format,
            ) from error  # fmt: skip
        if not first <= parsed.year <= last:
            raise InvalidInput(
                _("The year of %(value)s is not between %(first)s and %(last)s."), field=moment.column,
                value=text[:40], first=first, last=last,
            )  # fmt: skip
        if parsed.time() == time.min:
            parsed = datetime.combine(parsed.date(), moment.time)
        return parsed.replace(tzinfo=self.mapping.zone)

    def _form(self, item: str, placed: datetime, values: Mapping[str, str]) -> dict[str, str]:
        answers = {}
        for code, column in self.mapping.form.items():
            text = values[column].strip()
            if not text:
                continue
            choices = self._choices_of(item, placed).get(code, {})
            if text not in choices:
                raise InvalidInput(_("“%(value)s” is not a choice of this item."), field=column, value=text[:80])
            answers[code] = choices[text]
        return answers

    def _choices_of(self, item: str, placed: datetime) -> dict[str, dict[str, str]]:
        """By field: which label means which value."""
        if item not in self._choices:
            self._learn(placed)
        return self._choices.get(item, {})

    def _name(self, item: str, placed: datetime) -> str:
        if item not in self._names:
            self._learn(placed)
        return self._names.get(item, item)

    def _learn(self, placed: datetime) -> None:
        for known in items_on(placed.date()):
            self._names[known.code] = known.title_en or known.title
            self._choices[known.code] = {
                each.code: {label: choice.value for choice in each.choices for label in _labels(choice.label.as_json())}
                for each in item_form(known).fields
            }


def _labels(label: Any) -> list[str]:
    return [label] if isinstance(label, str) else list(label.values())


class Template:
    """A text with columns in it, such as "{complaint_type}: {descriptor}". What it was filled to is remembered."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._columns = tuple(part[1] for part in Formatter().parse(text) if part[1])
        self._filled: dict[tuple[str, ...], str] = {}

    def filled(self, values: Mapping[str, str]) -> str:
        """Fill in a line's columns, and drop what is left where they are empty."""
        key = tuple([values[column] for column in self._columns])
        if key not in self._filled:
            if len(self._filled) > FILLED_MAX:
                self._filled.clear()
            self._filled[key] = _tidy(self._text.format_map(values))
        return self._filled[key]


def _tidy(text: str) -> str:
    return " ".join(text.split()).replace("( )", "").replace("()", "").strip(EMPTY)
