"""Dispatch: a rule, else the item, else the model, else a human; and what new rules would have done before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.orders.hotline import MONDAY, Hotline
from tests.orders.test_classify import taken
from tests.orders.test_flow import order
from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.orders import api
from tianqu.kernel.orders.classify.closed_orders import train_from_orders
from tianqu.kernel.orders.classify.training import trained
from tianqu.kernel.orders.dispatching import MODEL_NAME
from tianqu.kernel.orders.models import DispatchRule
from tianqu.kernel.orders.rules import RuleSet
from tianqu.kernel.orders.text_models import models_folder
from tianqu.kernel.places.api import merge_places
from tianqu.project.realms import realm_path

pytestmark = pytest.mark.django_db(transaction=True)

LAMPS = api.Rule(
    code="lamps", condition=api.Condition(item="road.lamp"), valid_from=date(2020, 1, 1), unit_kind="housing_bureau"
)
FACTS = api.Facts(
    item="road.lamp", family="resident", place_path="P.P1.P101", asker_kind="resident", urgency="none",
    text="村口的路灯坏了", day=date(2024, 3, 4),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR = tmp_path
    api.forget_dispatching()
    yield
    api.forget_dispatching()


def propose(order_id: UUID) -> api.Proposal:
    api.forget_dispatching()
    set_scope(SYSTEM.scope)
    return api.propose(order_id)


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "matches"),
        [
            ({"item": "road.lamp"}, True),
            ({"item": "water.none"}, False),
            ({"place": "P.P1"}, True),
            ({"place": "P.P10"}, False),
            ({"place": "P.P1.P101.V1"}, False),
            ({"words_any": ["停水", "路灯"]}, True),
            ({"words_any": ["停水"]}, False),
            ({"words_all": ["路灯", "坏"]}, True),
            ({"words_all": ["路灯", "亮"]}, False),
            ({"asker_kind": "firm"}, False),
            ({"urgency": "none", "family": "resident"}, True),
        ],
    )
    def test_all_of_what_is_given_must_hold(self, condition: dict[str, Any], matches: bool) -> None:
        assert api.Condition.of(condition).matches(FACTS) is matches

    def test_words_are_compared_as_texts_are_normalised(self) -> None:
        assert api.Condition.of({"words_any": ["ＬＥＤ Lamp"]}).matches(replace(FACTS, text="the led lamp"))

    def test_an_unknown_condition_is_refused_rather_than_ignored(self) -> None:
        with pytest.raises(InvalidInput, match="weather"):
            api.Condition.of({"weather": "rain"})

    def test_rank_then_detail_then_code_decide(self) -> None:
        rules = [
            replace(LAMPS, code="b"),
            replace(LAMPS, code="a"),
            replace(LAMPS, code="c", condition=api.Condition(item="road.lamp", words_any=("路灯",))),
            replace(LAMPS, code="first", condition=api.Condition(family="resident"), rank=1),
            replace(LAMPS, code="gone", rank=1, valid_to=date(2024, 3, 4)),
            replace(LAMPS, code="not yet", rank=1, valid_from=date(2024, 3, 5)),
        ]
        assert [rule.code for rule in RuleSet(rules).matching(FACTS)] == ["first", "c", "a", "b"]


class TestPublishing:
    def test_a_changed_rule_becomes_the_next_version_and_the_same_one_nothing(self, hotline: Hotline) -> None:
        assert api.publish_rules(SYSTEM, rules=[LAMPS]) == 1
        assert api.publish_rules(SYSTEM, rules=[LAMPS]) == 0
        later = replace(LAMPS, valid_from=date(2024, 3, 4), rank=5)
        assert api.publish_rules(SYSTEM, rules=[later]) == 1
        first, second = DispatchRule.objects.filter(code="lamps").order_by("version")
        assert (first.valid_to, second.version, second.rank) == (date(2024, 3, 4), 2, 5)

    @pytest.mark.parametrize(
        "fault",
        [
            {"condition": api.Condition()},
            {"rank": 0},
            {"valid_to": date(2019, 1, 1)},
            {"unit_kind": "circus"},
            {"unit_kind": ""},
            {"unit_kind": "", "unit_id": UUID(int=1)},
            {"condition": api.Condition(words_any=("",))},
            {"condition": api.Condition(place="a b")},
            {"condition": api.Condition(urgency="soon")},
            {"code": ""},
        ],
    )
    def test_a_faulty_rule_is_refused_with_all_of_its_faults(self, hotline: Hotline, fault: dict[str, Any]) -> None:
        with pytest.raises(InvalidInputs) as caught:
            api.publish_rules(SYSTEM, rules=[LAMPS, replace(LAMPS, **{"code": "other", "rank": 5} | fault)])
        assert all(str(error) for error in caught.value.errors)
        assert not DispatchRule.objects.exists()

    def test_a_retired_rule_decides_nothing(self, hotline: Hotline) -> None:
        api.publish_rules(SYSTEM, rules=[LAMPS])
        order_id = hotline.place().order_id
        assert propose(order_id).source == "rule"
        api.retire_rule(SYSTEM, code="lamps", reason="到期")
        assert propose(order_id).source == "human"
        with pytest.raises(NotFound):
            api.retire_rule(SYSTEM, code="lamps", reason="再来一次")

    def test_a_clerk_publishes_nothing(self, hotline: Hotline) -> None:
        with pytest.raises(NotPermitted):
            api.publish_rules(hotline.clerk, rules=[LAMPS])

    def test_the_realms_own_rules_can_be_read(self) -> None:
        rules = api.read_rules(realm_path("dezhou") / "rules.csv")
        assert len(rules) > 20
        assert all(rule.condition.stored() and rule.unit_kind for rule in rules)

    def test_a_broken_file_is_refused_with_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.csv"
        path.write_text("code,rank,valid_from,unit_kind\na,1,2020-01-01,x\nb,first,2020-01-01,x\n")
        with pytest.raises(InvalidInput, match="Line 3"):
            api.read_rules(path)


class TestDeciding:
    def test_a_rule_sends_to_the_nearest_unit_of_its_kind_and_says_why(self, hotline: Hotline) -> None:
        api.publish_rules(SYSTEM, rules=[replace(LAMPS, legal_basis="城市道路照明设施管理规定")])
        found = propose(hotline.place().order_id)
        assert (found.source, found.unit_id) == ("rule", hotline.unit_id)
        assert found.why["rule"] == "lamps"
        assert found.why["legal_basis"] == "城市道路照明设施管理规定"

    def test_an_order_of_a_vanished_village_goes_to_todays_unit_and_keeps_its_name(self, hotline: Hotline) -> None:
        api.publish_rules(SYSTEM, rules=[LAMPS])
        order_id = hotline.place().order_id
        villages = hotline.prefecture.places
        merge_places(SYSTEM, place_ids=[hotline.place_id], into_id=villages["P201001"].id, on=date(2024, 3, 5))
        found = propose(order_id)
        assert (found.source, found.unit_id) == ("rule", hotline.other_unit_id)
        shown = api.order_detail(hotline.dispatcher, order_id=order_id).place.shown("zh-hans")
        assert "王庄" in shown and "赵庄" not in shown

    def test_without_a_rule_a_human_decides(self, hotline: Hotline) -> None:
        found = propose(hotline.place().order_id)
        assert (found.source, found.unit_id, found.why["reason"]) == ("human", None, "no_rule")

    def test_the_item_names_who_answers(self, hotline: Hotline) -> None:
        hotline.place()
        found = api.proposed(FACTS, place_id=hotline.place_id, item_kinds=("circus", "housing_bureau"))
        assert (found.source, found.unit_id, found.why["unit_kind"]) == ("rule", hotline.unit_id, "housing_bureau")

    def test_a_sure_model_decides_and_an_unsure_one_leaves_it(self, hotline: Hotline) -> None:
        learn({"housing_bureau": "路灯坏了不亮", "water_company": "停水漏水水压"})
        sure = propose(hotline.place(description="路灯坏了，一直不亮").order_id)
        assert (sure.source, sure.unit_id, sure.why["label"]) == ("model", hotline.unit_id, "housing_bureau")
        assert 90 <= sure.why["confidence_percent"] <= 100
        unsure = propose(hotline.place(title="其他", description="Ωμέγα").order_id)
        assert (unsure.source, unsure.why["reason"]) == ("human", "unsure")
        nowhere = propose(hotline.place(title="停水", description="停水漏水水压停水").order_id)
        assert (nowhere.source, nowhere.unit_id, nowhere.why["reason"]) == ("human", None, "no_unit")

    def test_where_item_and_model_differ_a_human_sees_both(self, hotline: Hotline) -> None:
        learn({"housing_bureau": "路灯坏了不亮", "water_company": "停水漏水水压"})
        told = replace(FACTS, text="停水漏水水压停水")
        found = api.proposed(told, place_id=hotline.place_id, item_kinds=("housing_bureau",))
        assert (found.source, found.unit_id, found.why["reason"]) == ("human", hotline.unit_id, "model_differs")
        assert found.why["label"] == "water_company"

    def test_a_damaged_model_does_not_stop_the_rules(self, hotline: Hotline) -> None:
        learn({"housing_bureau": "路灯坏了不亮", "water_company": "停水漏水水压"})
        for path in models_folder().glob("*.npz"):
            path.write_bytes(b"broken")
        api.publish_rules(SYSTEM, rules=[LAMPS])
        assert propose(hotline.place().order_id).source == "rule"
        assert propose(hotline.place(item="water.none", title="停水").order_id).source == "human"

    def test_the_worker_dispatches_and_the_timeline_says_by_what(self, hotline: Hotline) -> None:
        api.publish_rules(SYSTEM, rules=[LAMPS])
        order_id = hotline.place().order_id
        waiting = hotline.place(item="water.none").order_id
        api.forget_dispatching()
        assert api.due_work(MONDAY + timedelta(minutes=1), decide=api.decide).dispatched == 1
        assert (order(order_id).state, order(order_id).unit_id) == ("dispatched", hotline.unit_id)
        assert order(waiting).state == "placed"

    def test_what_is_out_of_sight_is_not_found(self, hotline: Hotline) -> None:
        order_id = hotline.place().order_id
        set_scope(hotline.stranger.scope)
        with pytest.raises(NotFound):
            api.propose(order_id)


def learn(words: dict[str, str]) -> None:
    """Train a model that tells a few words apart."""
    rows = [
        (f"{text[number % len(text) :]}{text[: number % len(text)]}{text}{chr(0x4E00 + 7 * number)}", label)
        for label, text in words.items()
        for number in range(60)
    ]
    trained(taken(rows), precision=0.9)[0].save(models_folder(), name=MODEL_NAME)
    api.forget_dispatching()


class TestReplay:
    SINCE, UNTIL = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)

    def replay(self, rules: list[api.Rule]) -> api.Replay:
        set_scope(SYSTEM.scope)
        return api.replay_rules(SYSTEM, rules=rules, since=self.SINCE, until=self.UNTIL)

    def test_it_counts_what_would_change_and_how_often_it_was_right(self, hotline: Hotline) -> None:
        done = [hotline.done() for _order in range(3)]
        hotline.place(item="water.none")
        right = self.replay([LAMPS])
        assert (right.orders, right.changed, right.decided_before, right.decided_after) == (4, 3, 0, 3)
        assert (right.precision_after.right, right.precision_after.judged) == (3, 3)
        assert {sample.order_id for sample in right.samples} == set(done)
        wrong = self.replay([replace(LAMPS, unit_kind="", unit_id=hotline.other_unit_id)])
        assert wrong.precision_after.percent == 0
        assert wrong.by_unit[0].after == 3
        assert not DispatchRule.objects.exists()

    def test_a_proposed_rule_takes_the_place_of_its_namesake(self, hotline: Hotline) -> None:
        hotline.done()
        api.publish_rules(SYSTEM, rules=[LAMPS])
        assert self.replay([LAMPS]).changed == 0
        narrowed = replace(LAMPS, condition=api.Condition(item="road.lamp", words_any=("停水",)))
        found = self.replay([narrowed])
        assert (found.decided_before, found.decided_after, found.changed) == (1, 0, 1)

    def test_the_number_of_queries_does_not_grow_with_orders(self, hotline: Hotline) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                self.replay([LAMPS])
            return len(captured)

        hotline.place()
        few = queries()
        for _order in range(10):
            hotline.place()
        assert queries() == few

    def test_it_needs_the_right_to_publish_and_a_period(self, hotline: Hotline) -> None:
        with pytest.raises(NotPermitted):
            api.replay_rules(hotline.clerk, rules=[LAMPS], since=self.SINCE, until=self.UNTIL)
        with pytest.raises(InvalidInput):
            api.replay_rules(SYSTEM, rules=[LAMPS], since=self.UNTIL, until=self.SINCE)


def test_learning_needs_enough_closed_orders(hotline: Hotline) -> None:
    hotline.done()
    set_scope(SYSTEM.scope)
    with pytest.raises(InvalidInput, match="Only 0 closed"):
        train_from_orders(SYSTEM, precision=0.9)
    with pytest.raises(NotPermitted):
        train_from_orders(hotline.clerk, precision=0.9)
