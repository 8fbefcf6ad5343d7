"""Charts as dated trees, and carrying a book's balances from an old chart to a new one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.ledgers.village import BOOK, CHART, FIRST, LINES, Village, leaf_numbers
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, history, seeing
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db
NEW = "village.new"
NEW_LINES = (
    api.ChartLine("1001", "库存现金", "Cash on hand", "assets", "debit"),
    api.ChartLine("1002", "银行存款", "Bank deposits", "assets", "debit"),
    api.ChartLine("1121", "应收账款", "Accounts receivable", "assets", "debit"),
    api.ChartLine("1122", "其他应收款", "Other receivables", "assets", "debit"),
    api.ChartLine("3001", "资本", "Capital", "equity", "credit"),
    api.ChartLine("3301", "收益分配", "Distribution of income", "equity", "credit"),
)
PAIRS = (
    ("101", "1001"), ("102", "1002"), ("112", "1121"), ("112", "1122"), ("11201", "1121"), ("301", "3001"),
    ("501", "3301"), ("513", "3301"),
)  # fmt: skip
SWITCH = date(2025, 1, 1)


def declared(**changes: Any) -> None:
    told: dict[str, Any] = {"code": NEW, "title": "新科目", "title_en": "New chart", "lines": NEW_LINES}
    api.publish_chart(SYSTEM, **(told | {"valid_from": date(2024, 1, 1)} | changes))
    pairs = [api.CodePair(*pair) for pair in PAIRS]
    api.map_charts(SYSTEM, from_chart=CHART, to_chart=NEW, pairs=pairs, valid_from=date(2024, 1, 1), basis="衔接规定")


def test_a_chart_has_dated_versions(village: Village) -> None:
    declared()
    more = (*NEW_LINES, api.ChartLine("100201", "定期存款", "Term deposits", "assets", "debit", parent="1002"))
    told: dict[str, Any] = {"code": NEW, "title": "新科目", "title_en": "New chart", "lines": more}
    assert api.publish_chart(SYSTEM, **told, valid_from=date(2025, 6, 1)) == 2
    assert api.publish_chart(SYSTEM, **told, valid_from=date(2025, 7, 1)) == 2, "the same adds nothing"
    assert len(api.chart_called(NEW, on=date(2025, 5, 31)).lines) == len(NEW_LINES)
    assert len(api.chart_called(NEW, on=date(2025, 6, 1)).lines) == len(more)
    with pytest.raises(NotFound):
        api.chart_called(NEW, on=date(2023, 12, 31))
    with pytest.raises(InvalidInput, match="began on"):
        api.publish_chart(SYSTEM, **(told | {"title": "x"}), valid_from=date(2025, 6, 1))
    with pytest.raises(NotPermitted):
        api.publish_chart(village.supervisor, **told, valid_from=date(2026, 1, 1))


@pytest.mark.parametrize(
    "line",
    [
        api.ChartLine("101", "重复", "Twice", "assets", "debit"), api.ChartLine("9", "x", "x", "wealth", "debit"),
        api.ChartLine("9", "x", "x", "assets", "left"), api.ChartLine("9", "x", "x", "assets", "debit", parent="8"),
        api.ChartLine("9 9", "x", "x", "assets", "debit"), api.ChartLine("9", "", "x", "assets", "debit"),
    ],
)  # fmt: skip
def test_a_line_that_contradicts_is_refused(village: Village, line: api.ChartLine) -> None:
    with pytest.raises(InvalidInput) as refused:
        api.publish_chart(SYSTEM, code="x", title="x", title_en="x", lines=(*LINES, line), valid_from=date(2020, 1, 1))
    assert refused.value.field in ("lines", "element", "side")


def closed(village: Village) -> None:
    """Close everything before the switch."""
    days = {"first_day": FIRST, "last_day": SWITCH - timedelta(days=1)}
    api.set_period(village.supervisor, book=BOOK, state="closed", **days)


def carried(village: Village, **changes: Any) -> api.PostedTransfer:
    told: dict[str, Any] = {
        "book": BOOK, "ledger": "money", "from_chart": CHART, "to_chart": NEW, "on": SWITCH,
        "transfer_id": new_identifier(),
    }  # fmt: skip
    return api.carry_over(village.supervisor, **(told | changes))


def planned(village: Village) -> api.CarryPlan:
    told = {"book": BOOK, "ledger": "money", "from_chart": CHART, "to_chart": NEW}
    with seeing(village.supervisor.scope):
        return api.carry_plan(village.supervisor, **told, on=SWITCH)


def test_every_balance_is_carried_over_and_the_old_accounts_are_closed(village: Village) -> None:
    declared()
    village.post("101", "301", 10_000)
    village.post("102", "501", 7_000)
    village.post("513", "101", 1_500)
    village.post("112", "501", 900)
    parts = [api.CarriedPart("112", "1121", 650), api.CarriedPart("112", "1122", 250)]
    with pytest.raises(Conflict, match="still open") as refused:
        carried(village, parts=parts)
    assert refused.value.field == "on"
    closed(village)
    for wrong in ([], [api.CarriedPart("112", "1121", 900), api.CarriedPart("112", "1002", 0)], parts[:1]):
        with pytest.raises(InvalidInput, match="112"):
            carried(village, parts=wrong)
    plan = planned(village)
    assert not plan.hindrances and plan.into(parts) == {
        "1001": 8_500, "1002": 7_000, "1121": 650, "1122": 250, "3001": -10_000, "3301": -6_400,
    }  # fmt: skip
    assert {line.account.code: line.followers for line in plan.lines}["112"] == ("1121", "1122")
    carried(village, parts=parts)
    with seeing(SYSTEM.scope):
        lines = api.trial_balance(SYSTEM, book=BOOK, on=SWITCH)
        before = api.trial_balance(SYSTEM, book=BOOK, on=date(2024, 12, 31))
    told = {(line.chart, line.code): line.on_own_side for line in lines if line.amount}
    assert told == {
        (NEW, "1001"): 8_500, (NEW, "1002"): 7_000, (NEW, "1121"): 650, (NEW, "1122"): 250, (NEW, "3001"): 10_000,
        (NEW, "3301"): 6_400,
    }  # fmt: skip
    assert {(line.chart, line.code) for line in before if line.amount} == {
        (CHART, code) for code in ("101", "102", "112", "301", "501", "513")
    }
    with pytest.raises(Conflict, match="closed"):
        village.post("101", "501", 1, day=date(2024, 6, 1))
    with pytest.raises(NotFound, match="no open account"):
        carried(village)
    numbers = leaf_numbers(BOOK)
    assert numbers == list(range(1, len(numbers) + 1))


def test_days_of_no_period_are_open_too(village: Village) -> None:
    declared()
    village.post("101", "301", 10_000)
    month = {"first_day": date(2024, 12, 1), "last_day": date(2024, 12, 31)}
    api.set_period(village.supervisor, book=BOOK, state="closed", **month)
    with pytest.raises(Conflict, match="from 2024-01-01 to 2024-11-30 first"):
        carried(village)
    assert [one.field for one in planned(village).hindrances] == ["on"]
    api.set_period(
        village.supervisor, book=BOOK, state="closed", first_day=FIRST, last_day=date(2024, 9, 30)
    )  # fmt: skip
    with pytest.raises(Conflict, match="from 2024-10-01 to 2024-11-30 first"):
        carried(village)
    between = {"first_day": date(2024, 10, 1), "last_day": date(2024, 11, 30)}
    api.set_period(village.supervisor, book=BOOK, state="open", **between)
    with pytest.raises(Conflict, match="from 2024-10-01 to 2024-11-30 first"):
        carried(village)
    api.set_period(village.supervisor, book=BOOK, state="closing", **between)
    assert carried(village).number


def test_a_book_goes_over_with_a_year(village: Village) -> None:
    declared()
    village.post("101", "301", 10_000)
    api.set_period(village.supervisor, book=BOOK, state="closed", first_day=FIRST, last_day=date(2025, 1, 31))
    with pytest.raises(InvalidInput, match="Choose 2026-01-01") as refused:
        carried(village, on=date(2025, 2, 1))
    assert refused.value.field == "on"
    told = {"book": BOOK, "ledger": "money", "from_chart": CHART, "to_chart": NEW}
    with seeing(village.supervisor.scope):
        assert api.carry_day(village.supervisor, **told) == SWITCH
        with pytest.raises(NotFound):
            api.carry_day(village.stranger, **told)
    village.post("101", "301", 1, day=date(2025, 3, 1))
    with seeing(village.supervisor.scope):
        assert api.carry_day(village.supervisor, **told) == date(2026, 1, 1)


def test_the_log_tells_which_account_has_which_code(village: Village) -> None:
    declared()
    village.post("101", "301", 10_000)
    closed(village)
    carried(village)
    with seeing(SYSTEM.scope):
        book = api.book_called(BOOK)
        accounts = [one for one in api.accounts_of(book) if one.ledger.code == "money"]
        (opened,) = history(f"book:{book.id}")
        (over,) = history(f"ledger:{accounts[0].ledger_id}")
    told: Any = [opened.after, over.after]
    for chart, pairs in ((CHART, told[0]["ledgers"][0]["accounts"]), (NEW, told[1]["accounts"])):
        assert sorted(pairs) == sorted([one.id, one.code] for one in accounts if one.chart == chart)


@pytest.mark.parametrize("amount", [900, 0])
def test_the_same_sent_twice_is_carried_once(village: Village, amount: int) -> None:
    declared()
    sent: dict[str, Any] = {"transfer_id": new_identifier()}
    if amount:
        village.post("112", "301", amount)
        sent["parts"] = [api.CarriedPart("112", "1121", 650), api.CarriedPart("112", "1122", 250)]
    closed(village)
    first = carried(village, **sent)
    before = leaf_numbers(BOOK)
    again = carried(village, **(sent | {"parts": sent.get("parts", [])[::-1]}))
    assert (again.id, again.number, again.again) == (first.id, first.number, True)
    for other in ({"on": date(2026, 1, 1)}, {"parts": [api.CarriedPart("112", "1121", amount + 1)]}):
        with pytest.raises(Conflict, match="under this identifier"):
            carried(village, **(sent | other))
    assert leaf_numbers(BOOK) == before


def test_what_was_posted_under_an_identifier_is_not_carried_under_it(village: Village) -> None:
    declared()
    posted = village.post("101", "301", 10_000)
    closed(village)
    with pytest.raises(Conflict, match="under this identifier"):
        carried(village, transfer_id=posted.id)


def test_nothing_is_carried_while_something_is_pending_or_dated_later(village: Village) -> None:
    declared()
    village.post("101", "301", 10_000)
    held = village.post("101", "501", 5, pending=True)
    closed(village)
    with pytest.raises(Conflict, match="pending"):
        carried(village)
    assert {type(one) for one in planned(village).hindrances} == {Conflict}
    api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="voided")
    village.post("101", "501", 5, day=date(2025, 2, 1))
    with pytest.raises(Conflict, match="dated after"):
        carried(village)
    with pytest.raises(NotFound, match="goes on"):
        carried(village, to_chart="village.none")


def test_a_mapping_forgets_no_account_of_the_old_chart(village: Village) -> None:
    declared()
    pairs = [api.CodePair(*pair) for pair in PAIRS]
    told: dict[str, Any] = {"from_chart": CHART, "to_chart": NEW, "valid_from": date(2026, 1, 1)}
    with pytest.raises(InvalidInput, match="Nothing follows"):
        api.map_charts(SYSTEM, **told, pairs=pairs[1:])
    with pytest.raises(InvalidInput, match="has no account"):
        api.map_charts(SYSTEM, **told, pairs=[*pairs, api.CodePair("101", "9999")])


def test_the_charts_of_dezhou_are_whole_and_map_onto_each_other(db: None) -> None:
    folder = Path(__file__).resolve().parents[3] / "realms" / "dezhou" / "ledgers"
    for _time in range(2):
        api.publish_charts(folder)
    old, new = api.chart_called("cn.village.2004"), api.chart_called("cn.village.2023")
    assert (old.version, new.version, len(old.lines), len(new.lines)) == (1, 1, 33, 42)
    assert {line["code"] for line in new.lines if line["side"] == "credit" and line["element"] == "assets"} == {
        "133", "152", "162"
    }  # fmt: skip
    followers = api.followers_of(from_chart=old.code, to_chart=new.code, on=date(2024, 1, 1))
    sides = {line["code"]: line["side"] for line in (*old.lines,)}
    assert set(followers) == set(sides)
    plain_ones = [code for code, after in followers.items() if len(after) == 1]
    assert len(plain_ones) > 20
