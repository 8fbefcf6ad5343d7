"""Months are finished one after the other: the first that is not finished is named, and linked."""

from __future__ import annotations

from datetime import date

import pytest

from tianqu.base.errors import Conflict, InvalidInput
from tianqu.kernel.journal.api import set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.keeping import acts
from tianqu.packs.village.keeping.registers.vouchers import unfinished_months
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, Bookkeeping
from tianqu.packs.village.tests.test_register_pages import browser, text

HOME = f"/villages/keeping/{BOOK}/"
JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))


def finish(keeping: Bookkeeping, month: date) -> None:
    set_scope(keeping.accountant.scope)
    acts.finish_month(keeping.accountant, book=BOOK, month=month)


def test_a_month_waits_for_those_before_it(keeping: Bookkeeping) -> None:
    with pytest.raises(Conflict, match=r"2024-01 is not finished yet.* Finish 2024-01 first") as refused:
        finish(keeping, MARCH)
    assert refused.value.field == "month"
    finish(keeping, JANUARY)
    keeping.enter(day=date(2024, 2, 5))
    with pytest.raises(Conflict, match="2024-02 is not finished yet"):
        finish(keeping, MARCH)
    finish(keeping, FEBRUARY)
    finish(keeping, MARCH)
    set_scope(keeping.auditor.scope)
    ledgers.set_period(keeping.auditor, book=BOOK, first_day=JANUARY, last_day=date(2024, 1, 31), state="open")
    with pytest.raises(Conflict, match="2024-01 is not finished yet"):
        finish(keeping, date(2024, 4, 1))


def test_a_month_of_no_age_is_refused_in_words(keeping: Bookkeeping) -> None:
    for month in (date(1, 1, 1), date(9999, 12, 1)):
        with pytest.raises(InvalidInput) as refused:
            finish(keeping, month)
        assert refused.value.field == "month"


def test_a_month_without_a_voucher_keeps_nobody_waiting(keeping: Bookkeeping) -> None:
    finish(keeping, JANUARY)
    finish(keeping, MARCH)
    page = text(browser(keeping.accountant).get(f"{HOME}?month=2024-05"))
    assert f'href="{HOME}finish?month=2024-05"' in page and "one after the other" not in page


def test_by_form_it_is_linked(keeping: Bookkeeping) -> None:
    finish(keeping, JANUARY)
    keeping.enter(day=date(2024, 2, 5))
    desk, link = browser(keeping.accountant), f'href="{HOME}?month=2024-02#closing"'
    page = text(desk.get(f"{HOME}?month=2024-03"))
    assert link in page and f'href="{HOME}finish?month=2024-03"' not in page
    assert link in text(desk.get(f"{HOME}finish?month=2024-03"))
    refused = text(desk.post(f"{HOME}finish?month=2024-03", {}), 409)
    assert link in refused and "2024-02 is not finished yet" in refused
    page = text(desk.get(f"{HOME}?month=2024-02"))
    assert f'href="{HOME}finish?month=2024-02"' in page and "one after the other" not in page
    for month in ("2024-02", "2024-03"):
        assert desk.post(f"{HOME}finish?month={month}", {}).status_code == 302


def test_a_month_is_finished_when_each_of_its_days_is() -> None:
    def period(first: date, last: date, state: str) -> ledgers.Period:
        return ledgers.Period(first_day=first, last_day=last, state=state)

    days = {"first_day": date(2024, 1, 10), "last_day": date(2024, 4, 30)}
    assert unfinished_months([], **days) == [JANUARY, FEBRUARY, MARCH, date(2024, 4, 1)]
    parts = [
        period(date(2024, 2, 10), date(2024, 3, 31), "closed"), period(date(2024, 1, 10), date(2024, 2, 8), "closing"),
        period(date(2024, 4, 1), date(2024, 4, 30), "open"),
    ]  # fmt: skip
    assert unfinished_months(parts, **days) == [FEBRUARY, date(2024, 4, 1)]
