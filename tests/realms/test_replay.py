"""Replay: every good line comes in once with its own dates and two entries; every bad one is named with its reason."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from tests.kernel.journal.logs import sequence
from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders import imports
from tianqu.kernel.orders.api import ImportReport
from tianqu.kernel.orders.import_rows import PreparedOrders, store_past_orders
from tianqu.project.replay_run import Replay

HEADER = "unique_key,account,opendate,closedate,complaint_type,descriptor,zip,borough,city,council_dist,community_board"
GOOD = [
    "A1,NYCC34,2016-03-01,2016-03-04,Utilities,Con Edison,11237,Brooklyn,Brooklyn,NYCC34,04 Brooklyn",
    "A2,NYCC01,2016-03-02,,Parks,,10007,Manhattan,New York,NYCC01,01 Manhattan",
    'A3,NYCC50,2016-03-02,2016-03-02,,,"",,,,',
    "A1,NYCC34,2016-03-01,2016-03-04,Utilities,Con Edison,,,Brooklyn,,",
]
BAD = {
    "no date": "B1,NYCC34,,2016-03-04,Utilities,Con Edison,,,,,",
    "a date of no calendar": "B2,NYCC34,2016-02-30,,Utilities,,,,,,",
    "a date in 1899": "B3,NYCC34,1899-01-01,,Utilities,,,,,,",
    "a date in 2999": "B4,NYCC34,2016-01-01,2999-01-01,Utilities,,,,,,",
    "closed before placed": "B5,NYCC34,2016-03-04,2016-03-01,Utilities,,,,,,",
    "an unknown district": "B6,NYCC99,2016-03-04,,Utilities,,,,,,",
    "an unknown type": "B7,NYCC34,2016-03-04,,Dragons,,,,,,",
    "an unknown descriptor": "B8,NYCC34,2016-03-04,,Utilities,Dragon fire,,,,,",
    "too few fields": "B9,NYCC34,2016-03-04",
    "no key": ",NYCC34,2016-03-04,,Utilities,,,,,,",
    "a control character": "B10,NYCC34,2016-03-04,,Utilities,,\x07,,,,",
}


def replayed(file: Path, *, batch: int = 5000) -> tuple[ImportReport, list[tuple[int, str, str]]]:
    with Replay(file, realm="nyc-council", refused_path=file.with_suffix(".refused"), batch=batch, bar=False) as replay:
        report = replay.run()
    return report, replay.first_refusals


def rows(statement: str) -> list[tuple[object, ...]]:
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def written(folder: Path, lines: list[str], *, end: str = "\n") -> Path:
    file = folder / "requests.csv"
    file.write_bytes((end.join([HEADER, *lines]) + end).encode())
    return file


@pytest.mark.django_db(transaction=True)
def test_good_lines_come_in_with_their_own_dates(realm: None, tmp_path: Path) -> None:
    report, refusals = replayed(written(tmp_path, GOOD))
    assert (report.taken, report.known, report.refused) == (4, 0, 0) and refusals == []
    orders = rows(
        "SELECT source_key, state, (placed_at AT TIME ZONE 'America/New_York')::date::text,"
        " (closed_at AT TIME ZONE 'America/New_York')::date::text, last_event FROM orders_order ORDER BY source_key"
    )
    assert orders == [
        ("nyc-council:A1", "closed", "2016-03-01", "2016-03-04", 2),
        ("nyc-council:A1#2", "closed", "2016-03-01", "2016-03-04", 2),
        ("nyc-council:A2", "dispatched", "2016-03-02", None, 2),
        ("nyc-council:A3", "closed", "2016-03-02", "2016-03-02", 2),
    ]
    assert rows("SELECT count(*) FROM journal_entry WHERE act = 'orders.import'") == [(8,)]
    assert rows("SELECT count(*) FROM orders_order o JOIN places_unit u ON u.id = o.unit_id") == [(4,)]
    assert rows("SELECT to_state FROM orders_event ORDER BY order_id, sequence")[:2] == [("placed",), ("closed",)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_bad_lines_are_named_and_the_rest_goes_on(realm: None, tmp_path: Path, end: str) -> None:
    lines = [GOOD[0], *BAD.values(), GOOD[1]]
    file = written(tmp_path, lines, end=end)
    report, refusals = replayed(file, batch=3)
    assert (report.taken, report.refused) == (2, len(BAD))
    assert sorted(line for line, _key, _reason in refusals) == list(range(3, 3 + len(BAD)))
    with file.with_suffix(".refused").open(encoding="utf-8") as refused:
        told = list(csv.DictReader(refused))
    assert len(told) == len(BAD) and all(row["reason"] for row in told)


@pytest.mark.django_db(transaction=True)
def test_bytes_that_are_not_utf8_are_refused_by_line(realm: None, tmp_path: Path) -> None:
    file = written(tmp_path, GOOD[:1])
    file.write_bytes(file.read_bytes() + b"C1,NYCC34,2016-03-04,,Utilities,,,,Caf\xe9,,\n")
    report, refusals = replayed(file)
    assert report.taken == 1 and [line for line, *_ in refusals] == [3]


@pytest.mark.django_db(transaction=True)
def test_a_second_run_changes_nothing(realm: None, tmp_path: Path) -> None:
    file = tmp_path / "requests.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, *GOOD]).encode()))
    replayed(file)
    before = rows("SELECT count(*), max(id) FROM journal_entry")
    report, refusals = replayed(file)
    assert (report.taken, report.known, refusals) == (0, 4, [])
    assert rows("SELECT count(*), max(id) FROM journal_entry") == before


@pytest.mark.django_db(transaction=True)
def test_what_was_cut_off_is_finished_by_the_next_run(realm: None, tmp_path: Path) -> None:
    lines = [f"K{number},NYCC{number % 51 + 1:02d},2016-03-01,2016-03-04,Utilities,,,,,," for number in range(40)]
    replayed(written(tmp_path, lines[:17]), batch=5)
    report, _refusals = replayed(written(tmp_path, lines), batch=5)
    assert (report.taken, report.known) == (23, 17)
    assert rows("SELECT count(*) FROM orders_order") == [(40,)]
    assert rows("SELECT count(*) FROM journal_entry WHERE act = 'orders.import'") == [(80,)]


@pytest.mark.django_db(transaction=True)
def test_a_file_without_the_columns_is_refused_whole(realm: None, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(Exception, match="lacks the columns"):
        replayed(file)
    assert rows("SELECT count(*) FROM orders_order") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_key_keeps_its_number_when_a_line_before_it_is_mended(realm: None, tmp_path: Path) -> None:
    broken = GOOD[0].replace("Con Edison", "Dragon fire")
    report, _refusals = replayed(written(tmp_path, [broken, GOOD[3]]))
    assert (report.taken, report.refused) == (1, 1)
    report, _refusals = replayed(written(tmp_path, [GOOD[0], GOOD[3]]))
    assert (report.taken, report.known) == (1, 1)
    assert rows("SELECT source_key FROM orders_order ORDER BY 1") == [("nyc-council:A1",), ("nyc-council:A1#2",)]


@pytest.mark.django_db(transaction=True)
def test_entries_say_what_the_rows_say(realm: None, tmp_path: Path) -> None:
    replayed(written(tmp_path, GOOD))
    said = rows(
        "SELECT count(*) FROM orders_event v JOIN orders_order o ON o.id = v.order_id"
        " JOIN journal_entry e ON e.subject = 'order:' || o.id AND e.at = v.at"
        " CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::jsonb -> 'after') AS image (after)"
        " WHERE (after -> 'event' ->> 'act', (after -> 'event' ->> 'sequence')::int, after ->> 'state')"
        "       = (v.act, v.sequence, v.to_state)"
        "   AND (after ->> 'code', after ->> 'title', after ->> 'description', after ->> 'address', after -> 'form')"
        "       = (o.code, o.title, o.description, o.address, o.form)"
        "   AND (after ->> 'placed_at')::timestamptz = o.placed_at AND (after ->> 'place')::uuid = o.place_id"
        "   AND after ->> 'source_key' = o.source_key AND sha256(e.salt || e.body) ="
        "       decode(convert_from(e.leaf, 'UTF8')::jsonb ->> 'commitment', 'hex')"
    )
    assert said == rows("SELECT count(*) FROM journal_entry WHERE act = 'orders.import'") == [(8,)]


@pytest.mark.django_db(transaction=True)
def test_columns_that_only_texts_name_are_asked_for(realm: None, tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_text(HEADER.replace(",city,", ",town,") + "\n" + GOOD[0] + "\n")
    with pytest.raises(InvalidInput, match="lacks the columns city"):
        replayed(file)


@pytest.mark.django_db(transaction=True)
def test_the_log_takes_them_in_the_order_of_the_file(realm: None, own_log: Path, tmp_path: Path) -> None:
    lines = [f"K{number},NYCC{number % 51 + 1:02d},2016-03-01,2016-03-04,Utilities,,,,,," for number in range(60)]
    replayed(written(tmp_path, lines), batch=2)
    sequence()
    placed = rows(
        "SELECT o.source_key FROM journal_sequence s JOIN journal_entry e ON e.id = s.entry_id"
        " JOIN orders_order o ON e.subject = 'order:' || o.id ORDER BY s.index"
    )
    assert placed == [(f"nyc-council:K{number}",) for number in range(60) for _entry in range(2)]


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_ends_the_run_and_the_next_run_finishes(
    realm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"K{number},NYCC{number % 51 + 1:02d},2016-03-01,2016-03-04,Utilities,,,,,," for number in range(60)]
    file = written(tmp_path, lines)
    with monkeypatch.context() as patch:
        patch.setattr(imports, "store_past_orders", failing_at("nyc-council:K20"))
        with pytest.raises(OperationalError, match="gone"):
            replayed(file, batch=2)
    here = rows("SELECT count(*) FROM orders_order")[0][0]
    assert isinstance(here, int) and 20 <= here < 60
    report, _refusals = replayed(file)
    assert (report.taken, report.known) == (60 - here, here)
    assert rows("SELECT count(*) FROM journal_entry WHERE act = 'orders.import'") == [(120,)]


def failing_at(key: str) -> Callable[..., int]:
    """Store like the act, but lose the connection at the batch that holds a key."""

    def store(actor: Actor, *, prepared: PreparedOrders, begun: Callable[[], None]) -> int:
        if key.encode() in prepared.orders:
            raise OperationalError("the server is gone")
        return store_past_orders(actor, prepared=prepared, begun=begun)

    return store
