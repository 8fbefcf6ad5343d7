"""Erasing a person: what was said is gone, and every proof still verifies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests.kernel.journal.logs import sequence, write_entries
from tianqu.base.errors import NotPermitted
from tianqu.kernel.journal import erasure
from tianqu.kernel.journal.api import (
    ANYBODY,
    SYSTEM,
    check_log,
    erase_person,
    history,
    our_key,
    our_log,
    proof_file,
    register_personal_subjects,
    request_check,
    state_at,
)
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.journal.offline import verify_proof_file
from tianqu.kernel.places.api import Role, register_role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log", "known_subjects")]
PERSON = UUID("018f0000-0000-7000-8000-000000000001")


@pytest.fixture
def known_subjects() -> Iterator[list[UUID]]:
    before = dict(erasure._rooms)
    erased: list[UUID] = []

    def subjects(person_id: UUID) -> list[str]:
        return ["probe:1"] if person_id == PERSON else []

    register_personal_subjects(subjects, erase_rows=lambda acting, person_id: erased.append(person_id))
    register_personal_subjects(subjects, erase_rows=lambda acting, person_id: erased.append(person_id))
    yield erased
    erasure._rooms.clear()
    erasure._rooms.update(before)


def test_bodies_go_and_proofs_stay(known_subjects: list[UUID]) -> None:
    entries = write_entries(300)
    sequence()
    kept = proof_file(entries[4])
    bodies = [bytes(e.body or b"") for e in Entry.objects.filter(subject="probe:1")]
    assert erase_person(SYSTEM, person_id=PERSON, reason="asked for it") == 100
    assert known_subjects == [PERSON]
    sequence()

    for entry in Entry.objects.filter(subject="probe:1"):
        assert (entry.body, entry.salt) == (None, None)
        assert entry.erased_at is not None
    assert Entry.objects.filter(subject="probe:0", body__isnull=False).count() == 100
    assert not Entry.objects.filter(body__in=bodies).exists()
    assert {e.erased for e in history("probe:1")} == {True}
    assert state_at("probe:1", 200) is None

    key = our_key().verifier
    for proof in (kept, proof_file(entries[4])):
        assert verify_proof_file(proof, key).leaf["act"] == "test.write"
    check = check_log(our_log(), key)
    assert (check.faults, check.entries, check.erased) == ([], 301, 100)


def test_the_erasure_is_itself_on_record_and_names_nobody_in_public(own_log: Path) -> None:
    write_entries(3)
    erase_person(SYSTEM, person_id=PERSON, reason="asked for it")
    sequence()
    entry = Entry.objects.get(act="journal.erase_person")
    assert str(PERSON).encode() not in bytes(entry.leaf)
    assert b"sealed" in bytes(entry.leaf)
    files = b"".join(path.read_bytes() for path in own_log.rglob("*") if path.is_file())
    assert str(PERSON).encode() not in files


def test_whoever_holds_the_permission_erases_whatever_their_role_is_called() -> None:
    write_entries(3)
    register_role(Role("test_archivist", "Archivist", ("journal.erase_person",)))
    archivist = replace(ANYBODY, roles=frozenset({"test_archivist"}))
    by_token = replace(archivist, roles=archivist.roles | {"only:orders.*"})
    for actor in (ANYBODY, replace(ANYBODY, roles=frozenset({"auditor"})), by_token):
        with pytest.raises(NotPermitted, match="erase_person"):
            erase_person(actor, person_id=PERSON, reason="mischief")
    with pytest.raises(NotPermitted, match="check"):
        request_check(archivist)
    assert Entry.objects.filter(body__isnull=True).count() == 0
    assert erase_person(archivist, person_id=PERSON, reason="asked for it") == 1
    assert erase_person(archivist, person_id=PERSON, reason="asked again") == 0
