"""What is too much is refused with the limit, or shortened with a mark; nothing is cut in silence."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.orders.hotline import MONDAY, Hotline
from tianqu.base.errors import InvalidInput, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.notices.api import notices_of
from tianqu.kernel.orders import api

DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [([DIGEST] * 51, TooLarge), (["a photo of the lamp"], InvalidInput), ([DIGEST.upper()], InvalidInput)],
)
def test_evidence(hotline: Hotline, evidence: list[str], fault: type[Exception]) -> None:
    order_id = hotline.accepted()
    told: dict[str, Any] = {"order_id": order_id, "answer_public": "修好了", "at": MONDAY}
    with pytest.raises(fault) as caught:
        api.finish_order(hotline.clerk, **told, evidence=evidence)
    assert caught.value.field == "evidence"  # type: ignore[attr-defined]
    api.finish_order(hotline.clerk, **told, evidence=[DIGEST] * 50)


def test_source_of_an_answer_on_the_spot(hotline: Hotline) -> None:
    order_id = hotline.place().order_id
    with pytest.raises(TooLarge) as caught:
        api.answer_order(hotline.dispatcher, order_id=order_id, answer_public="已答复", source="x" * 101, at=MONDAY)
    assert caught.value.field == "source"


def test_a_long_answer_is_told_with_a_mark_that_it_goes_on(hotline: Hotline) -> None:
    answer = "路灯已修复。" * 100
    order_id = hotline.accepted()
    api.finish_order(hotline.clerk, order_id=order_id, answer_public=answer, at=MONDAY)
    with seeing(hotline.resident.scope):
        told = [one for one in notices_of(hotline.resident, language="zh-hans") if one.code == "order_answered"]
    assert len(told) == 1 and "…" in told[0].words.body and answer not in told[0].words.body


def test_named_orders(hotline: Hotline) -> None:
    with pytest.raises(TooLarge):
        api.named_orders(SYSTEM, [new_identifier() for _number in range(501)])


def test_georeport_says_what_is_too_much(hotline: Hotline) -> None:
    code = hotline.place(public=True).code
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    for address in (
        f"requests/{','.join([code] * 51)}.json",
        f"requests.json?service_request_id={','.join([code] * 1001)}",
        "requests.json?page_size=1001",
    ):
        answer = client.get(f"/open311/v2/{address}")
        assert answer.status_code == 400 and "at most" in answer.json()[0]["description"], address
    assert len(client.get(f"/open311/v2/requests/{code},{code}.json").json()) == 2
