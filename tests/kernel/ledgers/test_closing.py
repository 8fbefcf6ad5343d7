"""An account that is being closed while somebody posts on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.kernel.ledgers.village import Village, run
from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, prepare_entry, set_scope

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_posts_meanwhile_waits_and_is_refused(village: Village) -> None:
    set_scope(SYSTEM.scope)
    account_id = village.accounts["112"]

    def posting() -> Exception | None:
        try:
            village.post("112", "501", 100)
        except Conflict as refused:
            return refused
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            entry = prepare_entry(
                act="test.close", subject=f"account:{account_id}", after={}, actor=SYSTEM, at=timezone.now()
            )
            run(INSERT_ENTRY, list(entry.row()))
            run("UPDATE ledgers_account SET closed_on = '2024-06-01' WHERE id = %s", [account_id])
            posted = pool.submit(posting)
            until(lambda: run("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0] > 0)
        refused = posted.result(20)
    assert refused is not None and "One of the accounts is closed" in str(refused)
    assert run("SELECT posted_debit FROM ledgers_account WHERE id = %s", [account_id]) == [(0,)]


def until(holds: Callable[[], bool]) -> None:
    """Wait for what must come to hold."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.01)
