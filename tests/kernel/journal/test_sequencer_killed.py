"""kill -9 of the sequencer's process, twenty times, while others write: nothing lost, nothing twice, nothing forked."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.kernel.journal.logs import own_environment, sequence, write_entries
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.api import check_log, journal_status, our_key, our_log
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.kernel.journal.notes import Checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KILLS = 20
START_SECONDS_MAX = 60


def started() -> subprocess.Popen[bytes]:
    """A sequencer's process that is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tianqu.project.cli", "journal", "sequence"],
        env=own_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + START_SECONDS_MAX
    while not journal_status().sequencer_at_work:
        assert process.poll() is None, "the sequencer did not start"
        assert time.monotonic() < until, "the sequencer is not at work"
        time.sleep(0.02)
    return process


def test_killed_twenty_times_under_load(own_log: Path) -> None:
    write_entries(10)
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            written.append(len(write_entries(random.randrange(1, 60))))
        connection.close()

    writers = [threading.Thread(target=write) for _n in range(3)]
    for writer in writers:
        writer.start()
    seen: list[Checkpoint] = []
    try:
        for _kill in range(KILLS):
            process = started()
            time.sleep(random.random() * 0.6)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            if our_log().checkpoint_note():
                seen.append(our_log().checkpoint())
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    sequence()
    total = 10 + sum(written)
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
        until = time.monotonic() + START_SECONDS_MAX
        while our_log().checkpoint_note() is None or our_log().checkpoint().size < 10:
            assert time.monotonic() < until, "nobody took over"
            time.sleep(0.05)
        assert Sequence.objects.filter(entry_id__in=entries).count() == 5
        second.terminate()
        assert second.wait(20) == 0
        assert not journal_status().sequencer_at_work
    finally:
        second.kill()
        second.wait(10)
