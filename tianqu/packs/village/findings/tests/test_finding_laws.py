"""The laws of findings, asked of the database itself: by any row of acts, at its console, and from next door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tianqu.base.errors import Conflict, NotPermitted, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Scope, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.orders import api as orders
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, Finding, FindingEffect
from tianqu.packs.village.findings.tests.stage import Stage, moved
from tianqu.packs.village.tests.test_register_laws import refused, run

DEBT = EffectKind.DEBT_SETTLED
TABLES = (
    "village_finding", "village_finding_answer", "village_finding_comment", "village_finding_effect",
    "village_drawn_finding", "village_drawing_seed",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from([
            "accept", "answer", "answer", "close", "close", "send_back", "dismiss", "reopen", "extend", "comment",
            "post", "void", "reverse", "hotline", "timers",
        ]),
        st.lists(st.integers(1, 9_999), max_size=3), st.booleans(),
    ),
    min_size=3, max_size=14,
)  # fmt: skip
# From which states the acts of findings lead on; everything else must be refused.
FROM = {
    "accept": {"dispatched"}, "answer": {"dispatched", "accepted"}, "close": {"done"}, "send_back": {"done"},
    "dismiss": {"dispatched", "accepted", "done"}, "reopen": {"closed", "refused"},
    "extend": {"dispatched", "accepted"},
    "comment": {"dispatched", "accepted", "done", "closed", "refused"}, "post": set(), "void": set(), "reverse": set(),
    "hotline": set(),
}  # fmt: skip


class Walk:
    """A finding that everybody handles at random, sometimes from the wrong office, and what must be true of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.state, self.days = stage, "dispatched", 30
        self.before = stage.balance("202")
        self.finding_id = stage.open(text="欠款", rectify_by=timezone.localdate() + timedelta(days=self.days))
        self.waiting: dict[UUID, int] = {}
        self.standing: dict[UUID, int] = {}
        self.gone: set[UUID] = set()

    def step(self, kind: str, amounts: list[int], insider: bool) -> None:
        if kind == "timers":
            orders.due_work(timezone.now() + timedelta(days=3))
            return
        decides = kind in ("close", "send_back", "dismiss", "reopen")
        lawful = self.state in FROM[kind] and not (insider and decides)
        set_scope(self.stage.inspector.scope)
        try:
            getattr(self, kind)(amounts, insider)
        except (Conflict, NotPermitted):
            assert not lawful, f"{kind} was refused in the state {self.state}"
        else:
            assert lawful, f"{kind} was let through in the state {self.state}"

    def accept(self, *_more: Any) -> None:
        acts.accept_finding(self.stage.head, finding_id=self.finding_id)
        self.state = "accepted"

    def answer(self, amounts: list[int], _insider: bool) -> None:
        effects = [moved(DEBT, amount) for amount in amounts]
        self.stage.answer(self.finding_id, effects=effects)
        self.state, self.waiting = "done", {one.transfer_id: one.amount for one in effects}

    def decided(self, act: Any, insider: bool, **words: Any) -> None:
        actor = self.stage.head if insider else self.stage.inspector
        act(actor, finding_id=self.finding_id, **words)

    def close(self, _amounts: Any, insider: bool) -> None:
        self.decided(acts.close_finding, insider, note="核实")
        self.state, self.standing, self.waiting = "closed", self.waiting, {}

    def send_back(self, _amounts: Any, insider: bool) -> None:
        self.decided(acts.send_back_finding, insider, reason="退")
        self.state, self.gone, self.waiting, self.days = "accepted", self.gone | {*self.waiting}, {}, 30

    def dismiss(self, _amounts: Any, insider: bool) -> None:
        self.decided(acts.dismiss_finding, insider, reason="不实")
        self.state, self.gone, self.waiting = "refused", self.gone | {*self.waiting}, {}

    def reopen(self, _amounts: Any, insider: bool) -> None:
        self.decided(acts.reopen_finding, insider, reason="复查不实")
        self.state, self.gone, self.standing, self.days = "accepted", self.gone | {*self.standing}, {}, 30

    def extend(self, *_more: Any) -> None:
        self.days += 5
        day = timezone.localdate() + timedelta(days=self.days)
        acts.extend_finding(self.stage.auditor, finding_id=self.finding_id, rectify_by=day, reason="农忙")

    def comment(self, *_more: Any) -> None:
        told = {"finding_id": self.finding_id, "comment_id": new_identifier(), "text": "请补材料"}
        acts.comment_finding(self.stage.auditor, **told)

    def any_effect(self) -> UUID:
        return next(iter([*self.waiting, *self.standing, *self.gone]), UUID(int=1))

    def resolved(self, outcome: str) -> None:
        try:
            ledgers.resolve_transfer(self.stage.accountant, transfer_id=self.any_effect(), outcome=outcome)
        except TianquError as error:
            raise Conflict(error.message) from error

    def post(self, *_more: Any) -> None:
        self.resolved("posted")

    def void(self, *_more: Any) -> None:
        self.resolved("voided")

    def reverse(self, *_more: Any) -> None:
        told = {"reversal_id": new_identifier(), "day": timezone.localdate(), "purpose": "记错"}
        try:
            ledgers.reverse_transfer(self.stage.accountant, transfer_id=self.any_effect(), **told)
        except TianquError as error:
            raise Conflict(error.message) from error

    def hotline(self, *_more: Any) -> None:
        orders.close_order(SYSTEM, order_id=self.finding_id)

    def check(self) -> None:
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("SET CONSTRAINTS ALL DEFERRED")
        set_scope(SYSTEM.scope)
        finding = Finding.objects.select_related("order").get(order_id=self.finding_id)
        assert finding.order.state == self.state
        assert (finding.upheld, finding.closed_on is None) == (
            {"closed": True, "refused": False}.get(self.state), self.state not in ("closed", "refused")
        )  # fmt: skip
        outcomes = dict(ledgers.Resolution.objects.filter(
            transfer_id__in=[*self.waiting, *self.standing, *self.gone]
        ).values_list("transfer_id", "outcome"))  # fmt: skip
        assert not {*outcomes} & {*self.waiting}  # what waits is not decided
        assert all(outcomes[one] == "posted" for one in self.standing)
        assert {*outcomes} == {*self.standing, *self.gone}  # each once
        reversed_ones = {*FindingEffect.objects.filter(
            finding_id=self.finding_id, reversal_id__isnull=False
        ).values_list("transfer_id", flat=True)}  # fmt: skip
        assert {one for one in self.gone if outcomes[one] == "posted"} == reversed_ones
        assert self.stage.balance("202") - self.before == sum(self.standing.values())


