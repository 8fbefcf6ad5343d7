"""What the worker does for ledgers: every minute what is due, each night the proof of the balances."""

from __future__ import annotations

import logging
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django import app

from tianqu.kernel.journal.api import own_connection
from tianqu.kernel.ledgers.checking import check_balances
from tianqu.kernel.ledgers.timing import void_expired

ROUNDS_MAX: Final = 50
logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="ledgers.void_expired", queueing_lock="ledgers.void_expired")
@own_connection
def void(timestamp: int) -> None:
    """Void pending transfers whose time is over, batch after batch, until none is left."""
    for _round in range(ROUNDS_MAX):
        if void_expired(timezone.now()) == 0:
            break


@app.periodic(cron="21 18 * * *")  # UTC: in the night of China
@app.task(name="ledgers.check_balances", queueing_lock="ledgers.check_balances")
@own_connection
def check(timestamp: int) -> None:
    """Prove every kept balance equal to the sum of its legs, and say loudly where it is not."""
    found = check_balances()
    if found.difference_count:
        logger.error("%s balances differ from their legs; see the check %s", found.difference_count, found.id)
