"""The sequencer: every committed entry gets one index, in an order that nothing can come before, whoever dies when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.owner import as_owner
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, prepare_entry
from tianqu.kernel.journal.log import Log
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.kernel.journal.notes import SigningKey, open_checkpoint
from tianqu.kernel.journal.publishing import LogForked, Publisher
from tianqu.kernel.journal.sequencer import NotTheSequencer, Sequencer, leaves, rest_after
from tianqu.kernel.journal.storage import FolderStorage, LogStorage, ObjectStorage, open_storage

pytestmark = pytest.mark.django_db(transaction=True)
KEY = SigningKey.generate("log.example/log")


class Killed(Exception):
    """The power went."""


class FailingStorage:
    """A storage that dies before its ``n``-th write."""

    def __init__(self, inner: LogStorage, *, writes: int) -> None:
        self.inner, self.left = inner, writes
        self.read, self.remove_folder = inner.read, inner.remove_folder

    def write(self, files: Any) -> None:
        for path, data in files:
            if self.left == 0:
                raise Killed
            self.left -= 1
            self.inner.write([(path, data)])


def write_entries(count: int) -> None:
    """Commit ``count`` entries in one transaction."""
    now = timezone.now()
    rows = [
        prepare_entry(act="test.write", subject=f"probe:{n}", after={"n": n}, actor=SYSTEM, at=now).row()
        for n in range(count)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_ENTRY, rows)


@pytest.fixture
def storage(tmp_path: Path) -> LogStorage:
    return open_storage(str(tmp_path / "log"))


@pytest.fixture
def started(storage: LogStorage) -> Iterator[Sequencer]:
    sequencer = sequencer_on(storage)
    sequencer.start()
    yield sequencer
    sequencer.stop()


def sequencer_on(storage: LogStorage, *, batch: int = 100, key: SigningKey = KEY) -> Sequencer:
    return Sequencer(Publisher(Log(storage), key), batch=batch)


def run_to_end(storage: LogStorage, *, batch: int = 100) -> None:
    sequencer = sequencer_on(storage, batch=batch)
    sequencer.start()
    while sequencer.step():
        pass
    sequencer.stop()


def check_whole(storage: LogStorage) -> None:
    """Every entry has one index without gaps, and the published log is made of the leaves in that order."""
    indexes = list(Sequence.objects.order_by("index").values_list("index", "entry_id"))
    assert [index for index, _entry in indexes] == list(range(Entry.objects.count()))
    assert {entry for _index, entry in indexes} == set(Entry.objects.values_list("id", flat=True))
    log = Log(storage)
    checkpoint, _note = open_checkpoint(log.checkpoint_note() or b"", KEY.verifier)
    expected = list(leaves(0, len(indexes)))
    assert checkpoint.size == len(expected)
    assert checkpoint.root == merkle.root_of([merkle.leaf_hash(leaf) for leaf in expected])
    assert log.tree(checkpoint.size).root() == checkpoint.root
    for index in {0, len(expected) // 2, len(expected) - 1} if expected else set():
        assert log.entry(index, size=checkpoint.size) == expected[index]


def test_an_empty_log_has_a_checkpoint(started: Sequencer, storage: LogStorage) -> None:
    assert started.step() == 0
    check_whole(storage)


def test_entries_are_placed_in_batches_and_published(started: Sequencer, storage: LogStorage) -> None:
    write_entries(700)
    steps = []
    while count := started.step():
        steps.append(count)
    assert steps == [100] * 7
    write_entries(3)
    assert started.step() == 3
    check_whole(storage)


def test_an_entry_waits_for_every_transaction_before_it(started: Sequencer, storage: LogStorage) -> None:
    """A transaction that began to write earlier and is not over keeps later entries back: its own must come first."""
    wrote, finish = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            write_entries(1)
            wrote.set()
            assert finish.wait(10)
        connection.close()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    assert wrote.wait(10)
    write_entries(2)
    assert started.step() == 0
    finish.set()
    thread.join(10)
    assert started.step() == 3
    check_whole(storage)
    first = Sequence.objects.get(index=0).entry
    assert first == Entry.objects.order_by("id").first()


def test_an_aborted_transaction_leaves_no_hole(started: Sequencer, storage: LogStorage) -> None:
    with pytest.raises(Killed), transaction.atomic():
        write_entries(5)
        raise Killed
    write_entries(2)
    assert started.step() == 2
    check_whole(storage)


@pytest.mark.parametrize("writes", range(12))
def test_killed_before_any_write_nothing_is_lost_or_forked(tmp_path: Path, writes: int) -> None:
    storage = open_storage(str(tmp_path / "log"))
    write_entries(300)
    run_to_end(storage)
    write_entries(500)
    before = Log(storage).checkpoint()
    dying = sequencer_on(FailingStorage(storage, writes=writes), batch=400)
    dying.start()
    with pytest.raises(Killed):
        for _turn in range(5):
            dying.step()
    dying.stop()
    assert Log(storage).checkpoint().size >= before.size
    run_to_end(storage)
    check_whole(storage)
    log = Log(storage)
    after = log.checkpoint()
    proof = log.consistency_proof(before.size, new_size=after.size)
    merkle.verify_consistency(before.size, new_size=after.size, proof=proof, old_root=before.root, new_root=after.root)


def test_killed_between_indexes_and_tiles(storage: LogStorage) -> None:
    write_entries(300)
    dying = sequencer_on(storage, batch=200)
    dying.start()
    assert len(dying.sequence()) == 200
    dying.stop()
    run_to_end(storage)
    check_whole(storage)


def test_a_torn_tile_is_written_again(storage: LogStorage) -> None:
    write_entries(300)
    run_to_end(storage)
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"):
        whole = storage.read(path)
        assert whole is not None
        storage.write([(path, whole[:-5])])
        run_to_end(storage)
        assert storage.read(path) == whole
    check_whole(storage)


def test_lost_files_are_made_again_and_are_the_same(storage: LogStorage) -> None:
    write_entries(600)
    run_to_end(storage)
    kept = {
        path: storage.read(path) for path in ("checkpoint", "tile/0/000", "tile/entries/002.p/88", "tile/1/000.p/2")
    }
    assert None not in kept.values()
    storage.remove_folder("")
    run_to_end(storage)
    assert {path: storage.read(path) for path in kept} == kept


def test_a_database_older_than_the_log_publishes_nothing(storage: LogStorage, tmp_path: Path) -> None:
    write_entries(10)
    run_to_end(storage)
    ahead = Publisher(Log(storage), KEY)
    ahead.resume(leaves, sequenced=10)
    ahead.publish([b"an entry that the database forgot"])
    before = storage.read("checkpoint")
    sequencer = sequencer_on(storage)
    with pytest.raises(LogForked, match="holds 11 entries, the database only 10"):
        sequencer.start()
    sequencer.stop()
    assert storage.read("checkpoint") == before


def test_a_log_of_other_entries_is_not_continued(storage: LogStorage) -> None:
    other = Publisher(Log(storage), KEY)
    other.resume(leaves, sequenced=0)
    other.publish([b"not", b"ours"])
    storage.remove_folder("tile")
    write_entries(5)
    sequencer = sequencer_on(storage)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_sequence")
    with pytest.raises(LogForked):
        sequencer.start()
        sequencer.stop()
        sequencer.start()
    sequencer.stop()


def test_a_log_of_another_name_is_not_continued(storage: LogStorage) -> None:
    write_entries(5)
    run_to_end(storage)
    renamed = sequencer_on(storage, key=replace(KEY, name="other.example/log"))
    with pytest.raises(LogForked, match=r"is that of log\.example/log, and this is other\.example/log"):
        renamed.start()
    renamed.stop()


def test_only_one_sequencer_works_on_a_database(started: Sequencer, tmp_path: Path) -> None:
    refused: list[Exception] = []

    def second() -> None:
        try:
            sequencer_on(FolderStorage(tmp_path / "other")).start()
        except NotTheSequencer as error:
            refused.append(error)
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    thread.join(10)
    assert [str(error) for error in refused] == ["Another sequencer is at work on this database."]


def test_a_sequencer_that_lost_its_lock_publishes_nothing(storage: LogStorage) -> None:
    sequencer = sequencer_on(storage)
    sequencer.start()
    write_entries(5)
    before = storage.read("checkpoint")
    connection.close()
    with pytest.raises(NotTheSequencer, match="lost with its connection"):
        sequencer.step()
    assert storage.read("checkpoint") == before
    run_to_end(storage)
    check_whole(storage)


def test_a_dump_brought_into_another_cluster_is_continued(storage: LogStorage) -> None:
    """There the xids of the entries mean nothing: some lie above, some below those of the new cluster."""
    write_entries(150)
    run_to_end(storage)
    write_entries(130)
    with connection.cursor() as cursor:
        as_owner("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        as_owner("UPDATE journal_entry SET xid = CASE WHEN id % 2 = 0 THEN '5' ELSE '99999999999' END::xid8")
        as_owner("ALTER TABLE journal_entry ENABLE TRIGGER USER")
        cursor.execute("UPDATE journal_state SET system_identifier = 7, cursor_xid = '99999999999'")
    write_entries(3)
    run_to_end(storage)
    check_whole(storage)
    write_entries(250)
    run_to_end(storage)
    check_whole(storage)


def test_an_object_store_serves_as_well() -> None:
    storage = ObjectStorage("memory://journal-test/log")
    write_entries(300)
    run_to_end(storage)
    write_entries(300)
    run_to_end(storage)
    check_whole(storage)
    assert storage.read("tile/0/001.p/44") is None, "the partial tile went when its full one came"
    storage.remove_folder("")


def test_partial_tiles_go_when_their_full_tile_is_there(storage: LogStorage) -> None:
    write_entries(300)
    run_to_end(storage)
    assert storage.read("tile/0/001.p/44")
    write_entries(300)
    run_to_end(storage)
    assert storage.read("tile/0/001.p/44") is None
    assert storage.read("tile/entries/001.p/44") is None
    log = Log(storage)
    old = log.tree(300)
    assert old.root() == merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves(0, 300)])


def test_it_rests_longer_after_longer_work_and_never_long_enough_to_be_late() -> None:
    assert [rest_after(worked) for worked in (0.0, 0.02, 0.05, 7.0)] == pytest.approx([0.1, 0.1, 0.15, 0.3])
