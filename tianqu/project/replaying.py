"""Reading a file of another system's orders, as ``replay_mapping`` says which column is what.

Every line is told apart by its number in the file: what cannot be read is refused by line, and the rest goes on.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from hashlib import blake2b
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeVar, cast

from tianqu.base.errors import InvalidInput, TianquError, TooLarge, _
from tianqu.base.texts import shortened
from tianqu.kernel.orders.api import ImportedOrder, ImportRefusal, item_form, items_on
from tianqu.project.replay_mapping import Moment, ReplayMapping, filled, template_columns

TITLE_MAX: Final = 120  # characters
GZIP: Final = b"\x1f\x8b"
REMEMBERED_MAX: Final = 20_000  # of each thing that many lines have in common
KEYS_MAX: Final = 20_000_000  # of a file; about 2 GB of memory
FIELD_BYTES_MAX: Final = 1_000_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class OrdersOfFile:
    """The orders of a file, one after another. ``bytes_read`` and ``bytes_total`` say how far the reading is."""

    def __init__(self, path: Path, mapping: ReplayMapping, refused: Callable[[ImportRefusal], None]) -> None:
        self.mapping = mapping
        self.refused = refused
        self.refusals = 0
        self.keys = _Keys(mapping)
        self.bytes_total = path.stat().st_size
        self._file = path.open("rb")

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file, as it lies there, have been read."""
        return self.bytes_total if self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[ImportedOrder]:
        csv.field_size_limit(FIELD_BYTES_MAX)
        with self._file, self._text() as lines:
            reader = csv.reader(lines, delimiter=self.mapping.delimiter, strict=True)
            orders = _OrderReader(self.mapping, next(reader, []), self.keys)
            while True:
                line = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    self._refuse(line, "", InvalidInput(_("This line is not CSV: %(reason)s."), reason=str(error)))
                    continue
                if not row:
                    continue
                try:
                    order = orders.order(line, row)
                except TianquError as error:
                    self._refuse(line, orders.key_shown(row), error)
                else:
                    yield order

    def _text(self) -> TextIOWrapper:
        start = self._file.read(2)
        self._file.seek(0)
        opened = gzip.GzipFile(fileobj=self._file) if start == GZIP else self._file
        encoding = "utf-8-sig" if self.mapping.encoding.lower() in ("utf-8", "utf8") else self.mapping.encoding
        # What is not in the encoding is kept as half characters, so that one bad line does not stop the others.
        return TextIOWrapper(cast(IO[bytes], opened), encoding=encoding, errors="surrogateescape", newline="")

    def _refuse(self, line: int, key: str, error: TianquError) -> None:
        self.refusals += 1
        self.refused(ImportRefusal(line, key.encode("utf-8", "replace").decode(), error))


class _OrderReader:
    """Makes orders of a file's rows, once its header is known."""

    def __init__(self, mapping: ReplayMapping, header: Sequence[str], keys: _Keys) -> None:
        missing = sorted(mapping.columns - set(header))
        if missing:
            raise InvalidInput(
                _("The file lacks the columns %(value)s."), field="file", value=", ".join(missing),
                remedy=_("Its first line must name them."),
            )  # fmt: skip
        self._mapping = mapping
        self._header = header
        self._keys = keys
        self._key_at = header.index(mapping.key)
        self._place_at = header.index(mapping.place)
        self._placed = _Moments(mapping, mapping.placed, header)
        self._closed = _Moments(mapping, mapping.closed, header) if mapping.closed else None
        self._subjects = _Subjects(mapping)
        self._subject_fields = _fields(header, mapping.subject_columns)
        self._known_subjects: dict[tuple[str, ...], _Subject] = {}
        self._address_fields = _fields(header, template_columns(mapping.address))
        self._known_addresses: dict[tuple[str, ...], str] = {}

    def key_shown(self, row: Sequence[str]) -> str:
        """The key of a row that was refused, as far as it has one."""
        return row[self._key_at] if len(row) == len(self._header) else ""

    def order(self, line: int, row: list[str]) -> ImportedOrder:
        """Make an order. Raises ``InvalidInput`` that names the column at fault."""
        if len(row) != len(self._header):
            raise InvalidInput(
                _("This line has %(count)s fields, the first has %(wanted)s."), count=len(row),
                wanted=len(self._header),
            )  # fmt: skip
        if not "".join(row).isascii():
            self._check_encoding(row)
        # First, so that a key that comes again has the same number whether this line is refused or not.
        key = self._keys.full(row[self._key_at].strip())
        placed = self._placed.read(row)
        if placed is None:
            raise InvalidInput(_("The date is missing."), field=self._mapping.placed.column)
        closed = self._closed.read(row) if self._closed else None
        subject = self._subject(row, placed)
        return ImportedOrder(
            line=line,
            key=key,
            item=subject.item,
            place=row[self._place_at].strip(),
            title=subject.title,
            description=subject.description,
            placed_at=placed,
            closed_at=closed,
            address=self._address(row),
            form=subject.form,
        )

    def _check_encoding(self, row: Sequence[str]) -> None:
        for column, value in zip(self._header, row, strict=True):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise InvalidInput(
                    _("The column %(column)s is not in the encoding %(encoding)s."), field=column, column=column,
                    encoding=self._mapping.encoding,
                ) from None  # fmt: skip

    def _subject(self, row: list[str], placed: datetime) -> _Subject:
        fields = self._subject_fields(row)
        known = self._known_subjects.get(fields)
        if known is None:
            known = self._subjects.read(dict(zip(self._header, row, strict=True)), placed)
            _remember(self._known_subjects, fields, known)
        return known

    def _address(self, row: list[str]) -> str:
        fields = self._address_fields(row)
        known = self._known_addresses.get(fields)
        if known is None:
            known = filled(self._mapping.address, dict(zip(self._header, row, strict=True)))
            _remember(self._known_addresses, fields, known)
        return known


