"""The morning's digest: at its hour each clerk is told by mail what waits, once, and a deputy what is stood in for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.notices.api import deliver_due, set_address
from tianqu.kernel.orders import digests, tasks
from tianqu.kernel.places.api import deputise

pytestmark = pytest.mark.django_db(transaction=True)
SEVEN = datetime(2024, 3, 11, 23, 5, tzinfo=UTC)  # 07:05 of a Tuesday in Dezhou, a week after Monday's request


def morning(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> list[str]:
    """Let the worker do its hourly task at a moment and deliver what is due; return the mails, address first."""
    monkeypatch.setattr(timezone, "now", lambda: moment)
    mail.outbox.clear()
    tasks.tell_the_morning(0)
    deliver_due()
    return sorted(f"{letter.to[0]} {letter.subject}\n{letter.body}" for letter in mail.outbox)


def reachable(actor: Actor, address: str) -> None:
    set_address(actor, channel="mail", address=address)


def test_the_digest_goes_out_once_at_its_hour(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    hotline.accepted()
    reachable(hotline.clerk, "clerk@example.org")
    assert morning(monkeypatch, SEVEN - timedelta(hours=1)) == [], "not before seven"
    letters = morning(monkeypatch, SEVEN)
    assert len(letters) == 1
    assert letters[0].startswith("clerk@example.org ")
    assert "路灯不亮" in letters[0]
    assert morning(monkeypatch, SEVEN + timedelta(hours=1)) == [], "once a day"
    assert len(morning(monkeypatch, SEVEN + timedelta(days=1, hours=2))) == 1, "later, where nothing ran at seven"


def test_every_clerk_is_told_however_many_there_are_and_all_is_counted(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clerk a page, one line a digest: the other clerks and the other requests are still there."""
    monkeypatch.setattr(digests, "CLERKS_AT_ONCE", 1)
    monkeypatch.setattr(digests, "LINES_MAX", 1)
    for _each in range(3):
        hotline.dispatched()
    told = {hotline.clerk: "clerk@example.org", hotline.colleague: "colleague@example.org"}
    for actor, address in told.items():
        reachable(actor, address)
    letters = morning(monkeypatch, SEVEN)
    assert [letter.split()[0] for letter in letters] == sorted(told.values())
    for letter in letters:
        assert letter.count("路灯不亮") == 1
        assert "3" in letter.split("\n")[0]


def test_a_deputy_is_told_of_the_work_stood_in_for(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    hotline.accepted()
    reachable(hotline.colleague, "colleague@example.org")
    assert morning(monkeypatch, SEVEN) == [], "what a colleague handles is no work of one's own"
    assert hotline.clerk.post_id is not None and hotline.colleague.person_id is not None
    deputise(
        hotline.clerk, post_id=hotline.clerk.post_id, person_id=hotline.colleague.person_id,
        valid_from=date(2024, 3, 12), valid_to=date(2024, 4, 1),
    )  # fmt: skip
    letters = morning(monkeypatch, SEVEN + timedelta(days=1))
    assert len(letters) == 1
    assert "路灯不亮" in letters[0]