def test_any_row_of_acts_posts_nothing_before_the_closing_and_decides_once(stage: Stage) -> None:
    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @given(STEPS)
    def walks(steps: list[Any]) -> None:
        walk = Walk(stage)
        for step in steps:
            if step[0] == "extend" and walk.days >= 80:  # the item allows no more
                continue
            walk.step(*step)
            walk.check()

    walks()


@pytest.fixture
def answered(stage: Stage) -> tuple[UUID, UUID]:
    """A finding with an effect that waits, before somebody who sees everything: what refuses them is the law alone."""
    finding_id = stage.answered((DEBT, 700))
    (effect,) = stage.effects(finding_id)
    set_scope(SYSTEM.scope)
    return finding_id, effect.transfer_id


ATTACKS = [
    ("village_finding_whole", "UPDATE orders_order SET state = 'closed' WHERE id = %(finding)s"),
    ("village_finding_whole", "UPDATE orders_order SET state = 'accepted' WHERE id = %(finding)s"),
    ("village_finding_ended", "UPDATE village_finding SET upheld = true, closed_on = opened_on"),
    ("village_finding_other_office", "UPDATE village_finding SET upheld = true, closed_on = opened_on,"
     " closed_unit_id = unit_id, closed_person_id = gen_random_uuid()"),
    ("village_finding_other_office", "UPDATE village_finding SET upheld = true, closed_on = opened_on,"
     " closed_unit_id = gen_random_uuid(), closed_person_id = answered_person_id"),
    ("village_finding_whole", "UPDATE village_finding SET upheld = true, closed_on = opened_on,"
     " closed_unit_id = gen_random_uuid(), closed_person_id = gen_random_uuid()"),
    ("village_finding_kept", "UPDATE village_finding SET rule = 'oral'"),
    ("stays written", "DELETE FROM village_finding"),
    ("village_effect_kept", "UPDATE village_finding_effect SET amount = amount + 1"),
    ("village_effect_kept", "UPDATE village_finding_effect SET reversal_id = gen_random_uuid()"),
    ("stays written", "DELETE FROM village_finding_effect"),
    ("stays written", "UPDATE village_finding_answer SET evidence = '[]'"),
    ("village_effect_lawful",
     "INSERT INTO village_finding_effect (transfer_id, finding_id, answer_id, place_path, kind, unit, amount)"
     " SELECT gen_random_uuid(), finding_id, answer_id, place_path, kind, unit, amount FROM village_finding_effect"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "sql"), ATTACKS)