def _fields(header: Sequence[str], columns: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
    """What takes these columns out of a row."""
    places = [header.index(column) for column in columns]
    if len(places) < 2:  # for which itemgetter gives no tuple
        return lambda row: tuple(row[place] for place in places)
    return itemgetter(*places)


def _remember(known: dict[Key, Value], key: Key, value: Value) -> None:
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[key] = value


class _Keys:
    """Makes the keys of a source; which came before is remembered by digests, because there may be millions."""

    def __init__(self, mapping: ReplayMapping) -> None:
        self._mapping = mapping
        self._seen: set[bytes] = set()
        self._times: dict[str, int] = {}
        self.repeated = 0

    def full(self, key: str) -> str:
        """The key with its source before it, and with a number behind it if it came before."""
        if not key:
            raise InvalidInput(_("This line has no usable key."), field=self._mapping.key)
        digest = blake2b(key.encode(), digest_size=8).digest()
        full = f"{self._mapping.source}:{key}"
        if digest not in self._seen:
            if len(self._seen) >= KEYS_MAX:
                raise TooLarge(
                    _("A file has at most %(most)s keys."), field=self._mapping.key, most=KEYS_MAX,
                    remedy=_("Part it into several files."),
                )  # fmt: skip
            self._seen.add(digest)
            return full
        if self._mapping.repeated_key == "refuse":
            raise InvalidInput(_("The key %(value)s came before."), field=self._mapping.key, value=key)
        self.repeated += 1
        self._times[key] = self._times.get(key, 1) + 1
        return f"{full}#{self._times[key]}"


class _Moments:
    """Reads a column of dates."""

    def __init__(self, mapping: ReplayMapping, moment: Moment, header: Sequence[str]) -> None:
        self._mapping = mapping
        self._moment = moment
        self._at = header.index(moment.column)
        self._known: dict[str, datetime] = {}

    def read(self, row: Sequence[str]) -> datetime | None:
        """The moment in a row, if it has one."""
        text = row[self._at]
        known = self._known.get(text)
        if known is None and text.strip():
            known = self._parsed(text.strip())
            _remember(self._known, text, known)
        return known

    def _parsed(self, text: str) -> datetime:
        first, last = self._mapping.years
        column = self._moment.column
        try:
            parsed = datetime.strptime(text, self._mapping.date_format)  # noqa: DTZ007  the zone follows
        except ValueError as error:
            raise InvalidInput(
                _("“%(value)s” is not a date like %(format)s."), field=column, value=text[:40],
                format=self._mapping.date_format,
            ) from error  # fmt: skip
        if not first <= parsed.year <= last:
            raise InvalidInput(
                _("The year of %(value)s is not between %(first)s and %(last)s."), field=column, value=text[:40],
                first=first, last=last,
            )  # fmt: skip
        if parsed.time() == time.min:
            parsed = datetime.combine(parsed.date(), self._moment.time)
        return parsed.replace(tzinfo=self._mapping.zone)


class _Subject(NamedTuple):
    """What an order is about."""

    item: str
    title: str
    description: str
    form: Mapping[str, str]


class _Subjects:
    """Reads what an order is about, by the realm's items and what their forms offer to choose from."""

    def __init__(self, mapping: ReplayMapping) -> None:
        self._mapping = mapping
        self._choices: dict[str, dict[str, dict[str, str]]] = {}
        self._names: dict[str, str] = {}

    def read(self, values: Mapping[str, str], placed: datetime) -> _Subject:
        """What a line says, by column. Raises ``InvalidInput`` that names the column at fault."""
        mapping = self._mapping
        item = mapping.items.get(values[mapping.item])
        if item is None:
            raise InvalidInput(
                _("“%(value)s” is no item of this realm."), field=mapping.item, value=values[mapping.item],
                remedy=_("Add it to the table of items in replay.toml."),
            )  # fmt: skip
        if item not in self._choices:
            self._learn(placed)
        title = filled(mapping.title, values) or self._names.get(item, item)
        description = filled(mapping.description, values) or title
        return _Subject(item, shortened(title, most=TITLE_MAX), description, self._form(item, values))

    def _form(self, item: str, values: Mapping[str, str]) -> dict[str, str]:
        answers = {}
        for code, column in self._mapping.form.items():
            text = values[column].strip()
            if not text:
                continue
            choices = self._choices.get(item, {}).get(code, {})
            if text not in choices:
                raise InvalidInput(_("“%(value)s” is not a choice of this item."), field=column, value=text[:80])
            answers[code] = choices[text]
        return answers

    def _learn(self, placed: datetime) -> None:
        for known in items_on(placed.date()):
            self._names[known.code] = known.title_en or known.title
            self._choices[known.code] = {
                each.code: {label: choice.value for choice in each.choices for label in _labels(choice.label.as_json())}
                for each in item_form(known).fields
            }


def _labels(label: Any) -> Iterable[str]:
    return (label,) if isinstance(label, str) else label.values()
