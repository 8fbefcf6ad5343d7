"""What Beancount makes of files written for it; run by ``tools/agreement.py`` with a Python that has Beancount.

Each line of standard input is JSON: the path of a file and some days. The answer is one line of JSON: the accounts of
the file and their balances at the end of each day as (account, currency, whole number), and the first errors.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from typing import Any

from beancount import loader
from beancount.core import realization
from beancount.core.data import Directive, Open
from beancount.ops import summarize


def told(path: str, days: list[str]) -> dict[str, Any]:
    """Read a file and realize it as it is at the end of each day."""
    entries, errors, _options = loader.load_file(path)
    after = [date.fromisoformat(day) + timedelta(days=1) for day in days]
    return {
        "errors": [str(error.message) for error in errors[:3]],
        "accounts": [entry.account for entry in entries if isinstance(entry, Open)],
        "days": [balances(summarize.truncate(entries, day)) for day in after],
    }


def balances(entries: list[Directive]) -> list[tuple[str, str, int]]:
    """What each account itself holds; an amount that is not whole ends the program."""
    held = []
    for account in realization.iter_children(realization.realize(entries)):
        for position in account.balance:
            whole = int(position.units.number)
            assert position.cost is None and position.units.number == whole, account.account
            held.append((account.account, position.units.currency, whole))
    return held


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(told(**json.loads(line))), flush=True)
