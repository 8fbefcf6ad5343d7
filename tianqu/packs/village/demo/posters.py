"""Posters of the demonstration: what some villages have put up, and what is left to be put up by its people."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import islice
from typing import Final

from django.utils import timezone

from tianqu.kernel.pack.api import DemoStage
from tianqu.packs.village.demo.queries import staffed_places
from tianqu.packs.village.wall.producing import publish_villages, published_below, villages_with_books
from tianqu.packs.village.wall.quarters import parse_quarter

VILLAGES: Final = 24
QUARTERS: Final = ("2020Q1", "2020Q2", "2020Q3", "2020Q4")
PUBLISHED_AFTER: Final = timedelta(days=12)


def posters_of_sample(stage: DemoStage) -> int:
    """Publish the quarters of 2020 of some villages of one township; return how many posters were new.

    Of the villages whose accountants can sign in too, but for the last quarter, which is theirs to publish. All others
    are a matter of ``tianqu wall publish``. Safe to run again.
    """
    villages = list(islice(villages_with_books(stage.root), VILLAGES))
    staffed = [each for path in sorted(staffed_places()) for each in islice(villages_with_books(path), 1)]
    count = 0
    for number, name in enumerate(QUARTERS):
        quarter = parse_quarter(name)
        known = published_below(stage.root, quarter=quarter)
        at = datetime.combine(quarter.last_day + PUBLISHED_AFTER, time(10), timezone.get_current_timezone())
        wanted = dict.fromkeys([*villages, *(staffed if name != QUARTERS[-1] else [])])
        waiting = [village for village in wanted if village.code not in known]
        count += sum(each.state == "done" for each in publish_villages(waiting, quarter=name, at=at))
        stage.tell(number + 1, len(QUARTERS))
    return count
