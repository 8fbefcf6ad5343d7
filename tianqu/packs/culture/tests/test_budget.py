"""The budget goes below zero under no order of grants, commitments, payments and refusals, and under no concurrency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers.api import Account, Resolution, Transfer
from tianqu.packs.culture.declaring.acts import grant_budget
from tianqu.packs.culture.models import Performance, Stand
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.tests.conftest import forget
from tianqu.packs.culture.tests.stage import DAY, GRANTED, HOUR, PRICE, Stage, build

HANDS = 6


def sums(stage: Stage) -> tuple[int, int, int, int]:
    with seeing(SYSTEM.scope):
        budget = Account.objects.get(code="budget", book__unit_id=stage.unit_id)
        paid = Account.objects.filter(code="P-meihua").first()
    assert paid is None or (paid.posted_debit, paid.pending_debit) == (budget.posted_credit, budget.pending_credit)
    return budget.posted_debit, budget.posted_credit, budget.pending_credit, (
        budget.posted_debit - budget.posted_credit - budget.pending_credit
    )  # fmt: skip


def test_nothing_is_set_aside_beyond_what_was_granted(stage: Stage) -> None:
    for _number in range(GRANTED // PRICE):
        stage.committed()
    show_id = stage.ordered()
    body = {"show_id": str(show_id), "contract": "1号", "starts_at": (timezone.now() + DAY).isoformat()}
    assert caller(stage.officer).post("/acts/culture.commit_show", body).status_code == 409
    assert stage.of(show_id).stand == Stand.ORDERED and stage.of(show_id).transfer_id is None
    grant = {"unit_id": str(stage.unit_id), "transfer_id": str(new_identifier()), "amount_fen": PRICE}
    officer = caller(stage.officer)
    numbers = [officer.done("/acts/culture.grant_budget", grant)["result"] for _again in range(2)]
    assert numbers[0] == numbers[1]
    assert officer.post("/acts/culture.grant_budget", grant | {"amount_fen": 0}).status_code == 422
    assert caller(stage.far_officer).post("/acts/culture.grant_budget", grant).status_code == 403
    assert officer.post("/acts/culture.commit_show", body).status_code == 200
    assert sums(stage)[3] == GRANTED % PRICE


DEEDS = st.lists(st.sampled_from(("grant", "commit", "give", "pay", "refuse", "cancel")), max_size=14)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_however_it_goes_the_books_agree(stage: Stage, deeds: list[str]) -> None:
    """What is refused changes nothing; granted = paid + set aside + free, and free is never negative."""
    for deed in deeds:
        before = sums(stage)
        try:
            _do(stage, deed)
        except TianquError:
            assert sums(stage) == before
        granted, paid, committed, free = sums(stage)
        assert granted == paid + committed + free and min(granted, paid, committed, free) >= 0
        with seeing(SYSTEM.scope):
            prices = dict.fromkeys(Stand.values, 0)
            for stand, price in Performance.objects.exclude(price_fen=None).values_list("stand", "price_fen"):
                prices[stand] += price
        assert prices["paid"] == paid
        assert committed == sum(prices[name] for name in ("committed", "accepted", "given", "confirmed", "disputed"))


def _do(stage: Stage, deed: str) -> None:
    with seeing(SYSTEM.scope):
        standing = list(Performance.objects.order_by("order_id").values_list("order_id", "stand"))
    first = {stand: show_id for show_id, stand in reversed(standing)}
    if deed == "grant":
        grant_budget(stage.officer, unit_id=stage.unit_id, transfer_id=new_identifier(), amount_fen=PRICE // 2)
    elif deed == "commit":
        stage.committed(starts=-2 * DAY)
    elif deed == "give" and "committed" in first:
        acts.say_given(
            stage.troupe,
            show_id=first["committed"],
            given_at=stage.of(first["committed"]).starts_at,
            attendance=9,
            files=[stage.photo()],
        )
        acts.confirm_show(stage.post, show_id=first["committed"])
    elif deed == "pay" and "confirmed" in first:
        acts.pay_show(stage.officer, show_id=first["confirmed"], reason="核实")
    elif deed == "refuse" and "confirmed" in first:
        acts.refuse_payment(stage.officer, show_id=first["confirmed"], reason="不足")
    elif deed == "cancel" and "committed" in first:
        acts.cancel_show(stage.officer, show_id=first["committed"], cause="weather", reason="大雨")


@pytest.fixture
def committed(settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    yield scene(build)
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


@pytest.mark.django_db(transaction=True)
def test_of_many_who_set_money_aside_at_once_only_so_many_do(committed: Stage) -> None:
    shows = [committed.ordered() for _number in range(HANDS)]
    starts_at = timezone.now() + 3 * DAY
    outcomes = at_once(lambda number: acts.commit_show(
        committed.officer, show_id=shows[number], contract="1号", starts_at=starts_at + number * 3 * HOUR
    ))  # fmt: skip
    done = [one for one in outcomes if not isinstance(one, Conflict)]
    assert len(done) == GRANTED // PRICE  # three of six
    granted, paid, aside, free = sums(committed)
    assert (granted, paid, aside, free) == (GRANTED, 0, 3 * PRICE, GRANTED - 3 * PRICE)


@pytest.mark.django_db(transaction=True)
def test_it_is_paid_or_refused_once_by_many(committed: Stage) -> None:
    show_id = committed.confirmed(5, 5)

    def hand(number: int) -> object:
        if number % 2:
            return acts.refuse_payment(committed.officer, show_id=show_id, reason="不足")
        return acts.pay_show(committed.officer, show_id=show_id)

    outcomes = at_once(hand)
    assert len([one for one in outcomes if not isinstance(one, Conflict)]) == 1
    with seeing(SYSTEM.scope):
        assert Resolution.objects.count() == 1 and Transfer.objects.filter(kind="commitment").count() == 1
    assert sums(committed)[2] == 0
