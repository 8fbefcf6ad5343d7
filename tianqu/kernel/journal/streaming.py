"""The journal as a stream of changes: what each subject of a kind became, in the order of the log.

Only entries that have their place in the log are told, so a stream that was read up to an index never changes behind
it; only an erasure empties what was there, and is told by ``erased_since``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection

AT_ONCE: Final = 5_000  # entries; what one statement reads


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """What a subject was after an entry. ``after`` is None where the body was erased, or where nothing was left."""

    index: int
    subject: str  # without its kind: "0192…" of "order:0192…"
    after: Any


def log_size() -> int:
    """How many entries have their place in the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM journal_sequence")
        return int(cursor.fetchone()[0])


def subject_changes(kind: str, *, first: int, until: int) -> Iterator[list[SubjectChange]]:
    """The changes of all subjects of ``kind`` with an index from ``first`` until before ``until``, in batches."""
    while first < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.index, e.subject, e.body FROM journal_sequence s JOIN journal_entry e ON e.id = s.entry_id"
                " WHERE s.index >= %s AND s.index < %s AND starts_with(e.subject, %s) ORDER BY s.index LIMIT %s",
                [first, until, f"{kind}:", AT_ONCE],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield [SubjectChange(index, subject.partition(":")[2], _after(body)) for index, subject, body in rows]
        first = rows[-1][0] + 1


def subject_states(kind: str, subjects: Sequence[str], *, before: int) -> Iterator[SubjectChange]:
    """What each of the ``subjects`` last was before an index; those that were not there yet are left out."""
    for start in range(0, len(subjects), AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT last.index, wanted, last.body FROM unnest(%s::text[]) AS wanted, LATERAL ("
                "SELECT s.index, e.body FROM journal_entry e JOIN journal_sequence s ON s.entry_id = e.id"
                " WHERE e.subject = wanted AND s.index < %s ORDER BY s.index DESC LIMIT 1) last",
                [[f"{kind}:{subject}" for subject in subjects[start : start + AT_ONCE]], before],
            )
            rows = cursor.fetchall()
        for index, subject, body in rows:
            yield SubjectChange(index, subject.partition(":")[2], _after(body))


def erased_since(kind: str, moment: datetime) -> list[str]:
    """The subjects of ``kind`` of which an entry lost its body at or after ``moment``, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT subject FROM journal_entry WHERE erased_at >= %s AND starts_with(subject, %s)"
            " ORDER BY subject",
            [moment, f"{kind}:"],
        )
        return [row[0].partition(":")[2] for row in cursor.fetchall()]


def _after(body: Any) -> Any:
    return None if body is None else orjson.loads(body)["after"]
