"""kill -9 of the sequencer's process, twenty times, while others write: nothing lost, nothing twice, nothing forked."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection

from tests.kernel.journal.logs import own_environment, sequence, write_entries
from tests.waiting import until
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.api import check_log, journal_status, our_key, our_log
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.kernel.journal.notes import Checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KILLS = 20
START_SECONDS_MAX = 60
WRITE_SECONDS_MAX = 60
BATCHES_MAX = 40  # written between the start of a sequencer and its end


def started() -> subprocess.Popen[bytes]:
    """A sequencer's process that is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tianqu.project.cli", "journal", "sequence"],
        env=own_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until("the sequencer is at work", lambda: at_work(process), seconds=START_SECONDS_MAX)
    return process


def at_work(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the sequencer did not start"
    return journal_status().sequencer_at_work


class Writers:
    """Threads that write entries until they are stopped, and count them."""

    def __init__(self, count: int) -> None:
        self.entries = self.batches = 0
        self._changed, self._stopping = threading.Condition(), threading.Event()
        self._threads = [threading.Thread(target=self._write) for _number in range(count)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, batches: int) -> None:
        """Wait until that many batches more are written: a moment that the sequencer knows nothing of."""
        with self._changed:
            wanted = self.batches + batches
            assert self._changed.wait_for(lambda: self.batches >= wanted, WRITE_SECONDS_MAX), "nobody writes"

    def _write(self) -> None:
        try:
            while not self._stopping.is_set():
                written = len(write_entries(random.randrange(1, 60)))
                with self._changed:
                    self.entries, self.batches = self.entries + written, self.batches + 1
                    self._changed.notify_all()
        finally:
            connection.close()


def published() -> int:
    return our_log().checkpoint().size if our_log().checkpoint_note() else 0


def test_killed_twenty_times_under_load(own_log: Path) -> None:
    write_entries(10)
    seen: list[Checkpoint] = []
    with Writers(3) as writers:
        for _kill in range(KILLS):
            process = started()
            writers.wait_for(random.randrange(BATCHES_MAX))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            if our_log().checkpoint_note():
                seen.append(our_log().checkpoint())
    sequence()
    total = 10 + writers.entries
    assert Entry.objects.count() == Sequence.objects.count() == total
    check = check_log(our_log(), our_key().verifier)
    assert (check.faults, check.entries, check.published, check.unplaced) == ([], total, total, 0)
    last = our_log().checkpoint()
    sizes = [checkpoint.size for checkpoint in seen]
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]
    for checkpoint in seen:
        if checkpoint.size:
            proof = our_log().consistency_proof(checkpoint.size, new_size=last.size)
            merkle.verify_consistency(
                checkpoint.size, new_size=last.size, proof=proof, old_root=checkpoint.root, new_root=last.root
            )


def test_a_second_process_takes_over_and_a_stop_is_clean(own_log: Path) -> None:
    write_entries(5)
    first = started()
    second = subprocess.Popen(
        [sys.executable, "-m", "tianqu.project.cli", "journal", "sequence"],
        env=own_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        entries = write_entries(5)
        until("somebody took over", lambda: published() == 10, seconds=START_SECONDS_MAX)
        assert Sequence.objects.filter(entry_id__in=entries).count() == 5
        second.terminate()
        assert second.wait(20) == 0
        assert not journal_status().sequencer_at_work
    finally:
        second.kill()
        second.wait(10)
