"""A process that asks what pages and exports ask, and says which of the libraries it has then that it does not need.

python -m tests.kernel.datasets.asking_alone STORE
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from decimal import Decimal

UNWANTED = ("pandas", "pyarrow", "polars", "ortools")


def main(store: str) -> None:
    """Write a part, ask it in every way, and name what was imported."""
    os.environ["TIANQU_DATASETS_URL"] = store
    from tianqu.project.starting import start_django

    start_django(database=False)
    from django.urls import get_resolver

    assert len(get_resolver().url_patterns) > 10  # with every page, as a process that serves has them
    from tianqu.kernel.datasets import api, engine
    from tianqu.kernel.datasets.parts import write_part
    from tianqu.kernel.datasets.row_files import making_engine
    from tianqu.kernel.datasets.statements import Stored, groups_statement, rows_statement

    row = {
        "kind": ("text", "'a'", "a"), "day": ("date", "DATE '2020-01-01'", date(2020, 1, 1)),
        "at": ("time", "TIMESTAMP '2020-01-01'", datetime(2020, 1, 1)), "firms": ("integer", "1", 1),
        "amount": ("decimal", "1.5", Decimal("1.5")), "open": ("boolean", "true", True),
    }  # fmt: skip
    schema = api.Schema(tuple(api.Column(name, told[0], decimals=told[0] == "decimal") for name, told in row.items()))  # type: ignore[arg-type]
    made = ", ".join(f"{told[1]} AS {name}" for name, told in row.items())
    with making_engine() as cursor:
        stored = Stored(schema, write_part(cursor, f"(SELECT {made})", schema), 0)
    conditions = tuple(api.Condition(name, "eq", (told[2],)) for name, told in row.items())
    question = api.Question(conditions=conditions)
    asked = [
        rows_statement(stored, question, after=None), rows_statement(stored, question, after=(None, -1)),
        groups_statement(stored, question, skip=0),
    ]  # fmt: skip
    for statement in asked:
        with engine.asking() as cursor:
            assert len(engine.fetched(cursor, statement.sql, statement.values)) == 1, statement
        assert [*engine.streamed(statement.sql, statement.values, seconds=60, count=9)] != [], statement
    sys.stdout.write(" ".join(["asked", *(name for name in UNWANTED if name in sys.modules)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