def test_the_database_keeps_its_laws_at_the_console_too(answered: tuple[UUID, UUID], law: str, sql: str) -> None:
    refused(law, sql, {"finding": answered[0]})  # type: ignore[arg-type]


def test_an_effect_of_another_amount_or_village_is_no_effect(stage: Stage, answered: tuple[UUID, UUID]) -> None:
    finding_id, _effect = answered
    run("SELECT 1")
    set_scope(stage.accountant.scope)
    held = ledgers.post_transfer(
        stage.accountant, book="v102001.funds", transfer_id=new_identifier(), day=timezone.localdate(), pending=True,
        legs=[ledgers.NewLeg(stage.accounts["202"], 9), ledgers.NewLeg(stage.accounts["102"], -9)],
        reference=f"finding:{finding_id}",
    )  # fmt: skip
    set_scope(SYSTEM.scope)
    for amount, kind, unit in ((8, "debt_settled", "fen"), (9, "land_recovered", "mu_4")):
        refused(
            "village_effect_lawful",
            "INSERT INTO village_finding_effect (transfer_id, finding_id, answer_id, place_path, kind, unit, amount)"
            " SELECT %s, finding_id, answer_id, place_path, %s, %s, %s FROM village_finding_effect",
            [held.id, kind, unit, amount],
        )


def test_nobody_sees_the_next_village_nor_a_seed(stage: Stage, answered: tuple[UUID, UUID]) -> None:
    today = timezone.localdate()
    acts.announce_drawing(
        stage.inspector, place_id=stage.villages.prefecture.places["P1"].id, drawing_id=new_identifier(),
        first_day=today, last_day=today, draw_on=today + timedelta(days=1), count=1,
    )  # fmt: skip
    for scope in (stage.villages.stranger.scope, Scope()):
        set_scope(scope)
        assert {run(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES} == {0}
    set_scope(stage.inspector.scope)
    assert run("SELECT count(*) FROM village_drawing_seed") == [(0,)]
    assert run("SELECT seed, population FROM village_drawing") == [("", None)]


def test_a_drawing_keeps_its_word(stage: Stage) -> None:
    today = timezone.localdate()
    drawing_id = new_identifier()
    acts.announce_drawing(
        stage.inspector, place_id=stage.villages.prefecture.places["P1"].id, drawing_id=drawing_id, first_day=today,
        last_day=today, draw_on=today + timedelta(days=1), count=1,
    )  # fmt: skip
    set_scope(SYSTEM.scope)
    for law, sql in (
        ("village_drawing_seed",
         "UPDATE village_drawing SET seed = repeat('0', 64), drawn_at = now(), population = '{}'"),
        ("village_drawing_kept", "UPDATE village_drawing SET count = 2"),
        ("stays written", "DELETE FROM village_drawing"),
        ("stays written", "UPDATE village_drawing_seed SET seed = ''"),
    ):  # fmt: skip
        refused(law, sql)
    draw: Any = acts.draw_findings
    assert draw(stage.inspector, drawing_id=drawing_id, at=timezone.now() + timedelta(days=1)) == []
    with pytest.raises(Conflict, match="drawn already"):
        draw(stage.inspector, drawing_id=drawing_id, at=timezone.now() + timedelta(days=2))


def test_no_row_of_the_hot_path_pays_for_findings(db: None) -> None:
    """The law on orders is asked of what offices place alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'village_finding_whole'"
            " AND tgrelid = 'orders_order'::regclass"
        )
        (definition,) = cursor.fetchone()
    assert "asker_kind = 'office'" in definition
