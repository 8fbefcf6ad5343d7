"""Many hands on one finding, and deeds that are cut: everything that waits is decided once, and with its finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.scenes import scene
from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.ledgers.api import Resolution, forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village import acts as register
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, FindingEffect
from tianqu.packs.village.findings.tests.stage import BOOK, Stage, build, moved
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.registers.importing_holdings import HoldingLine
from tianqu.packs.village.tests.test_register_laws import run
from tianqu.packs.village.tests.villages import DAY

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8
LAND, DEBT = EffectKind.LAND_RECOVERED, EffectKind.DEBT_SETTLED


@pytest.fixture
def committed(settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()
    yield scene(build)
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()


def at_once(do: Callable[[int], object]) -> list[object]:
    """Do something from several connections, all let go at one moment; return results and conflicts."""
    barrier = Barrier(HANDS)

    def run(number: int) -> object:
        try:
            barrier.wait(timeout=60)
            return do(number)
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(run, range(HANDS)))


def test_of_many_who_decide_exactly_one_does(committed: Stage) -> None:
    finding_id = committed.answered((EffectKind.DEBT_SETTLED, 700), (EffectKind.CLAIM_SETTLED, 5))

    def decide(number: int) -> object:
        actor: Actor = committed.inspector if number % 2 else committed.colleague
        words = {"finding_id": finding_id}
        if number % 3 == 0:
            return ("voided", acts.send_back_finding(actor, reason="退回", **words))
        if number % 3 == 1:
            return ("voided", acts.dismiss_finding(actor, reason="不实", **words))
        return ("posted", acts.close_finding(actor, note="核实", **words))

    # A finding that was sent back first may still be dismissed: at most these two, and never one beside a closing.
    done = [outcome for outcome in at_once(decide) if isinstance(outcome, tuple)]
    assert len(done) in (1, 2) and sum(count for _how, count in done) == 2
    with seeing(SYSTEM.scope):
        outcomes = list(Resolution.objects.values_list("outcome", flat=True))
    assert len(outcomes) == 2 and len(set(outcomes)) == 1
    assert ("posted" in outcomes) == any(how == "posted" for how, _count in done)


def test_of_many_who_answer_exactly_one_does(committed: Stage) -> None:
    finding_id = committed.open()

    def answer(number: int) -> object:
        effect = moved(EffectKind.DEBT_SETTLED, 100 + number)
        return committed.answer(finding_id, effects=(effect,))

    done = [outcome for outcome in at_once(answer) if not isinstance(outcome, Conflict)]
    assert len(done) == 1
    assert [one.outcome for one in committed.effects(finding_id)] == ["waiting"]
    assert committed.close(finding_id) == 1


def test_what_is_sent_by_many_at_once_is_one(committed: Stage) -> None:
    finding_id, answer_id = new_identifier(), new_identifier()
    for rule, given in (("", new_identifier()), ("lease_too_long", finding_id)):
        opened = at_once(lambda _number, rule=rule, given=given: committed.open(finding_id=given, rule=rule))
        assert set(opened) == {given}
    effects = (moved(DEBT, 700), moved(LAND, 5_000))
    told = at_once(lambda _number: committed.answer(finding_id, answer_id=answer_id, effects=effects))
    assert set(told) == {answer_id}
    assert [one.transfer_id for one in committed.effects(finding_id)] == [one.transfer_id for one in effects]
    assert committed.close(finding_id) == 2
    assert (committed.balance("202"), committed.balance("arable")) == (700, 5_000)


def test_of_many_who_open_it_again_exactly_one_takes_back(committed: Stage) -> None:
    finding_id = committed.answered((DEBT, 700), (LAND, 5_000))
    committed.close(finding_id)

    def reopen(number: int) -> object:
        actor = committed.inspector if number % 2 else committed.colleague
        return acts.reopen_finding(actor, finding_id=finding_id, reason="款未到账")

    assert [count for count in at_once(reopen) if not isinstance(count, Conflict)] == [2]
    assert [one.outcome for one in committed.effects(finding_id)] == ["taken_back"] * 2
    assert (committed.balance("202"), committed.balance("arable")) == (0, 0)


class Cut:
    """Cuts a deed at its n-th statement: the statement is refused, or the server loses the connection."""

    def __init__(self, at: int, how: str) -> None:
        self.left, self.how = at, how

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            if self.how == "refused":
                raise OperationalError("the disk is full")
            with ThreadPoolExecutor(1) as aside:
                aside.submit(cut_off, context["connection"].connection.info.backend_pid).result()
        return execute(sql, params, many, context)


def cut_off(process: int) -> None:
    """End a connection of the server, from another one."""
    run("SELECT pg_terminate_backend(%s)", [process])
    connection.close()


DEEDS: dict[str, tuple[str, Callable[[Stage, Any], object]]] = {
    "close": ("posted", lambda stage, finding_id: stage.close(finding_id)),
    "dismiss": (
        "voided",
        lambda stage, finding_id: acts.dismiss_finding(stage.inspector, finding_id=finding_id, reason="不实"),
    ),
}


@pytest.mark.parametrize(
    ("deed", "how", "stride"), [("close", "refused", 1), ("close", "lost", 4), ("dismiss", "lost", 6)]
)
def test_a_decision_that_is_cut_anywhere_decides_nothing(committed: Stage, deed: str, how: str, stride: int) -> None:
    finding_id = committed.answered((DEBT, 700), (LAND, 5_000))
    outcome, decide = DEEDS[deed]
    for at in range(1, 400, stride):
        try:
            with connection.execute_wrapper(Cut(at, how)):
                assert decide(committed, finding_id) == 2
            break
        except OperationalError:
            connection.close()
        assert committed.state(finding_id) == "done"
        assert [one.outcome for one in committed.effects(finding_id)] == ["waiting"] * 2
        assert resolved() == []
    assert at > 2 * stride
    with pytest.raises(Conflict):  # whose answer was lost asks again, and is told
        decide(committed, finding_id)
    assert resolved() == [outcome] * 2
    expected = (700, 5_000) if outcome == "posted" else (0, 0)
    assert (committed.balance("202"), committed.balance("arable")) == expected


def resolved() -> list[str]:
    """What became of the effects, each of which must be a finding's; the book's numbers have no gap."""
    set_scope(SYSTEM.scope)
    known = dict(Resolution.objects.order_by("number").values_list("transfer_id", "outcome"))
    assert {*known} <= {*FindingEffect.objects.values_list("transfer_id", flat=True)}
    (numbers,) = run("SELECT array_agg(book_sequence ORDER BY id) FROM journal_entry WHERE book = %s", [f"book:{BOOK}"])
    assert numbers[0] == list(range(1, len(numbers[0]) + 1))
    return list(known.values())


def test_lists_in_another_order_do_not_wait_for_each_other(committed: Stage) -> None:
    """They did, until the database broke one off; and the same list sent at once is entered once."""
    villages, number = committed.villages, new_identifier().hex[:6]
    lines = [
        HoldingLine(HoldingKind.DEBT, f"{number}-{line}", DAY, HoldingFacts("欠款", 10, "吴施工")) for line in range(40)
    ]

    def bring(hand: int) -> object:
        in_order = lines if hand % 2 else lines[::-1]
        told = register.import_holdings(villages.accountant, place_id=villages.place_id, lines=in_order)
        return {one.outcome for one in told}

    outcomes = at_once(bring)
    assert sorted(map(str, outcomes)) == ["{'entered'}", *["{'unchanged'}"] * (HANDS - 1)]
