"""Reading a dataset: who may see how much of it, pages of its rows and groups, and any version it ever had.

What everybody reads of an open dataset are parts without its closed columns; the office that answers for it reads the
whole ones. There is no way from the one to the other but the permission.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.datasets import engine
from tianqu.kernel.datasets.declarations import Access
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Audience, Part
from tianqu.kernel.datasets.questions import (
    Condition,
    Mark,
    Measure,
    Question,
    checked,
    measures_of,
    read_mark,
)
from tianqu.kernel.datasets.schema import Schema, Value
from tianqu.kernel.datasets.statements import Stored, groups_statement, rows_statement
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.places.api import can

MEAN_DECIMALS: Final = 6
VERSIONS_MAX: Final = 1_000
SENT_AT_ONCE: Final = 1_000  # rows of a file
_OF_EVERYBODY: Final = ("open", "cells")
_FEWEST_READERS: Final[tuple[Access, ...]] = ("closed", "cells", "shared", "open")  # of rows


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows or groups: the names of what stands in each, the rows, and the mark of the next page, "" for none.

    ``numbers`` are the rows' own numbers, by which one row is found again; () for groups.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    after: str
    version: int
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A dataset's version as far as the actor may read it. ``schema`` holds only the columns that they may see."""

    dataset: Dataset
    version: Version
    audience: Audience
    stored: Stored

    @property
    def schema(self) -> Schema:
        """The columns that can be asked for."""
        return self.stored.schema

    @property
    def is_version(self) -> bool:
        """Whether it is the version itself, and not a moment between two."""
        return self.stored.index == self.version.journal_index

    @property
    def called(self) -> str:
        """What it is, as a file's name has it: "v3", or "at-1200" for a moment between two versions."""
        return f"v{self.version.number}" if self.is_version else f"at-{self.stored.index}"


def dataset_called(actor: Actor, code: str) -> Dataset:
    """Return a dataset that the actor may know of, also one that was withdrawn. Raises ``NotFound``."""
    set_scope(actor.scope)
    found = Dataset.objects.filter(code=code).first()
    if found is None or not may_know(actor, found):
        raise NotFound(_("There is no dataset %(value)s."), field="dataset", value=code[:100])
    return found


def may_know(actor: Actor, dataset: Dataset) -> bool:
    """Whether the actor may know that there is this dataset."""
    if dataset.access in _OF_EVERYBODY:
        return True
    return can(actor, "datasets.see", dataset) or (dataset.access == "shared" and can(actor, "datasets.see_shared"))


def rows_access(dataset: Dataset, version: Version | None) -> Access:
    """Under which rule rows are read: what was published for fewer readers stays theirs when the dataset is opened."""
    rules = {dataset.access, dataset.access if version is None else version.access}
    return next(each for each in _FEWEST_READERS if each in rules)


def may_read_rows(actor: Actor, dataset: Dataset, version: Version | None = None) -> bool:
    """Whether the actor may read rows, and not only cells: those of the newest version, or of ``version``."""
    access = rows_access(dataset, version)
    if access == "open" or can(actor, "datasets.see", dataset):
        return True
    return access == "shared" and can(actor, "datasets.see_shared")


def rows_told(actor: Actor, dataset: Dataset, version: Version) -> int | None:
    """How many rows a version has; None for whoever is told its cells only, of which the total may be one untold."""
    return version.rows if may_read_rows(actor, dataset, version) else None


def open_version(actor: Actor, dataset: Dataset, *, number: int | None = None) -> Opened:
    """Open a version, the newest where no ``number`` is given. Raises ``NotFound`` and ``NotPermitted``."""
    if not may_read_rows(actor, dataset):
        raise _not_open(dataset)
    return open_found(actor, dataset, version_of(dataset, dataset.version if number is None else number))


def open_found(actor: Actor, dataset: Dataset, version: Version) -> Opened:
    """Open a version that is at hand. Raises ``NotPermitted``, and ``NotFound`` for one whose rows were erased."""
    if not may_read_rows(actor, dataset, version):
        raise _not_open(dataset)
    return opened(dataset, version, audience="whole" if can(actor, "datasets.see_closed", dataset) else "open")


def _not_open(dataset: Dataset) -> NotPermitted:
    return NotPermitted(
        _("The rows of %(value)s are not open."), field="dataset", value=dataset.code,
        remedy=_("Its cells can be asked for; ask the office that answers for it for more."),
    )  # fmt: skip


