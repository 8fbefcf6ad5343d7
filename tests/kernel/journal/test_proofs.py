"""Proof files: checked by the command line with the file and the key alone; what is wrong is named."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from tests.kernel.journal.logs import sequence, write_entries
from tests.owner import as_owner
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import (
    check_log,
    history,
    journal_status,
    log_index,
    our_key,
    our_log,
    proof_file,
    published_entries,
    published_entry,
    state_at,
    states_at,
)
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.journal.notes import SigningKey
from tianqu.project.cli import app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_log")]


def run_verify(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["verify", *arguments])


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    entries = write_entries(300)
    sequence()
    path = tmp_path / "entry.tlog-proof"
    path.write_bytes(proof_file(entries[77]))
    return path


def altered(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    changed = path.with_suffix(".changed")
    changed.write_bytes(data.replace(old, new, 1))
    return changed


def test_a_proof_is_verified_in_words(proof: Path) -> None:
    result = run_verify(str(proof), "--key", str(our_key().verifier))
    assert result.exit_code == 0, result.output
    assert "it holds 300 entries" in result.output
    assert "Entry 77 of that log is exactly this one" in result.output
    assert "the act “test.write”" in result.output
    assert "VERIFIED." in result.output


def test_it_needs_neither_django_nor_a_database(proof: Path) -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from tianqu.project.cli import app;"
        f"r = CliRunner().invoke(app, ['verify', {str(proof)!r}, '--key', {str(our_key().verifier)!r}]);"
        "print(r.output); assert r.exit_code == 0, r.output;"
        "assert not {'django', 'psycopg'} & {m.split('.')[0] for m in sys.modules}"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert run.returncode == 0, run.stderr
    assert "VERIFIED." in run.stdout


def test_an_altered_entry_is_named(proof: Path) -> None:
    lines = proof.read_bytes().split(b"\n")
    leaf = base64.b64decode(lines[1].removeprefix(b"extra "))
    forged = base64.b64encode(leaf.replace(b"test.write", b"test.wrote"))
    result = run_verify(str(altered(proof, lines[1], b"extra " + forged)), "--key", str(our_key().verifier))
    assert result.exit_code == 1
    assert "NOT VERIFIED. The entry and its proof do not lead to the root" in result.output


def test_another_index_is_named(proof: Path) -> None:
    result = run_verify(str(altered(proof, b"index 77\n", b"index 78\n")), "--key", str(our_key().verifier))
    assert result.exit_code == 1
    assert "do not lead to the root" in result.output
    result = run_verify(str(altered(proof, b"index 77\n", b"index 300\n")), "--key", str(our_key().verifier))
    assert "There is no entry 300 in a tree of 300 entries." in result.output


def test_a_wrong_key_is_named(proof: Path) -> None:
    other = SigningKey.generate("tianqu.example/log").verifier
    result = run_verify(str(proof), "--key", str(other))
    assert result.exit_code == 1
    assert "Nothing here is signed by tianqu.example/log with the key" in result.output
    assert run_verify(str(proof), "--key", "nonsense").exit_code == 1


def test_an_altered_checkpoint_is_named(proof: Path) -> None:
    result = run_verify(str(altered(proof, b"\n300\n", b"\n299\n")), "--key", str(our_key().verifier))
    assert result.exit_code == 1
    assert "The signature of tianqu.example/log does not fit" in result.output


def test_every_truncation_is_refused_with_a_sentence(proof: Path) -> None:
    data = proof.read_bytes()
    cut = proof.with_suffix(".cut")
    for length in [*range(0, len(data), 37), len(data) - 1]:
        cut.write_bytes(data[:length])
        result = run_verify(str(cut), "--key", str(our_key().verifier))
        assert result.exit_code == 1, length
        assert result.output.startswith("NOT VERIFIED. "), (length, result.output)


def test_every_flipped_byte_is_refused(proof: Path) -> None:
    data = proof.read_bytes()
    flipped = proof.with_suffix(".flipped")
    for at in range(0, len(data), 23):
        flipped.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert run_verify(str(flipped), "--key", str(our_key().verifier)).exit_code == 1, at


def test_a_body_is_checked_against_its_commitment(proof: Path, tmp_path: Path) -> None:
    entry = Entry.objects.get(sequence__index=77)
    body = tmp_path / "body.json"
    body.write_bytes(bytes(entry.body or b""))
    salt = bytes(entry.salt or b"").hex()
    key = ("--key", str(our_key().verifier))
    assert "byte for byte" in run_verify(str(proof), *key, "--body", str(body), "--salt", salt).output
    body.write_bytes(body.read_bytes().replace(b'"n":77', b'"n":78'))
    result = run_verify(str(proof), *key, "--body", str(body), "--salt", salt)
    assert (result.exit_code, "The private body is not the one" in result.output) == (1, True)
    assert "salt of the body is missing" in run_verify(str(proof), *key, "--body", str(body)).output
    assert run_verify(str(proof), *key, "--body", str(body), "--salt", "xy").exit_code != 0


def test_a_sealed_entry_does_not_name_its_act(tmp_path: Path) -> None:
    entries = write_entries(1, sealed=True)
    sequence()
    data = proof_file(entries[0])
    assert b"test.write" not in base64.b64decode(data.split(b"\n")[1].removeprefix(b"extra "))
    path = tmp_path / "sealed.tlog-proof"
    path.write_bytes(data)
    assert "sealed" in run_verify(str(path), "--key", str(our_key().verifier)).output


def test_an_entry_without_an_index_has_no_proof_yet() -> None:
    entries = write_entries(1)
    assert log_index(entries[0]) is None
    with pytest.raises(NotFound, match="is not published"):
        proof_file(entries[0])
    sequence()
    assert log_index(entries[0]) == 0


def test_the_state_of_a_subject_at_any_index() -> None:
    write_entries(9)
    sequence()
    write_entries(1, first=9)
    assert [state_at("probe:0", index) for index in (0, 2, 3, 8, 100)] == [
        {"n": 0}, {"n": 0}, {"n": 3}, {"n": 6}, {"n": 6},
    ]  # fmt: skip
    assert state_at("probe:1", 0) is None
    assert dict(states_at(["probe:0", "probe:1", "probe:2"], 1)) == {"probe:0": {"n": 0}, "probe:1": {"n": 1}}
    assert [(e.index, e.after) for e in history("probe:0")] == [
        (0, {"n": 0}), (3, {"n": 3}), (6, {"n": 6}), (None, {"n": 9}),
    ]  # fmt: skip


def test_what_everybody_may_see_of_the_entries() -> None:
    write_entries(5)
    write_entries(1, first=5, sealed=True)
    sequence()
    newest = published_entries(limit=3)
    assert [entry.index for entry in newest] == [5, 4, 3]
    assert [entry.public["act"] for entry in newest] == ["sealed", "test.write", "test.write"]
    assert [entry.index for entry in published_entries(before=3)] == [2, 1, 0]
    assert published_entry(4) == newest[1]
    assert newest[1].leaf_hash == hashlib.sha256(b"\x00" + newest[1].leaf).hexdigest()
    for index in (6, -1, 2**70):
        with pytest.raises(NotFound):
            published_entry(index)


class TestTheWholeLog:
    def test_is_checked_and_found_right(self) -> None:
        write_entries(600)
        sequence()
        write_entries(5)
        check = check_log(our_log(), our_key().verifier)
        assert check.faults == []
        assert (check.entries, check.published, check.unplaced) == (600, 600, 5)
        assert check.tiles == 2 * 3 + 1
        status = journal_status()
        assert (status.sequenced, status.waiting, status.published) == (600, 5, 600)

    @pytest.mark.parametrize(
        ("sql", "fault"),
        [
            ("UPDATE journal_entry SET body = body || '\\x20' WHERE id = %s", "Entry 7: its body is not the one"),
            ("UPDATE journal_entry SET act = 'test.other' WHERE id = %s", "Entry 7: the log names the act test.write"),
            ("UPDATE journal_entry SET leaf = '\\x7b7d' WHERE id = %s", "Entry 7: The entry is not one of a journal"),
            ("UPDATE journal_entry SET body = NULL WHERE id = %s", "Entry 7: its body is gone"),
            ("DELETE FROM journal_entry WHERE id = %s", "Index 7 is missing"),
            ("DELETE FROM journal_sequence WHERE entry_id = %s", "Index 7 is missing"),
        ],
    )
    def test_names_what_somebody_changed_behind_its_back(self, sql: str, fault: str) -> None:
        entries = write_entries(300)
        sequence()
        for table in ("journal_entry", "journal_sequence"):
            as_owner(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        as_owner(sql, [entries[7]])
        for table in ("journal_entry", "journal_sequence"):
            as_owner(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        faults = check_log(our_log(), our_key().verifier).faults
        assert any(found.startswith(fault) for found in faults), faults

    def test_names_an_entry_that_claims_an_older_transaction(self) -> None:
        write_entries(3)
        sequence()
        with connection.cursor() as cursor:
            as_owner("ALTER TABLE journal_entry DISABLE TRIGGER USER")
            cursor.execute(
                "INSERT INTO journal_entry (act, subject, channel, at, leaf, salt, body, xid)"
                " SELECT act, subject, channel, at, leaf, salt, body, '5' FROM journal_entry LIMIT 1"
            )
            as_owner("ALTER TABLE journal_entry ENABLE TRIGGER USER")
        sequence()
        faults = check_log(our_log(), our_key().verifier).faults
        assert faults == ["1 entries have no index, and the sequencer has gone past them."]

    def test_names_a_changed_file(self, tmp_path: Path) -> None:
        write_entries(300)
        sequence()
        tile = tmp_path / "log" / "tile" / "0" / "000"
        tile.write_bytes(hashlib.sha256(b"").digest() * 256)
        (tmp_path / "log" / "tile" / "entries" / "001.p" / "44").unlink()
        assert check_log(our_log(), our_key().verifier).faults == [
            "The file tile/0/000 is not the one that the database gives.",
            "The file tile/entries/001.p/44 is missing.",
        ]
