"""The catalogue with as many datasets as the prefecture has: its search page and CKAN's package_search.

    python -m benchmarks.catalogue DATASETS ROUNDS

What is asked differs from turn to turn: words in both languages, domains, orders, pages. Statements are counted, and
the slow turns are held against the usual one. Runs in a process of its own, in an installation with a realm.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

from tianqu.project.starting import start_django

start_django()

from django.db import connection  # noqa: E402  Django is set up first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.table import Measure  # noqa: E402
from tianqu.kernel.datasets.api import DOMAINS, Column, Schema  # noqa: E402
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope  # noqa: E402
from tianqu.project.roles import as_owner  # noqa: E402

STATEMENTS_MAXIMUM: Final = 10
SLOW_MAXIMUM: Final = 3.0  # p95 beside p50
WORDS: Final = ("供水", "医院", "贸易", "water", "hospital", "2020", "德城", "crops", "nothing of the kind")
_DATASETS: Final = """
INSERT INTO datasets_dataset (id, code, title, title_en, description, description_en, domain, unit_id, place_path,
    licence, frequency, access, cells, version, rows, bytes, created_at, changed_at, published_at)
SELECT gen_random_uuid(), 'bench.d' || n, (%(zh)s::text[])[1 + n %% 4] || n, (%(en)s::text[])[1 + n %% 4] || ' ' || n,
    '德城等县市区 ' || repeat('按月统计的明细数据。', 1 + n %% 20),
    repeat('Monthly rows of each county. ', 1 + n %% 20),
    (%(domains)s::text[])[1 + n %% 19], u.id, u.path, 'CC-BY-4.0', 'yearly',
    CASE n %% 50 WHEN 0 THEN 'closed' ELSE 'open' END, '[]', 1, n, n * 10, now(), now(), now() - n * interval '1 minute'
FROM generate_series(1, %(count)s) n
JOIN (SELECT u.id, p.path, row_number() OVER (ORDER BY u.id) - 1 AS place, count(*) OVER () AS many
      FROM places_unit u JOIN places_place p ON p.id = u.place_id) u ON u.place = n %% u.many
"""
_VERSIONS: Final = """
INSERT INTO datasets_version (id, dataset_id, number, journal_index, schema, manifest, sidecar, rows, bytes, report,
    made_at)
SELECT gen_random_uuid(), id, 1, 0, %s::jsonb, '{"parts": []}', '{}', rows, bytes, '{}', now()
FROM datasets_dataset WHERE code LIKE 'bench.d%%'
"""


def fill(count: int) -> None:
    """Put so many datasets with a version each into the catalogue, with the guards lifted for this."""
    schema = Schema(
        (Column("county", "text", "县市区", "County"), Column("amount", "integer", "数量", "Amount"))
    ).json()
    told = {"zh": ["供水用户", "定点医院", "进出口贸易", "农作物"], "en": ["Water", "Hospitals", "Trade", "Crops"],
            "domains": list(DOMAINS), "count": count}  # fmt: skip
    with as_owner(), seeing(SYSTEM.scope), connection.cursor() as cursor:
        for table in ("datasets_dataset", "datasets_version"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(_DATASETS, told)
        cursor.execute(_VERSIONS, [json.dumps(schema)])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("datasets_dataset", "datasets_version"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE datasets_dataset, datasets_version")  # as autovacuum leaves them
    set_scope(SYSTEM.scope)


def pages(chance: random.Random, count: int) -> list[str]:
    """Addresses of the search page, each asking something else."""
    return [
        "/data/?" + urlencode({
            "q": " ".join(chance.sample(WORDS, chance.randrange(3))),
            "domain": chance.choice(["", "", *DOMAINS]), "sort": chance.choice(["newest", "title", "rows", "code"]),
        })
        for _n in range(count)
    ]  # fmt: skip


def searches(chance: random.Random, count: int) -> list[str]:
    """The same of CKAN's package_search, with facets."""
    return [
        "/ckan/api/3/action/package_search?" + urlencode({
            "q": " ".join(chance.sample(WORDS, chance.randrange(3))), "rows": 20, "start": 20 * chance.randrange(50),
            "facet.field": json.dumps(["organization", "groups", "license_id"]),
        })
        for _n in range(count)
    ]  # fmt: skip


def measured(name: str, addresses: Sequence[str]) -> list[Measure]:
    """Ask for every address; the statements and the slow turns."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="zh-hans")
    most, taken = 0, []
    for address in addresses[:20]:
        with CaptureQueriesContext(connection) as captured:
            _answered(client, address)
        most = max(most, len(captured.captured_queries))
    for address in addresses:
        begun = time.perf_counter()
        _answered(client, address)
        taken.append((time.perf_counter() - begun) * 1000)
    p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    return [
        Measure(f"catalogue: {name}, statements", str(most), "", most, "", "at most", STATEMENTS_MAXIMUM),
        Measure(f"catalogue: {name}, p95", f"{p95:.0f} ms", f"{p50:.0f} ms p50", p95 / p50, " ×", "at most",
                SLOW_MAXIMUM),
    ]  # fmt: skip


def _answered(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.content[:500])
    return answer


def main(count: int, rounds: int) -> None:
    """Measure, and print the lines as JSON."""
    fill(count)
    chance = random.Random(2020)
    measures = measured(f"search page of {count:,}", pages(chance, rounds))
    measures += measured("package_search", searches(chance, rounds))
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
