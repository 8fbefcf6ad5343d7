"""A menu of an office with contract and budget, and orders of a village, for what goes through every act and role."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone
from PIL import Image

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import forget_catalogue, items_in, publish_items
from tianqu.kernel.places.api import create_unit
from tianqu.kernel.tours.api import note_tour, plan_tour
from tianqu.packs.culture.declaring.acts import Priced, declare_contract, declare_troupe, declare_work, grant_budget
from tianqu.packs.culture.shows.acts import commit_show, confirm_show, order_show, say_given

ITEM = Path(__file__).resolve().parents[2] / "realms" / "dezhou" / "items" / "culture-orders.yaml"
DAY = timedelta(days=1)


def marked_culture(*, county_id: UUID, parent_id: UUID, place_id: UUID) -> dict[str, Any]:
    """Declare, order and engage for a village, at an office below a unit; give things by the names of acts' keywords.

    ``shows`` has the performance with which each act could be done.
    """
    unit_id = create_unit(
        SYSTEM, code="marked.culture", name="标记局", kind="culture_bureau", place_id=county_id, parent_id=parent_id
    )
    publish_items(SYSTEM, definitions=items_in(ITEM.read_bytes(), name="culture-orders.yaml"))
    forget_catalogue()
    today, now = timezone.localdate(), timezone.now()
    names = {"name": "标记", "name_en": "Marked"}
    declare_troupe(SYSTEM, unit_id=unit_id, troupe="marked", troupe_unit_id=unit_id, **names)
    declare_work(
        SYSTEM, unit_id=unit_id, work="marked", kind="show", genre="opera", words="。", words_en=".",
        length_minutes=60, **names,
    )  # fmt: skip
    declare_contract(
        SYSTEM, number="标记", troupe="marked", starts_on=today - 60 * DAY, ends_on=today + 60 * DAY, rating_floor=300,
        raters_least=1, offers=[Priced("marked", 100)],
    )  # fmt: skip
    grant_budget(SYSTEM, unit_id=unit_id, transfer_id=new_identifier(), amount_fen=10_000)
    shows = {name: new_identifier() for name in ("ordered", "committed", "given", "confirmed", "disputed")}
    before = now - 10 * DAY
    for number, (name, show_id) in enumerate(shows.items()):
        day, begins = today - 5 * DAY, now - 2 * DAY - number * timedelta(hours=2)
        order_show(SYSTEM, show_id=show_id, place_id=place_id, work="marked", first_day=day, last_day=today, at=before)  # type: ignore[call-arg]
        if name != "ordered":
            commit_show(SYSTEM, show_id=show_id, contract="标记", starts_at=begins, at=before)  # type: ignore[call-arg]
        if name in ("given", "confirmed", "disputed"):
            say_given(SYSTEM, show_id=show_id, given_at=begins, attendance=9, files=[_photo(number)])
        if name in ("confirmed", "disputed"):
            confirm_show(SYSTEM, show_id=show_id, attendance=9 if name == "confirmed" else 5)
    shown = {
        "culture.commit_show": shows["ordered"], "culture.accept_show": shows["committed"],
        "culture.say_given": shows["committed"], "culture.confirm_show": shows["given"],
        "culture.settle_dispute": shows["disputed"], "culture.pay_show": shows["confirmed"],
        "culture.refuse_payment": shows["confirmed"], "culture.cancel_show": shows["committed"],
        "culture.rate_show": shows["given"], "culture.move_show": shows["committed"],
        "culture.hand_over_show": shows["committed"], "culture.swap_shows": shows["committed"],
    }  # fmt: skip
    plan_id, ahead = new_identifier(), {"first_on": today + DAY, "last_on": today + 9 * DAY}
    plan_tour(SYSTEM, tour_id=plan_id, kind="culture", unit_id=unit_id, name="标记", budget_fen=10_000, **ahead)
    empty = {"shows": [], "unserved": [], "cost": {}, "bound": 0, "proved": True, "moved": []}
    note_tour(SYSTEM, tour_id=plan_id, done=100, result=empty)
    return {
        "tour_id": plan_id,
        "carrier": "marked",
        "troupe": "marked",
        "work": "marked",
        "contract": "标记",
        "shows": shown,
        "other_show": shows["disputed"],
    }


def _photo(number: int) -> UUID:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), (0, 50 * number, 0)).save(content, "JPEG")
    return store_file(SYSTEM, content=content.getvalue(), name="标记.jpg").id
