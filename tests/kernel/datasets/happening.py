"""Things that happen in the tests: entries of the journal that have their place in the log at once."""

from __future__ import annotations

from itertools import count
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, log_size, prepare_entry
from tianqu.kernel.journal.models import Entry

_numbers = count(1)
COLUMNS = (
    api.Column("subject", "text", "标识", "Subject"),
    api.Column("state", "text", "状态", "State", path="state"),
    api.Column("amount", "integer", "数量", "Amount", path="told.amount"),
    api.Column("price", "decimal", "价格", "Price", decimals=2, path="told.price"),
    api.Column("at", "time", "时间", "At", path="at"),
    api.Column("name", "text", "姓名", "Name", personal=True, closed=True, path="name"),
)


def declaration_of(number: int, **more: Any) -> api.DatasetDeclaration:
    """The declaration of a dataset of the things with this number, not yet registered."""
    told: dict[str, Any] = {
        "code": f"test.things_{number}", "title": "事物", "title_en": "Things", "grain": "一件", "grain_en": "A thing",
        "domain": "living", "unit": "housing_bureau", "schema": api.Schema(COLUMNS, ("subject",)),
        "source": api.JournalSource(f"thing{number}", unless="struck"), "access": "open", "frequency": "irregular",
    }  # fmt: skip
    return api.DatasetDeclaration(**(told | more))


def declared(**more: Any) -> api.DatasetDeclaration:
    """A dataset of a kind of thing that nothing has happened to yet, in the catalogue."""
    declaration = declaration_of(next(_numbers), **more)
    api.register_dataset(declaration)
    api.describe_declared()
    return declaration


def happen(declaration: api.DatasetDeclaration, *changes: tuple[str, Any]) -> None:
    """Let things become something, in this order."""
    kind, now = declaration.source.subjects, timezone.now()
    rows = [
        prepare_entry(act="test.change", subject=f"{kind}:{subject}", after=after, actor=SYSTEM, at=now).row()
        for subject, after in changes
    ]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_ENTRY, rows)
    place_all()


def place_all() -> None:
    """Give every entry that has none its place in the log, as the sequencer would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_sequence (index, entry_id) SELECT %s + row_number() OVER (ORDER BY id) - 1, id"
            " FROM journal_entry e WHERE NOT EXISTS (SELECT FROM journal_sequence s WHERE s.entry_id = e.id)",
            [log_size()],
        )


def erase(declaration: api.DatasetDeclaration, subject: str) -> None:
    """Erase every body about a thing, as the erasure of a person does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_entry SET body = NULL, salt = NULL, erased_at = %s WHERE subject = %s",
            [timezone.now(), f"{declaration.source.subjects}:{subject}"],
        )


def replayed(declaration: api.DatasetDeclaration, *, index: int) -> dict[str, tuple[Any, ...]]:
    """What a plain replay of the journal gives: for each thing its state and amount."""
    found: dict[str, tuple[Any, ...]] = {}
    entries = Entry.objects.filter(sequence__index__lt=index).order_by("sequence__index")
    for entry in entries.filter(subject__startswith=f"{declaration.source.subjects}:"):
        subject = entry.subject.partition(":")[2]
        after = orjson.loads(bytes(entry.body))["after"] if entry.body is not None else None
        if after is None or after.get("struck"):
            found.pop(subject, None)
            continue
        told = after.get("told") or {}
        amount = told.get("amount")
        found[subject] = (after.get("state"), amount if isinstance(amount, int) else None)
    return found


def shown(declaration: api.DatasetDeclaration, *, index: int | None = None, actor: Any = SYSTEM) -> dict[str, Any]:
    """What the dataset tells: for each thing its state and amount."""
    dataset = api.dataset_called(actor, declaration.code)
    opened = api.open_version(actor, dataset) if index is None else api.open_at(actor, dataset, index=index)
    page = api.rows_page(opened, api.Question(columns=("subject", "state", "amount"), limit=1_000))
    assert not page.after
    return {subject: (state, amount) for subject, state, amount in page.rows}
