"""What the tests of the log share: writing entries, running the sequencer, a log of each test's own."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tianqu.kernel.journal.acts import Acting
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Sequencer, prepare_entry
from tianqu.kernel.journal.models import Entry


def anybody(acting: Acting, /, **arguments: Any) -> None:
    """A permission check that lets everybody do it."""


def write_entries(count: int, *, first: int = 0, **options: Any) -> list[int]:
    """Commit ``count`` entries on three subjects in turn; return their ids."""
    now = timezone.now()
    rows = [
        prepare_entry(act="test.write", subject=f"probe:{n % 3}", after={"n": n}, actor=SYSTEM, at=now, **options).row()
        for n in range(first, first + count)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_ENTRY, rows)
    return list(Entry.objects.order_by("id").values_list("id", flat=True))[-count:]


def sequence() -> None:
    """Place and publish everything that is settled."""
    sequencer = Sequencer()
    sequencer.start()
    while sequencer.step():
        pass
    sequencer.stop()


def own_environment() -> dict[str, str]:
    """What a process of its own needs to work on the test's database and log."""
    database = connection.settings_dict
    query = urlencode({"host": database["HOST"], "port": database["PORT"]})
    user = ":".join(quote(part) for part in (database["USER"], database["PASSWORD"]) if part)
    return {
        **os.environ,
        "TIANQU_DATABASE_URL": f"postgresql://{user}@/{database['NAME']}?{query}",
        "TIANQU_VAR": str(settings.VAR),
        "TIANQU_LOG_URL": settings.TIANQU_LOG_URL,
        "TIANQU_LOG_ORIGIN": settings.TIANQU_LOG_ORIGIN,
    }
