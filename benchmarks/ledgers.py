"""Posting transfers: batches beside one set-based statement without laws and journal, and single ones over HTTP.

    python -m benchmarks.ledgers batches ROUNDS
    python -m benchmarks.ledgers prepare [SERIES]
    python -m benchmarks.ledgers write SECONDS < PREPARED

The raw tables have the same columns, checks and indexes as ours, but no triggers and no journal; the raw statement
writes the same transfers and legs, and keeps the same sums. Both sides get rows that were made ready beforehand only
where ours does that too: what it costs to make bodies, salts and hashes is in our time.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson

from benchmarks.table import Measure

BATCH: Final = 8_190
BATCHES: Final = 8  # in a round, so that what goes before the first is a small part
BOOKS: Final = 100
WRITERS: Final = 8
BATCH_RATIO_MINIMUM: Final = 0.6  # of one set-based statement, that issue 3 asks for
HTTP_RATIO_MINIMUM: Final = 0.45  # of the same statement in a loop of 8 writers
REQUESTS_A_SECOND: Final = 2_500
FIRST_DAY: Final = date(2019, 1, 1)
CODES: Final = ("101", "102", "112", "201", "301", "501", "502", "511", "513", "514", "515", "551")
PURPOSES: Final = ("收土地承包费", "支付村道维修费", "收到上级补助", "支付办公费", "收回欠款")


def set_up() -> None:
    """Start Django; the module is imported by the runner without it."""
    from tianqu.project.starting import start_django

    start_django()


def open_books(*, count: int, series: str = "bench", **owner: Any) -> list[tuple[str, list[int]]]:
    """Open so many books of money; return each with its accounts."""
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.ledgers import api

    lines = [api.ChartLine(code, code, code, "assets", "debit") for code in CODES]
    api.publish_chart(SYSTEM, code=series, title=series, title_en=series, lines=lines, valid_from=FIRST_DAY)
    books = []
    for number in range(count):
        code = f"{series}.{number:05d}"
        api.open_book(
            SYSTEM, code=code, name=code, ledgers=[api.NewLedger("money", "fen", series)], first_day=FIRST_DAY,
            **owner,
        )  # fmt: skip
        with seeing(SYSTEM.scope):
            books.append((code, [account.id for account in api.accounts_of(api.book_called(code))]))
    return books


def drawn(chance: random.Random, books: list[tuple[str, list[int]]]) -> Iterator[dict[str, Any]]:
    """Invented transfers of two legs without end."""
    while True:
        code, accounts = chance.choice(books)
        debit, credit = chance.sample(accounts, 2)
        amount = chance.randrange(1, 5_000_000)
        yield {
            "book": code, "day": (FIRST_DAY + timedelta(days=chance.randrange(365))).isoformat(),
            "legs": [(debit, amount), (credit, -amount)], "purpose": chance.choice(PURPOSES),
            "reference": f"contract:{chance.randrange(10**6)}", "voucher": f"记-{chance.randrange(1_000)}",
            "kind": "rent",
        }  # fmt: skip


def told(chance: random.Random, *, count: int) -> Iterator[dict[str, Any]]:
    """What so many transfers say, for somebody who has accounts of their own."""
    return islice(drawn(chance, [("", [1, 2])]), count)


def given(told: dict[str, Any]) -> Any:
    """The transfer as our API takes it."""
    from tianqu.base.identifiers import new_identifier
    from tianqu.kernel.ledgers.api import NewLeg, NewTransfer

    return NewTransfer(
        new_identifier(), date.fromisoformat(told["day"]), tuple(NewLeg(*leg) for leg in told["legs"]), told["kind"],
        told["purpose"], told["reference"], told["voucher"],
    )  # fmt: skip


RAW: Final = """
CREATE TABLE raw_transfer (LIKE ledgers_transfer INCLUDING ALL);
CREATE TABLE raw_leg (LIKE ledgers_leg INCLUDING ALL);
CREATE TABLE raw_account (LIKE ledgers_account INCLUDING ALL);
CREATE TABLE raw_total (LIKE ledgers_total INCLUDING ALL);
CREATE TABLE raw_book (book uuid PRIMARY KEY, last bigint NOT NULL);
ALTER TABLE raw_account SET (fillfactor = 70);
ALTER TABLE raw_total SET (fillfactor = 70);
INSERT INTO raw_account OVERRIDING SYSTEM VALUE SELECT * FROM ledgers_account;
INSERT INTO raw_book SELECT id, 0 FROM ledgers_book;
GRANT ALL ON raw_transfer, raw_leg, raw_account, raw_total, raw_book TO PUBLIC
"""
# The same transfers, legs, sums and numbers in one statement, without laws and without a journal.
RAW_POST: Final = """
WITH given AS (
    SELECT * FROM unnest(%(id)b::uuid[], %(book_id)b::uuid[], %(day)b::date[], %(kind)b::text[], %(purpose)b::text[],
        %(reference)b::text[], %(voucher)b::text[], %(pending)b::bool[], %(legs_count)b::int2[], %(digest)b::bytea[])
        WITH ORDINALITY AS g (id, book_id, day, kind, purpose, reference, voucher, pending, legs_count, digest, place)
), taken AS (
    UPDATE raw_book b SET last = b.last + n.count FROM (SELECT book_id, count(*) FROM given GROUP BY 1) n
    WHERE b.book = n.book_id RETURNING b.book, b.last
), numbered AS (
    SELECT g.*, t.last - count(*) OVER (PARTITION BY g.book_id)
        + row_number() OVER (PARTITION BY g.book_id ORDER BY g.place) AS number
    FROM given g JOIN taken t ON t.book = g.book_id
), transfers AS (
    INSERT INTO raw_transfer (id, book_id, number, day, kind, purpose, reference, voucher, pending, legs_count, digest,
        at)
    SELECT id, book_id, number, day, kind, purpose, reference, voucher, pending, legs_count, digest, now()
    FROM numbered ORDER BY place
), legs AS (
    SELECT n.id, n.pending, l.position, l.account_id, n.day, n.number, l.amount
    FROM unnest(%(leg_place)b::int8[], %(leg_position)b::int2[], %(leg_account_id)b::int8[], %(leg_amount)b::int8[])
        AS l (place, position, account_id, amount) JOIN numbered n ON n.place = l.place
), written AS (
    INSERT INTO raw_leg (transfer_id, held, position, account_id, day, number, amount) SELECT * FROM legs
), accounts AS (
    UPDATE raw_account a SET posted_debit = a.posted_debit + s.debit, posted_credit = a.posted_credit + s.credit
    FROM (SELECT account_id, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
        coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS credit FROM legs GROUP BY 1) s WHERE a.id = s.account_id
)
INSERT INTO raw_total AS t (account_id, months, starts_on, debit, credit)
    SELECT account_id, months, CASE months WHEN 1 THEN month ELSE date_trunc('year', month) END::date,
        sum(debit), sum(credit)
    FROM (SELECT account_id, date_trunc('month', day::timestamp) AS month,
        coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
        coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS credit FROM legs GROUP BY 1, 2) s
        CROSS JOIN (VALUES (1), (12)) span (months)
    GROUP BY 1, 2, 3
    ON CONFLICT (account_id, months, starts_on)
        DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit
