"""Many hands on one finding: exactly one decides, and everything that waits is decided once, with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tianqu.base.errors import Conflict
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers.api import Resolution, forget_books
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.registers.effects import NewEffect
from tianqu.packs.village.findings.tests.stage import Stage, build
from tianqu.packs.village.tests.villages import build as build_villages

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


@pytest.fixture
def committed(settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for forget in (forget_actors, forget_catalogue, forget_books):
        forget()
    yield build(build_villages())
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
        effect = NewEffect(new_identifier(), EffectKind.DEBT_SETTLED, 100 + number)
        return committed.answer(finding_id, effects=(effect,))

    done = [outcome for outcome in at_once(answer) if not isinstance(outcome, Conflict)]
    assert len(done) == 1
    assert [one.outcome for one in committed.effects(finding_id)] == ["waiting"]
    assert committed.close(finding_id) == 1
