"""Browsers of a stranger and of officials, and a large catalogue made by one statement."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.kernel.datasets.office import Office
from tests.owner import as_owner
from tests.web.desk.browsing import browser
from tianqu.kernel.journal.api import Actor, Scope, seeing

MANY = """
INSERT INTO datasets_dataset (id, code, title, title_en, domain, unit_id, place_path, licence, frequency, access, cells,
    version, rows, bytes, created_at, changed_at, published_at)
SELECT gen_random_uuid(), 'many.d' || n, '数据' || n || (CASE n %% 7 WHEN 0 THEN '供水' ELSE '' END), 'Dataset ' || n,
    (%(domains)s::text[])[1 + n %% 19], %(unit)s::uuid, %(path)s::ltree, 'CC-BY-4.0', 'yearly',
    CASE n %% 50 WHEN 0 THEN 'closed' ELSE 'open' END, '[]', 0, 0, 0, now(), now(), now() - n * interval '1 minute'
FROM generate_series(1, %(count)s) n
"""


def reader(actor: Actor | None = None, language: str = "en") -> Client:
    """A browser of an official, or of somebody who has not signed in."""
    return browser(actor, language) if actor else Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)


def text_of(client: Client, address: str, **query: Any) -> str:
    """The text of a page that must be there."""
    answer = client.get(address, query)
    assert answer.status_code == 200, (address, answer.status_code, answer.content[:2000].decode())
    return answer.content.decode()


def statements(client: Client, address: str) -> tuple[Any, int]:
    """Get a page, and how many statements it needed."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    return answer, len(captured.captured_queries)


def fill_catalogue(office: Office, count: int) -> None:
    """Put many datasets into the catalogue; the guards are lifted for this one statement of a test."""
    from tianqu.kernel.datasets.api import DOMAINS

    unit = office.prefecture.units["c1.housing"]
    with seeing(Scope(everything=True)), connection.cursor() as cursor:
        as_owner("ALTER TABLE datasets_dataset DISABLE TRIGGER USER")
        cursor.execute(MANY, {"domains": list(DOMAINS), "unit": unit.id, "path": str(unit.place.path), "count": count})
        as_owner("ALTER TABLE datasets_dataset ENABLE TRIGGER USER")
        as_owner("ANALYZE datasets_dataset")