"""


@contextmanager
def throwaway() -> Iterator[None]:
    """A database that nobody else uses."""
    from django.conf import settings
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder:
        settings.VAR = Path(folder)
        settings.TIANQU_LOG_URL = str(Path(folder) / "log")
        connection.settings_dict["TEST"]["NAME"] = "tianqu_benchmark_ledgers"
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def batches(rounds: int) -> list[float]:
    """Post batches, ours and raw in turns; return the rates of both and the ratio, the middle ones of the rounds."""
    from django.db import connection
    from django.utils import timezone

    from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
    from tianqu.kernel.ledgers.api import known_book, post_many, prepare_transfers
    from tianqu.kernel.ledgers.encoding import take_encoded
    from tianqu.kernel.places.api import Place, add_place
    from tianqu.project.roles import as_owner

    with throwaway():
        add_place(SYSTEM, code="1", name="一", kind="village", parent_id=None, on=FIRST_DAY)
        books = open_books(count=BOOKS, place_id=Place.objects.get().id)
        with as_owner(), seeing(SYSTEM.scope), connection.cursor() as cursor:
            for statement in RAW.split(";"):
                cursor.execute(statement)
        set_scope(SYSTEM.scope)
        known = {code: known_book(code, SYSTEM.scope) for code, _accounts in books}
        transfers = drawn(random.Random(3), books)
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(rounds + 1):  # the first warms both up
            given_now = [(known[told["book"]], given(told)) for told in islice(transfers, BATCH * BATCHES)]
            again = [(book, replace(each, id=uuid4())) for book, each in given_now]
            gc.collect()
            gc.freeze()  # or looking through the rows of the benchmark itself would be counted, and as ours alone
            begun = time.perf_counter()
            for _count in post_many(SYSTEM, at=timezone.now(), transfers=given_now, batch=BATCH):
                pass
            ended = time.perf_counter()
            parameters = [
                parameters_of(prepare_transfers(SYSTEM, at=timezone.now(), transfers=again[start : start + BATCH]))
                for start in range(0, len(again), BATCH)
            ]
            raw_begun = time.perf_counter()
            with connection.cursor() as cursor:
                take_encoded(cursor.cursor)
                for each in parameters:
                    cursor.cursor.execute(RAW_POST, each, prepare=True)
            raw_ended = time.perf_counter()
            gc.unfreeze()
            print(f"ours {ended - begun:.3f} s, raw {raw_ended - raw_begun:.3f} s", file=sys.stderr)
            if number:
                ours.append(len(given_now) / (ended - begun))
                theirs.append(len(again) / (raw_ended - raw_begun))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return [statistics.median(ours), statistics.median(theirs), ratio]


def parameters_of(prepared: Any) -> dict[str, Any]:
    """What the raw statement is given: the same columns, made ready and encoded before its time begins."""
    return dict(prepared.encode().encoded)


def prepare(series: str = "bench") -> dict[str, Any]:
    """Open a series of books in the installation, and give their bookkeeper a token."""
    from datetime import UTC, datetime

    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.places.api import (
        Account,
        Unit,
        actor_of,
        appoint,
        create_account,
        create_person,
        issue_token,
    )

    with seeing(SYSTEM.scope):
        unit = Unit.objects.get(code="371402.housing_bureau")
    books = open_books(count=BOOKS, series=series, unit_id=unit.id)
    person_id = create_person(SYSTEM, unit_id=unit.id, name="记账员")
    appoint(SYSTEM, person_id=person_id, unit_id=unit.id, role="bookkeeper", valid_from=FIRST_DAY)
    create_account(SYSTEM, person_id=person_id, login=f"bookkeeper.{series}")
    with seeing(SYSTEM.scope):
        account = Account.objects.get(login=f"bookkeeper.{series}")
        actor = actor_of(account, channel="api")
    issued = issue_token(
        actor, account_id=account.id, name="benchmark", scopes=("ledgers.*",), post_id=actor.post_id,
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    return {"token": issued.secret, "books": books}


def requests(prepared: dict[str, Any], *, count: int) -> list[bytes]:
    """Requests to post so many transfers, each with an identifier of its own, as they go over the wire."""
    from benchmarks.load import posted

    headers = {"Authorization": f"Bearer {prepared['token']}"}
    books = [(code, list(accounts)) for code, accounts in prepared["books"]]
    made = []
    for told in islice(drawn(random.Random(), books), count):
        body = {**told, "legs": [{"account_id": account, "amount": amount} for account, amount in told["legs"]]}
        made.append(posted("/api/v1/transfers", orjson.dumps({**body, "transfer_id": str(uuid4())}), headers=headers))
    return made


def write(number: int, prepared: dict[str, Any], seconds: float, barrier: Any, results: Any) -> None:
    """Send the statement of the act in a loop, for transfers that were made ready before."""
    from django.db import connection
    from django.utils import timezone

    from benchmarks.ceiling import actor_called, loop, own_connection
    from tianqu.kernel.ledgers.api import known_book, prepare_transfers
    from tianqu.kernel.ledgers.posting import statement_of

    _account, actor = actor_called("bookkeeper.bench")
    books = [(code, list(accounts)) for code, accounts in prepared["books"]]
    told = list(islice(drawn(random.Random(number), books), 200))

    def statements() -> Iterator[tuple[Any, Any]]:
        ready = []
        for each in told:
            book = known_book(each["book"], actor.scope)
            made = prepare_transfers(actor, act="ledgers.post", at=timezone.now(), transfers=[(book, given(each))])
            ready.append(statement_of(actor, made))
        connection.close()
        while True:
            for sql, parameters in ready:
                transfer_id = uuid4()
                yield sql, parameters | {"id": transfer_id, "subject": f"transfer:{transfer_id}"}

    sending = statements()
    first = next(sending)
    loop(chain([first], sending), own_connection(actor), seconds, barrier, results)


def ceiling(seconds: float) -> dict[str, float]:
    """Let eight processes write; return what they did a second, in all."""
    prepared = json.load(sys.stdin)
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(WRITERS), context.Queue()
    workers = [context.Process(target=write, args=(n, prepared, seconds, barrier, results)) for n in range(WRITERS)]
    for worker in workers:
        worker.start()
    done = [results.get(timeout=300) for _worker in workers]
    for worker in workers:
        worker.join()
    return {"rate": sum(count / took for count, took in done)}


def measures(installed: Any, served: Any, *, seconds: float, rounds: int) -> list[Measure]:
    """Post over HTTP and in the loop in turns; the lines of the table."""
    from benchmarks.load import CONNECTIONS, drive

    prepared = installed.run("benchmarks.ledgers", "prepare")
    loads, ratios, cpu, ceilings = [], [], [], []
    drive(served.port, requests(prepared, count=400), seconds=5)
    for _round in range(rounds):
        made = requests(prepared, count=int(REQUESTS_A_SECOND * seconds))
        before = served.cpu_seconds()
        load = drive(served.port, made, seconds=seconds)
        after = served.cpu_seconds()
        assert load.refused == 0, load.refusal
        loads.append(load)
        cpu.append((after - before) / load.answered * 1000)
        ceilings.append(installed.run("benchmarks.ledgers", "write", str(seconds), given=prepared)["rate"])
        ratios.append(load.rate / ceilings[-1])
    middle = sorted(loads, key=lambda load: load.rate)[len(loads) // 2]
    return [
        Measure(
            f"post a transfer over HTTP, {CONNECTIONS} connections", f"{middle.rate:,.0f}/s",
            f"{statistics.median(ceilings):,.0f}/s the same SQL", statistics.median(ratios), " ×", "at least",
            HTTP_RATIO_MINIMUM,
        ),
        Measure("  processor time of the web processes a request", f"{statistics.median(cpu):.2f} ms"),
        Measure("  latency", f"p50 {middle.p50:.1f}, p95 {middle.p95:.1f}, p99 {middle.p99:.1f} ms"),
    ]  # fmt: skip


def main(what: str, *arguments: str) -> None:
    """Do one of the parts in a process of its own, and print what it found as JSON."""
    set_up()
    if what == "prepare":
        print(json.dumps(prepare(*arguments)))
    elif what == "write":
        print(json.dumps(ceiling(float(arguments[0]))))
    else:
        ours, theirs, ratio = batches(int(arguments[0]))
        line = Measure(
            f"post transfers in batches of {BATCH:,}", f"{ours:,.0f}/s", f"{theirs:,.0f}/s one statement, no journal",
            ratio, " ×", "at least", BATCH_RATIO_MINIMUM,
        )  # fmt: skip
        print(json.dumps([asdict(line)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