def version_of(dataset: Dataset, number: int) -> Version:
    """One version by its number, with its sidecar and report. Raises ``NotFound``."""
    if not dataset.version:
        raise NotFound(
            _("The dataset %(value)s has no version yet."), field="dataset", value=dataset.code,
            remedy=_("Its office has described it, and will publish its rows."),
        )  # fmt: skip
    found = Version.objects.filter(dataset=dataset, number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise NotFound(
            _("The dataset %(dataset)s has no version %(value)s."), field="version", value=number,
            dataset=dataset.code, remedy=_("Versions 1 to %(last)s are there."), last=dataset.version,
        )  # fmt: skip
    return found


def version_at(dataset: Dataset, *, index: int) -> Version:
    """The version that shows the dataset as of ``index`` entries of the log. Raises ``NotFound`` before its first."""
    found = Version.objects.filter(dataset=dataset, journal_index__lte=index).order_by("-number").first()
    if found is None:
        raise NotFound(
            _("The dataset %(dataset)s had no version at %(value)s."), field="index", value=index, dataset=dataset.code
        )
    return found


def open_at(actor: Actor, dataset: Dataset, *, index: int) -> Opened:
    """Open a dataset as it was when the log held ``index`` entries. Raises ``NotFound`` before its first version.

    A dataset that is read from the journal is shown exactly so, also between two versions; of any other it is the
    version that was published last before.
    """
    covering = (
        Version.objects.filter(dataset=dataset, journal_index__gte=index, number__gte=dataset.erased_before)
        .order_by("number")
        .first()
        if dataset.declared
        else None
    )
    if covering is None or _generation_of(covering) > index:
        return open_version(actor, dataset, number=version_at(dataset, index=index).number)
    found = open_version(actor, dataset, number=covering.number)
    return replace(found, stored=replace(found.stored, index=index))


def _generation_of(version: Version) -> int:
    """The index of the log at which the rows were written of which the version tells the changes."""
    return max((part["last"] for part in version.manifest["parts"] if part["holding"] == "rows"), default=0)


def opened(dataset: Dataset, version: Version, *, audience: Audience) -> Opened:
    """A version for an audience. No permission is asked: for callers that have, and for what is computed.

    Raises ``NotFound`` for a version whose rows were erased.
    """
    if version.number < dataset.erased_before:
        raise NotFound(
            _("The rows of version %(value)s of %(dataset)s were erased, with what they told of persons."),
            field="version", value=version.number, dataset=dataset.code,
            remedy=_("Ask for version %(first)s or a later one."), first=dataset.erased_before,
        )  # fmt: skip
    schema = version.columns
    wanted: Audience = "whole" if audience == "whole" or not schema.has_closed else "open"
    parts = tuple(Part(**part) for part in version.manifest["parts"] if part["audience"] == wanted)
    seen = schema if wanted == "whole" else schema.open
    return Opened(dataset, version, wanted, Stored(seen, parts, version.journal_index))


def versions_of(dataset: Dataset, *, before: int | None = None, limit: int = VERSIONS_MAX) -> list[Version]:
    """The versions of a dataset, the newest first; those with a number below ``before``, at most ``limit``."""
    found = Version.objects.filter(dataset=dataset)
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.defer("sidecar", "report").order_by("-number")[: min(limit, VERSIONS_MAX)])


def versions_holding(dataset: Dataset, digest: str) -> list[Version]:
    """The versions that name a part, the newest first; no permission is asked."""
    named = Version.objects.filter(dataset=dataset, manifest__contains={"parts": [{"sha256": digest}]})
    return list(named.defer("sidecar", "report").order_by("-number")[:VERSIONS_MAX])


def rows_page(opened: Opened, question: Question) -> Page:
    """A page of rows. Raises ``InvalidInput`` and what ``engine.asking`` raises."""
    question = checked(question, opened.schema)
    assert not question.groups, "ask groups_page for groups"
    sort = question.sort.removeprefix("-")
    column = opened.schema.column(sort) if sort else None
    after = _after(opened, question, column)
    names = question.columns or opened.schema.names
    with engine.asking() as cursor:
        found = _run(cursor, rows_statement(opened.stored, question, after=after))
    shown = found[: question.limit]
    mark = ""
    if len(found) > question.limit:
        mark = Mark(opened.version.number, shown[-1][-2] if sort else None, shown[-1][-1]).text()
    rows = tuple(row[:-2] for row in shown)
    return Page(names, rows, mark, opened.version.number, tuple(row[-1] for row in shown))


