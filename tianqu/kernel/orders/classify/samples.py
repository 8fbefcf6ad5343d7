"""Reading labelled texts from a CSV file that may be broken: what is wrong is said with its line, the rest is used."""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.orders.classify.features import CHARACTERS_MAX, kinship, normalised

ROWS_MAX = 1_000_000
LABELS_MAX = 2_000
FIELD_CHARACTERS_MAX = 1_000_000  # a quotation mark that is never closed would swallow the rest of the file
LABEL_CHARACTERS_MAX = 200
DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not used: the line it begins on, and why (a sentence to be translated)."""

    line: int
    reason: str


@dataclass(slots=True)
class Samples:
    """Labelled texts, normalised. Rows with the same ``groups`` number are the same text but for its dress."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    encoding: str = "utf-8"
    _kin: dict[str, int] = field(default_factory=dict)

    def add(self, *, text: str, label: str, line: int) -> None:
        """Take a row, or note why it cannot be used."""
        clean, name = normalised(text), " ".join(unicodedata.normalize("NFC", label).split())
        kin = kinship(clean)
        if not kin:
            self.bad.append(BadRow(line, _("The text is empty.")))
        elif not name:
            self.bad.append(BadRow(line, _("The label is empty.")))
        elif len(name) > LABEL_CHARACTERS_MAX:
            self.bad.append(BadRow(line, _("The label is too long.")))
        else:
            self.texts.append(clean)
            self.labels.append(name)
            self.groups.append(self._kin.setdefault(kin, len(self._kin)))

    def without(self, labels: set[str]) -> Samples:
        """Return the samples of all other labels."""
        kept = [index for index, label in enumerate(self.labels) if label not in labels]
        return Samples(
            texts=[self.texts[index] for index in kept], labels=[self.labels[index] for index in kept],
            groups=[self.groups[index] for index in kept], bad=self.bad, encoding=self.encoding,
        )  # fmt: skip

    def texts_by_label(self) -> Counter[str]:
        """Return how many different texts each label has."""
        return Counter(label for label, _group in set(zip(self.labels, self.groups, strict=True)))


def samples_in(path: Path, *, text_column: str = "text", label_column: str = "label") -> Samples:
    """Read a CSV file with the two columns; other columns are ignored.

    UTF-8, UTF-16 with its mark, and GB18030 are recognised. Raises ``InvalidInput`` for a file without these columns
    or without a single usable row, and ``TooLarge`` beyond a million rows or 2,000 labels.
    """
    encoding, clean = _encoding_of(path)
    samples = Samples(encoding=encoding)
    with path.open(encoding=encoding, errors="strict" if clean else "replace", newline="") as stream:
        for line, row in _rows(stream, columns=(text_column, label_column), bad=samples.bad):
            if not clean and any("\ufffd" in cell for cell in row):
                samples.bad.append(BadRow(line, _("Some characters are broken: the encoding is not one throughout.")))
                continue
            samples.add(text=row[0], label=row[1], line=line)
            if len(samples.texts) > ROWS_MAX:
                raise TooLarge(_("The file has more than %(limit)s rows."), field="file", limit=ROWS_MAX)
    if not samples.texts:
        raise InvalidInput(
            _("The file has no usable row."), field="file", remedy=_("Each row needs a text and a label.")
        )
    if len(set(samples.labels)) > LABELS_MAX:
        raise TooLarge(
            _("The file has more than %(limit)s labels."), field="label", limit=LABELS_MAX,
            remedy=_("Check that the column of labels is the right one."),
        )  # fmt: skip
    return samples


def _rows(stream: TextIO, *, columns: tuple[str, str], bad: list[BadRow]) -> Iterator[tuple[int, tuple[str, str]]]:
    head = stream.readline()
    delimiter = max(DELIMITERS, key=head.count)
    names = [name.strip().strip("\ufeff").casefold() for name in next(csv.reader([head], delimiter=delimiter), [])]
    missing = [column for column in columns if column.casefold() not in names]
    if missing:
        raise InvalidInput(
            _("The file has no column %(missing)s; its columns are: %(found)s."), field="file",
            remedy=_("Name the columns text and label in the first line, or say what they are called."),
            missing=", ".join(missing), found=", ".join(names)[:200] or "-",
        )  # fmt: skip
    text_at, label_at = (names.index(column.casefold()) for column in columns)
    before = csv.field_size_limit(FIELD_CHARACTERS_MAX)
    try:
        yield from _cells(csv.reader(stream, delimiter=delimiter), text_at=text_at, label_at=label_at, bad=bad)
    finally:
        csv.field_size_limit(before)


def _cells(
    reader: Iterator[list[str]], *, text_at: int, label_at: int, bad: list[BadRow]
) -> Iterator[tuple[int, tuple[str, str]]]:
    line = 2
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            bad.append(BadRow(line, _("A cell has no end: a quotation mark is never closed.")))
            row = None
        begins, line = line, reader.line_num + 2  # type: ignore[attr-defined]  # the head was read before
        if not row:
            continue
        if max(text_at, label_at) >= len(row):
            bad.append(BadRow(begins, _("The row has too few columns.")))
        else:
            yield begins, (row[text_at][: 4 * CHARACTERS_MAX], row[label_at])


def _encoding_of(path: Path) -> tuple[str, bool]:
    """Return the encoding of a file, and whether all of it is."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", _faults(path, "utf-8-sig") == 0
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", _faults(path, "utf-16") == 0
    for encoding in ("utf-8", "gb18030"):
        if _faults(path, encoding) == 0:
            return encoding, True
    # Broken somewhere. GB18030 reads almost any bytes, but it would leave hardly a character of UTF-8 whole.
    whole = sum(sum(letter > "\x7f" and letter != "\ufffd" for letter in piece) for piece in _decoded(path, "utf-8"))
    return ("utf-8" if whole > _faults(path, "utf-8") else "gb18030"), False


def _faults(path: Path, encoding: str) -> int:
    """Count what cannot be read in ``encoding``."""
    try:
        return sum(0 for _piece in _decoded(path, encoding, errors="strict"))
    except UnicodeDecodeError:
        return max(1, sum(piece.count("\ufffd") for piece in _decoded(path, encoding)))


def _decoded(path: Path, encoding: str, *, errors: str = "replace") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
    with path.open("rb") as stream:
        while piece := stream.read(1024 * 1024):
            yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)
