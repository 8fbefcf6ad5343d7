"""The ceiling: the very SQL of an act or a query in a tight loop, without HTTP.

    python -m benchmarks.ceiling place|read SECONDS < SPEC

The statements are not written here. The real act (or query) is called with a cursor that notes down each statement and
its parameters instead of sending it; what was noted is what the loop then sends, over psycopg connections of its own
with the statement prepared, each statement its own transaction. Eight processes write; they begin together.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterable
from itertools import cycle
from multiprocessing.synchronize import Barrier
from typing import Any, Final
from unittest.mock import patch

import psycopg

from tianqu.project.starting import start_django

start_django()

from django.conf import settings  # noqa: E402  Django is set up first
from django.db import connection  # noqa: E402

from benchmarks.preparing import actor_called  # noqa: E402
from benchmarks.texts import request_text  # noqa: E402
from tianqu.base.errors import NotFound  # noqa: E402
from tianqu.base.identifiers import new_identifier  # noqa: E402
from tianqu.kernel.journal.api import Actor  # noqa: E402
from tianqu.kernel.journal.scopes import scope_settings  # noqa: E402
from tianqu.kernel.orders import placing  # noqa: E402
from tianqu.kernel.orders.api import Contact, order_document_called, place_id_called, place_order  # noqa: E402
from tianqu.kernel.orders.codes import order_code  # noqa: E402

WRITERS: Final = 8
READERS: Final = 8
TEXTS: Final = 40  # different orders that one writer has at hand
Statement = tuple[Any, Any]


class _NotedError(Exception):
    """Raised in the place of sending: the act went no further."""


def noted(call: Callable[[], object], *, begins: str) -> Statement:
    """Call something, and return the statement that begins so, with its parameters, instead of sending it."""
    found: list[Statement] = []
    real = placing.execute_prepared

    def note(query: Any, params: Any) -> None:
        if isinstance(query, str) and query.lstrip().startswith(begins):
            found.append((query, params))
            raise _NotedError

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            note(query, params)
            return super().execute(query, params, **options)

    def noting(session: Any, statement: str, given: Any) -> Any:
        note(statement, given)
        return real(session, statement, given)

    connection.ensure_connection()
    session = connection.connection
    before, session.cursor_factory = session.cursor_factory, Noting
    try:
        with patch.object(placing, "execute_prepared", noting):
            call()
    except _NotedError:
        pass
    finally:
        session.cursor_factory = before
    assert len(found) == 1, f"{len(found)} statements begin with {begins}"
    return found[0]


def placements(actor: Actor, prepared: dict[str, Any], *, count: int, seed: int) -> list[Statement]:
    """The statements of so many orders, with the texts that the benchmark over HTTP sends."""
    chance = random.Random(seed)
    places = [place_id_called(code) for code in prepared["places"]]

    def one() -> Statement:
        return noted(
            lambda: place_order(
                actor, item=prepared["item"], place_id=chance.choice(places), title="下水道堵塞",
                description=request_text(chance), contact=Contact(name="李梅", phone="13800000000"),
                address="解放路1号",
            ),
            begins="WITH placed",
        )  # fmt: skip

    return [one() for _n in range(count)]


def readings(actor: Actor, prepared: dict[str, Any]) -> list[Statement]:
    """The statement of each order's document."""

    def one(code: str) -> Statement:
        return noted(lambda: order_document_called(actor, code=code), begins="SELECT json_build_object")

    return [one(code) for code in prepared["codes"][:TEXTS]]


def own_connection(actor: Actor) -> psycopg.Connection[Any]:
    """A connection as the server's are, with the eyes of the actor."""
    database = connection.settings_dict
    own = psycopg.connect(
        host=database["HOST"], dbname=database["NAME"], user=database["USER"], autocommit=True, prepare_threshold=1
    )
    names, values = scope_settings(actor.scope)
    for name, value in zip(names, values, strict=True):
        own.execute("SELECT set_config(%s, %s, false)", [name, value])
    return own


def write(number: int, prepared: dict[str, Any], seconds: float, barrier: Barrier, results: Any) -> None:
    """Place orders in a loop."""
    _account, actor = actor_called("operator")
    statements = placements(actor, prepared, count=TEXTS, seed=number)
    connection.close()
    loop((renumbered(*chosen) for chosen in cycle(statements)), own_connection(actor), seconds, barrier, results)


def renumbered(sql: Any, parameters: dict[str, Any]) -> Statement:
    """The same order once more, under an identifier and a code of its own."""
    order_id = new_identifier()
    return sql, parameters | {"id": order_id, "code": order_code(order_id), "subject": f"order:{order_id}"}


def read(number: int, prepared: dict[str, Any], seconds: float, barrier: Barrier, results: Any) -> None:
    """Read orders in a loop."""
    _account, actor = actor_called("operator")
    statements = readings(actor, prepared)
    connection.close()
    loop(cycle(statements), own_connection(actor), seconds, barrier, results, fetch=True)


def loop(
    statements: Iterable[Statement], own: psycopg.Connection[Any], seconds: float, barrier: Barrier, results: Any,
    *, fetch: bool = False,
) -> None:  # fmt: skip
    """Send statements for some seconds from when everybody is ready; hand in how many, and for how long."""
    cursor = own.cursor()
    barrier.wait()
    begun = time.perf_counter()
    until, done = begun + seconds, 0
    for sql, parameters in statements:
        cursor.execute(sql, parameters, prepare=True)
        if fetch and cursor.fetchone() is None:
            raise NotFound("an order of the loop is gone")
        done += 1
        if time.perf_counter() > until:
            break
    results.put((done, time.perf_counter() - begun))


def main(what: str, seconds: float) -> None:
    """Run the writers or readers and print what they did a second, in all."""
    prepared = json.load(sys.stdin)
    connection.close()
    settings.DEBUG = False
    context = multiprocessing.get_context("fork")
    count = WRITERS if what == "place" else READERS
    barrier, results = context.Barrier(count), context.Queue()
    target = write if what == "place" else read
    workers = [context.Process(target=target, args=(n, prepared, seconds, barrier, results)) for n in range(count)]
    for worker in workers:
        worker.start()
    done = [results.get(timeout=300) for _worker in workers]
    for worker in workers:
        worker.join()
    print(json.dumps({"rate": sum(count / took for count, took in done), "done": sum(count for count, _took in done)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
