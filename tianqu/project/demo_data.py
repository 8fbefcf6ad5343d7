"""What the demo does beside the steps that packs declare: whether it is there, and what the text models learn."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from django.db import connection

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.packs.hotline.demo_past import Stage, last_full_day

TEXTS_OF_ITEM: Final = 40


def demo_is_there() -> bool:
    """Whether this database has orders already."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM orders_order)")
        row = cursor.fetchone()
    return bool(row and row[0])


def write_training_texts(stage: Stage, path: Path) -> int:
    """Write invented texts with the item they ask for and the kind of unit that answers; return how many.

    The one is what the model of items learns, the other the model that dispatches.
    """
    day = last_full_day(stage.calendar)
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label", "item"))
        for code, item in stage.items.items():
            weight = int(stage.inventor.words["items"][code]["weight"])
            for _each in range(TEXTS_OF_ITEM + 2 * weight):
                place = stage.planner.random.choice(stage.places).name
                text = stage.inventor.request(item, place=place, day=day).description
                writer.writerow((text, item.answerable[0].unit_kind, code))
                count += 1
    return count
