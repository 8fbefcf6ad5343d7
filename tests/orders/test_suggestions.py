"""Requests like the one being told, answers given to such, and the clerks' morning."""

from __future__ import annotations

import time
from datetime import date, timedelta
from math import isclose
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.orders.hotline import MONDAY, Hotline
from tianqu.base.errors import NotPermitted
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.notices.api import Notice
from tianqu.kernel.orders import api
from tianqu.kernel.orders.classify.samples import Samples
from tianqu.kernel.orders.classify.training import trained
from tianqu.kernel.orders.suggestions import distance_m
from tianqu.kernel.orders.text_models import models_folder

DAY = date(2024, 3, 4)

pytestmark = pytest.mark.django_db(transaction=True)


def like(hotline: Hotline, actor: Actor, text: str, **more: object) -> list[api.Likeness]:
    set_scope(actor.scope)
    told = {"place_id": hotline.place_id, "at": MONDAY + timedelta(hours=2), **more}
    return api.similar_orders(actor, text=text, **told)  # type: ignore[arg-type]


class TestLikeOrders:
    def test_the_same_matter_at_the_same_place_is_found_with_its_reasons(self, hotline: Hotline) -> None:
        same = hotline.place(title="路灯不亮", description="村口小学旁边的路灯坏了三天，晚上很黑").order_id
        hotline.place(item="water.none", title="停水", description="从昨天起没有自来水，洗衣做饭都不行")
        (found,) = like(hotline, hotline.dispatcher, "村口小学旁边路灯坏了，黑得很", item="road.lamp")
        assert found.order_id == same
        assert found.same_item
        assert found.same_place
        assert "路灯坏了" in found.shared
        assert 45 <= found.score <= 100

    def test_the_nearer_and_the_newer_come_first(self, hotline: Hotline) -> None:
        old = hotline.place(at=MONDAY - timedelta(days=10)).order_id
        new = hotline.place().order_id
        assert [each.order_id for each in like(hotline, hotline.dispatcher, "路灯不亮，村口的路灯坏了三天")] == [
            new,
            old,
        ]

    def test_what_is_too_old_or_withdrawn_is_left_out(self, hotline: Hotline) -> None:
        hotline.place(at=MONDAY - timedelta(days=20))
        withdrawn = hotline.place().order_id
        api.withdraw_order(hotline.resident, order_id=withdrawn, at=MONDAY)
        assert like(hotline, hotline.dispatcher, "路灯不亮，村口的路灯坏了三天") == []

    def test_an_order_is_not_like_itself_and_empty_text_like_nothing(self, hotline: Hotline) -> None:
        order_id = hotline.place().order_id
        text = "路灯不亮，村口的路灯坏了三天"
        assert like(hotline, hotline.dispatcher, text, leaving_out=order_id) == []
        assert like(hotline, hotline.dispatcher, "！？") == []

    def test_nobody_sees_more_than_their_post_lets_them(self, hotline: Hotline) -> None:
        hotline.place()
        assert like(hotline, hotline.stranger, "路灯不亮，村口的路灯坏了三天") == []
        with pytest.raises(NotPermitted):
            like(hotline, hotline.resident, "路灯不亮")

    def test_distances_are_those_of_the_earth(self) -> None:
        metres = distance_m((116.30, 37.45), (117.00, 36.65))  # Dezhou to Jinan
        assert metres is not None
        assert isclose(metres, 108_500, rel_tol=0.01)
        assert distance_m((None, 1.0), (1.0, 1.0)) is None


class TestAnswers:
    def test_published_answers_to_like_requests_are_offered(self, hotline: Hotline) -> None:
        order_id = hotline.done()
        api.publish_order(
            hotline.dispatcher, order_id=order_id, title="路灯不亮", question="村口的路灯坏了",
            answer="已更换灯具。", at=MONDAY,
        )  # fmt: skip
        set_scope(hotline.clerk.scope)
        for item in ("road.lamp", ""):
            (found,) = api.answer_suggestions(hotline.clerk, text="路灯坏了不亮", item=item)
            assert (found.text, found.template_id) == ("已更换灯具。", None)
            assert found.score > 15
        assert api.answer_suggestions(hotline.clerk, text="养老金", item="road.lamp") == []


class TestTheMorning:
    def test_each_clerk_is_told_once_a_day_what_waits(self, hotline: Hotline) -> None:
        hotline.accepted()
        hotline.dispatched()
        late = MONDAY + timedelta(days=14)
        for _time in range(2):
            assert api.queue_morning_digests(late) >= 1
        assert hotline.clerk.person_id is not None
        told = digests(hotline.clerk.person_id)
        assert len(told) == 1
        assert (told[0].parameters["late"], told[0].parameters["today"]) == (2, 0)
        assert "路灯不亮" in told[0].parameters["lines"]
        assert digests(hotline.stranger.person_id) == []

    def test_nothing_waits_on_the_first_day(self, hotline: Hotline) -> None:
        hotline.accepted()
        assert api.queue_morning_digests(MONDAY) == 0


def digests(person_id: UUID | None) -> list[Notice]:
    with seeing(SYSTEM.scope):
        return list(Notice.objects.filter(person_id=person_id, code="digest"))


@pytest.mark.slow
def test_looking_for_likes_among_many_is_quick(hotline: Hotline) -> None:
    for _order in range(450):
        hotline.place(description="村口的路灯坏了三天，" * 20)
    set_scope(hotline.dispatcher.scope)
    began = time.process_time()
    like(hotline, hotline.dispatcher, "路灯不亮，村口的路灯坏了三天")
    assert time.process_time() - began < 0.5


def test_an_item_is_suggested_by_the_model_that_learnt_it_else_by_its_words(
    hotline: Hotline, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    api.forget_item_model()
    by_words = api.item_suggestions("路灯又不亮了", on=DAY)
    assert [(each.item.code, each.source, each.percent) for each in by_words] == [("road.lamp", "words", None)]
    assert "路灯" in by_words[0].because
    samples = Samples()
    for number in range(120):
        mark = chr(0x4E00 + number)
        samples.add(text=f"村口路灯不亮{mark}灯杆", label="road.lamp", line=number)
        samples.add(text=f"家里停水{mark}没水压", label="water.none", line=number)
    trained(samples, precision=0.9)[0].save(models_folder(), name="items")
    api.forget_item_model()
    first = api.item_suggestions("路灯又不亮了", on=DAY)[0]
    assert (first.item.code, first.source, first.sure) == ("road.lamp", "model", True)
    assert first.percent is not None and first.percent > 50
    assert any("路灯" in word or "灯" in word for word in first.because)
    assert api.item_suggestions("   ", on=DAY) == []
    api.forget_item_model()
