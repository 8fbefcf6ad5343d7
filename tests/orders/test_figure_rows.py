"""The rows behind a rate: each of them on one page and no other, whatever times they have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.orders.hotline import MONDAY, Hotline
from tianqu.base.errors import InvalidInput
from tianqu.base.periods import Period
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api

MARCH = Period(date(2024, 3, 1), date(2024, 3, 31), MONDAY.tzinfo)  # type: ignore[arg-type]


def test_opinions_of_one_time_stand_on_a_page_each(hotline: Hotline) -> None:
    order_id, at = hotline.done(), MONDAY + timedelta(days=1)
    api.rate_order(hotline.resident, order_id=order_id, satisfaction="dissatisfied", solved=False, at=at)
    api.reopen_order(hotline.resident, order_id=order_id, reason="还是不亮", at=at)
    api.finish_order(hotline.clerk, order_id=order_id, answer_public="又换了灯泡。", at=at)
    api.rate_order(hotline.resident, order_id=order_id, satisfaction="very", solved=True, at=at)
    whole = api.figure_rows(SYSTEM, MARCH, rate="satisfaction", now=at)
    assert whole.total == len(whole.rows) == 3 and whole.after is None, "two ratings, and a call that nobody needs"
    rows, after = [], None
    for _page in whole.rows:
        page = api.figure_rows(SYSTEM, MARCH, rate="satisfaction", now=at, limit=1, after=after)
        rows += page.rows
        after = page.after
    assert rows == list(whole.rows) and after is None


@pytest.mark.parametrize("mark", ["rubbish", "2024-03-05T00:00:00+08:00|x|1", "|", "a|b|c|d"])
def test_a_mark_that_no_page_gave_is_refused(hotline: Hotline, mark: str) -> None:
    with pytest.raises(InvalidInput, match="mark of a page"):
        api.figure_rows(SYSTEM, MARCH, rate="satisfaction", now=MONDAY, after=mark)
