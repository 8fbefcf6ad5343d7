"""What nobody should send to the forms and addresses of culture: refused in words, no fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.web.api.calling import ANYONE
from tianqu.packs.culture.tests.stage import Stage, browser
from tianqu.packs.culture.tests.test_declaring import contract_body, work_body

WRONG = ("坏\x00字", "坏\u202e字", "\ufffd", "9" * 40, "9999-12-31", "-1", "%' OR 1=1 --", "坏" * 6_000, "")


def posted(stage: Stage) -> list[tuple[Any, str, dict[str, Any]]]:
    """Who sends which fields where, each of which is good as it stands."""
    today = timezone.localdate().isoformat()
    given, committed, ordered = stage.given(), stage.committed(), stage.ordered()
    show, villager = "/culture/shows/{}/", stage.villager()
    when = {"day": today, "time": "23:59"}
    return [
        (stage.officer, "/desk/culture/works/declare", work_body(stage)),
        (stage.officer, "/desk/culture/contracts/declare",
         contract_body() | {"rating_floor": "3.5", "offers": "opera 5"}),
        (stage.officer, "/desk/culture/troupes/declare",
         {"troupe": "x1", "troupe_unit_id": "c1.meihua", "name": "团", "name_en": "T"}),
        (stage.officer, "/desk/culture/office", {"amount_fen": "5", "purpose": "年度", "sent_id": ""}),
        (stage.post, "/desk/culture/order",
         {"place": "P101009", "work": "opera", "first_day": today, "last_day": today, "note": "", "sent_id": ""}),
        (stage.officer, show.format(ordered), {"deed": "culture.commit_show", "contract": "1号", **when}),
        (stage.troupe, show.format(committed), {"deed": "culture.say_given", "attendance": "5", "note": "", **when}),
        (stage.post, show.format(given), {"deed": "culture.confirm_show", "attendance": "5", "note": ""}),
        (stage.officer, show.format(given), {"deed": "culture.settle_dispute", "attendance": "5", "reason": "无"}),
        (villager, show.format(given), {"deed": "culture.rate_show", "stars": "5"}),
        (villager, "/culture/works/opera/", {"wished": "yes"}), (villager, "/culture/me/", {"place": "P101009"}),
        (stage.officer, show.format(committed), {"deed": "culture.cancel_show", "cause": "weather", "reason": "大雨"}),
    ]  # fmt: skip


@pytest.mark.slow
def test_no_form_breaks(stage: Stage) -> None:
    for actor, address, fields in posted(stage):
        client = browser(actor)
        client.raise_request_exception = False
        for name in fields:
            for wrong in WRONG:
                answer = client.post(address, fields | {name: wrong})
                assert answer.status_code < 500, (address, name, wrong[:20], answer.content[-300:])


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/culture/", ("place", "kind")), ("/culture/shows/", ("place", "stand", "season", "after")),
        ("/culture/coverage/", ("place", "season", "after")), ("/culture/ranking/", ("kind",)),
        ("/culture/coverage.csv", ("place", "season")),
    ],
)  # fmt: skip
def test_no_filter_breaks(stage: Stage, address: str, names: tuple[str, ...]) -> None:
    client = browser()
    client.raise_request_exception = False
    for name in names:
        for wrong in WRONG:
            answer = client.get(address, {"place": "P1"} | {name: wrong})
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[attr-defined]
            assert answer.status_code < 500, (address, name, wrong[:20])


def test_no_operation_breaks(stage: Stage) -> None:
    for address in ("/culture/menu", "/culture/wishes", "/culture/shows", "/culture/coverage", "/culture/ranking"):
        for name in ("place", "kind", "season", "stand", "after", "by", "work"):
            for wrong in WRONG[:7]:
                assert ANYONE.get(address, **{"place": "P1", name: wrong}).status_code < 500, (address, name, wrong)