def _after(opened: Opened, question: Question, column: Any) -> tuple[Value, int] | None:
    if not question.after:
        return None
    mark = read_mark(question.after, column=column)
    if mark.version != opened.version.number:
        raise InvalidInput(
            _("The dataset has another version than the page before was of."), field="after", value=mark.version,
            remedy=_("Begin at the first page again, or ask for version %(value)s."),
        )  # fmt: skip
    return mark.value, mark.row


def groups_page(opened: Opened, question: Question) -> Page:
    """A page of groups with their measures, all exact: counts and sums as the engine adds them, means as quotients."""
    question = checked(question, opened.schema)
    after = _after(opened, question, None)
    skip = after[1] if after else 0
    with engine.asking() as cursor:
        found = _run(cursor, groups_statement(opened.stored, question, skip=skip))
    measures = measures_of(question)
    shown = found[: question.limit] if question.group else found
    rows = tuple(_measured(row, len(question.group), measures) for row in shown)
    mark = Mark(opened.version.number, None, skip + len(shown)).text() if len(found) > len(shown) else ""
    return Page((*question.group, *(each.name for each in measures)), rows, mark, opened.version.number)


def _measured(row: tuple[Any, ...], groups: int, measures: tuple[Measure, ...]) -> tuple[Value, ...]:
    told, place = list(row[:groups]), groups
    for measure in measures:
        if measure.function == "mean":
            total, count = row[place], row[place + 1]
            told.append(round(Decimal(total) / count, MEAN_DECIMALS) if count else None)
            place += 2
            continue
        value = row[place]
        whole = isinstance(value, Decimal) and value.as_tuple().exponent == 0
        told.append(int(value) if whole else value)
        place += 1
    return tuple(told)


def measured(
    opened: Opened, measures: tuple[Measure, ...], conditions: tuple[Condition, ...] = ()
) -> tuple[Value, ...]:
    """The measures of all rows that meet the conditions. What figures are computed with."""
    return groups_page(opened, Question(conditions=conditions, measures=measures)).rows[0]


def row_stream(opened: Opened, question: Question, *, seconds: float) -> Iterator[list[tuple[Value, ...]]]:
    """Every row that meets the conditions, in order, by the thousand, until ``seconds`` have passed."""
    question = checked(question, opened.schema)
    whole = Question(question.columns, question.conditions, sort=question.sort, limit=1 << 60)
    statement = rows_statement(opened.stored, whole, after=None)
    for rows in engine.streamed(statement.sql, statement.values, seconds=seconds, count=SENT_AT_ONCE):
        yield [row[:-2] for row in rows]


def row_placed(opened: Opened, number: int) -> tuple[Part | None, int]:
    """The part in which a row lies, and its place there from 0 on; None for one that a later change brought."""
    before = 0
    for part in opened.stored.rows:
        if before <= number < before + part.rows:
            return part, number - before
        before += part.rows
    return None, 0


def row_numbered(opened: Opened, number: int) -> tuple[Value, ...]:
    """One row by its number. Raises ``NotFound``."""
    if not 0 <= number < 2**62:
        raise NotFound(_("There is no row %(value)s."), field="row", value=number)
    statement = rows_statement(opened.stored, Question(limit=1), after=(None, number - 1))
    with engine.asking() as cursor:
        found = _run(cursor, statement)
    if not found or found[0][-1] != number:
        raise NotFound(_("There is no row %(value)s."), field="row", value=number)
    return cast(tuple[Value, ...], found[0][:-2])


def _run(cursor: Any, statement: Any) -> list[tuple[Any, ...]]:
    return engine.fetched(cursor, statement.sql, statement.values)


def dataset_with(dataset_id: UUID) -> Dataset:
    """Return a dataset by its identifier, within the connection's sight. Raises ``NotFound``."""
    found = Dataset.objects.filter(id=dataset_id).first()
    if found is None:
        raise NotFound(_("There is no such dataset."), field="dataset_id", value=str(dataset_id))
    return found
