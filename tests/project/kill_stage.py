"""What the killing test begins with: a small prefecture, and requests whose clocks come due one after another.

Run as a program on an installation's folder, beside its server: python -m tests.project.kill_stage COUNT SECONDS
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

from tianqu.project.starting import start_django

DISPATCH_MINUTES = 300  # longer ago than the worker dispatches by itself, so that the clock runs out
FIRST_DUE = timedelta(seconds=5)


def lay_down(count: int, *, seconds: float, now: datetime) -> None:
    """Load the prefecture, and place ``count`` requests of which one comes due every ``seconds``."""
    from tests.orders import hotline
    from tianqu.kernel.journal.api import SYSTEM

    stage = hotline.build()
    clocks = {"dispatch": {"promised": f"{DISPATCH_MINUTES} minutes"}}
    answerable = [{"unit_kind": "housing_bureau", "jurisdiction": "county"}]
    hotline.load_items(
        SYSTEM,
        definitions=[
            hotline.item("clock.runs", "到点", clocks=clocks),
            hotline.item("lamp.sent", "路灯派单", answerable=answerable),
        ],
    )
    for number in range(count):
        due = now + FIRST_DUE + timedelta(seconds=number * seconds)
        stage.place(item="clock.runs", title=f"第{number}件", at=due - timedelta(minutes=DISPATCH_MINUTES))


def main(arguments: list[str]) -> None:
    """Read how many requests, and how many seconds between their due times."""
    start_django()
    from django.utils import timezone

    lay_down(int(arguments[0]), seconds=float(arguments[1]), now=timezone.now())


if __name__ == "__main__":
    main(sys.argv[1:])
