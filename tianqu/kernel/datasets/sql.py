"""SQL for people who are entitled to it: one SELECT over the datasets that they name and may read, and nothing else.

Three walls stand behind each other. The statement is parsed by the engine's own parser and refused unless it only reads
the views of those datasets by functions that have no other reach (``sql_lawful``). The engine it runs in is a fresh one
that can open no file but the parts behind those views, changes none of its settings and spills nothing (``leash``). And
that engine lives in a process of its own (``sql_child``), which the system holds to its memory and its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.datasets import engine, storage
from tianqu.kernel.datasets.declarations import view_name
from tianqu.kernel.datasets.reading import Opened, dataset_called, open_version
from tianqu.kernel.datasets.sql_process import Answer, Asked, run_apart
from tianqu.kernel.datasets.statements import relation
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import require

ROWS_MAX: Final = 10_000
SQL_MAX: Final = 20_000  # characters
DATASETS_MAX: Final = 10


def ask_sql(actor: Actor, sql: str, *, datasets: Sequence[str]) -> Answer:
    """Run one SELECT over the newest versions of ``datasets``, each a view by its code with "_" for every dot.

    Raises ``NotPermitted``, ``NotFound``, ``InvalidInput`` for what is not a lawful SELECT, ``QueryTooLong``,
    ``TooLarge``, ``QueryEnded`` and ``Busy``.
    """
    require(actor, "datasets.sql")
    if not 1 <= len(datasets) <= DATASETS_MAX:
        raise InvalidInput(_("Name 1 to %(most)s datasets."), field="datasets", most=DATASETS_MAX)
    if len(sql) > SQL_MAX or "\x00" in sql:
        raise InvalidInput(_("At most %(most)s characters."), field="sql", most=SQL_MAX)
    views = {view_name(code): open_version(actor, dataset_called(actor, code)) for code in datasets}
    with engine.slot("question"):
        return run_apart(asked(sql, views))


def asked(sql: str, views: Mapping[str, Opened]) -> Asked:
    """What the process beside is told of a statement over versions that the actor may read."""
    parts = [part for opened in views.values() for part in opened.stored.parts]
    return Asked(
        sql=sql,
        views={name: f"SELECT * FROM {relation(opened.stored)}" for name, opened in views.items()},
        files={storage.readable(part.sha256): part.bytes for part in parts},
        local=storage.store_folder() is not None,
        memory_mb=settings.TIANQU_SQL_MEMORY_MB, seconds=float(settings.TIANQU_QUERY_SECONDS_MAX), rows_max=ROWS_MAX,
    )  # fmt: skip
