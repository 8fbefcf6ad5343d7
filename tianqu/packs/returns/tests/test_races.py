"""Many hands on one return: it is filed once, decided once, and what is accepted is what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.scenes import scene
from tianqu.base.errors import Conflict, InvalidInput
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import Periodicity
from tianqu.packs.returns.models import Campaign, Decision, Filing, FormVersion, Revision
from tianqu.packs.returns.tests.stage import Stage, build, trade

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 6


@pytest.fixture
def committed(settings: Any) -> Iterator[Stage]:
    """The stage, committed, so that other connections see it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_catalogue()
    yield scene(build)
    forget_actors()
    forget_catalogue()


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


def done(outcomes: list[object]) -> list[object]:
    return [one for one in outcomes if not isinstance(one, Conflict)]


def test_of_two_clerks_who_file_at_once_one_does(committed: Stage) -> None:
    filing_id = committed.filing(committed.open())
    outcomes = at_once(lambda number: committed.submit(
        filing_id, trade(number, 1, number + 1), actor=committed.second if number % 2 else committed.clerk
    ))  # fmt: skip
    assert done(outcomes) == [1]
    given = new_identifier()
    filing_id = committed.filing(committed.open("2021"))
    assert at_once(lambda _number: committed.submit(filing_id, revision_id=given)) == [1] * HANDS


def test_a_campaign_is_opened_once_by_many(committed: Stage) -> None:
    outcomes = at_once(lambda _number: committed.open())
    assert len(done(outcomes)) == 1
    assert {one.field for one in outcomes if isinstance(one, Conflict)} == {"period"}
    given = new_identifier()
    assert at_once(lambda _number: committed.open("2021", campaign_id=given)) == [given] * HANDS
    with seeing(SYSTEM.scope):
        assert Filing.objects.count() == 4


def test_a_return_that_is_asked_for_keeps_its_periods_while_it_is_designed_anew(committed: Stage) -> None:
    def hand(number: int) -> object:
        try:
            return committed.open() if number % 2 else committed.design(periodicity=Periodicity.QUARTER)
        except InvalidInput:  # a year is no period of what is asked for by quarter
            return None

    at_once(hand)
    with seeing(SYSTEM.scope):
        asked = {campaign.version.design["periodicity"] for campaign in Campaign.objects.select_related("version")}
        newest = FormVersion.objects.latest("number").design["periodicity"]
    assert asked == ({newest} if newest == Periodicity.YEAR else set())


def test_an_office_accepts_what_it_looked_at_while_the_unit_revises(committed: Stage) -> None:
    filing_id = committed.accepted("2020")
    committed.submit(filing_id, trade(61, 40, 101), reason="更正")

    def hand(number: int) -> object:
        if number % 3 == 0:
            return acts.accept_filing(committed.officer, filing_id=filing_id, number=2)
        if number % 3 == 1:
            return acts.send_back_filing(committed.colleague, filing_id=filing_id, reason="再核")
        return committed.submit(filing_id, trade(62, 40, 102), reason="再更正")

    at_once(hand)
    with seeing(SYSTEM.scope):
        numbers = list(Revision.objects.filter(filing_id=filing_id).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        accepted = list(Decision.objects.filter(accepted=True).values_list("revision__number", flat=True))
        assert accepted in ([1], [1, 2])
        filing = Filing.objects.select_related("accepted").get(order_id=filing_id)
        assert filing.accepted is not None and filing.accepted.number == accepted[-1]
