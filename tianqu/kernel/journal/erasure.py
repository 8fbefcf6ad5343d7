"""Erasing a person: bodies and salts go, leaves stay, and every proof still verifies.

A leaf holds SHA-256(salt ‖ body). Without the salt nobody can find out from the hash what the body said, even if they
guess right; so with both gone the log has forgotten the person and still shows that nothing was added or taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from tianqu.base.errors import NotPermitted, _
from tianqu.kernel.journal.acts import Acting, act
from tianqu.kernel.journal.permissions import may_by_permission

SUBJECTS_AT_ONCE = 1_000
REQUEST_DAYS = 30  # how long the answer to a request with a key is kept

PersonalSubjects = Callable[[UUID], list[str]]
EraseRows = Callable[[Acting, UUID], None]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a room or a pack holds of a person, and how it is erased.

    ``subjects`` gives the subjects (``asker:0192…``) whose bodies are erased; it runs before any row changes.
    ``erase_rows`` blanks its own rows within the same act; it records nothing that names the person.
    """

    subjects: PersonalSubjects
    erase_rows: EraseRows | None = None


_rooms: dict[str, PersonalData] = {}


def register_personal_subjects(subjects: PersonalSubjects, *, erase_rows: EraseRows | None = None) -> None:
    """Say which subjects of a room hold a person's data; called once, when the room is ready."""
    name = f"{subjects.__module__}.{subjects.__qualname__}"
    _rooms[name] = PersonalData(subjects, erase_rows)


@act("journal.erase_person", may=may_by_permission)
def erase_person(acting: Acting, *, person_id: UUID, reason: str) -> int:
    """Erase what the journal and the rooms know of a person; return how many entries lost their bodies.

    ``reason`` is kept and names nobody: "asked for it", "the time for keeping is over".
    """
    with connection.cursor() as cursor:  # what is erased is the person's, whatever part of it the actor may see
        cursor.execute("SELECT set_config('tianqu.everything', 'on', true)")
    erased = _erase(acting, {subject for room in _rooms.values() for subject in room.subjects(person_id)}, person_id)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_request WHERE actor = %s", [str(person_id)])
    for room in _rooms.values():
        if room.erase_rows is not None:
            room.erase_rows(acting, person_id)
    acting.record(f"erasure:{person_id}", after={"entries": erased, "reason": reason}, sealed=True)
    return erased


def erase_bodies(acting: Acting, subjects: Collection[str]) -> int:
    """Erase the bodies of the entries of some subjects within another act; return how many lost theirs.

    The act has asked whether they may be erased, blanks the rows, and records an entry of its own that names nobody.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tianqu.everything', true)")
        before = (cursor.fetchone() or ("",))[0] or ""
        cursor.execute("SELECT set_config('tianqu.everything', 'on', true)")
        erased = _erase(acting, subjects, None)
        cursor.execute("SELECT set_config('tianqu.everything', %s, true)", [before])
    return erased


def subjects_saying(subjects: Collection[str], *, text: str) -> list[str]:
    """Return those of some subjects of which an entry's body holds a text as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT subject FROM journal_entry"
            " WHERE subject = ANY(%s) AND position(convert_to(%s, 'UTF8') IN body) > 0 ORDER BY subject",
            [list(subjects), text],
        )
        return [subject for (subject,) in cursor.fetchall()]


def _erase(acting: Acting, subjects: Collection[str], person_id: UUID | None) -> int:
    """Take bodies and salts from the entries of subjects, and a person from those who acted."""
    ordered, erased = sorted(set(subjects)), 0
    with connection.cursor() as cursor:
        for first in range(0, len(ordered), SUBJECTS_AT_ONCE):
            cursor.execute(
                "UPDATE journal_entry SET body = NULL, salt = NULL, erased_at = %s, actor_person_id ="
                " CASE WHEN actor_person_id = %s THEN NULL ELSE actor_person_id END"
                " WHERE subject = ANY(%s) AND erased_at IS NULL",
                [acting.now, person_id, ordered[first : first + SUBJECTS_AT_ONCE]],
            )
            erased += cursor.rowcount
    return erased


def _may_forget(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system forgets requests."))


@act("journal.forget_requests", may=_may_forget)
def forget_requests(acting: Acting, *, days: int = REQUEST_DAYS) -> int:
    """Forget the idempotency keys of requests answered more than ``days`` ago; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_request WHERE at < %s", [acting.now - timedelta(days=days)])
        forgotten = int(cursor.rowcount)
    acting.record("journal:requests", after={"days": days, "forgotten": forgotten})
    return forgotten
