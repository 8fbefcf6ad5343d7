"""What is not there, or not within sight, is refused by its field and value, with what would be right, and alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils.translation import gettext, override

from tests.kernel.ledgers.village import BOOK, CHART, DAY, NOWHERE, OTHER_BOOK, Village
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.ledgers import api

NONE = "v101009.none"
DAYS = {"first_day": date(2024, 3, 1), "last_day": date(2024, 3, 31)}
Ask = Callable[[Actor, Village], Any]
UNKNOWN: dict[str, tuple[Ask, str, object]] = {
    "book": (lambda actor, _v: api.book_detail(actor, book=NONE), "book", NONE),
    "book whose transfers are asked for": (lambda actor, _v: api.book_transfers(actor, book=NONE), "book", NONE),
    "book that is worked on": (
        lambda _a, v: v.post("101", "501", 1, book=NONE), "book", NONE,
    ),
    "book of a period": (lambda _a, v: api.set_period(v.supervisor, book=NONE, **DAYS, state="closed"), "book", NONE),
    "book among several": (
        lambda _a, _v: api.set_periods(SYSTEM, books=[BOOK, NONE], **DAYS, state="closed"), "books", NONE,
    ),
    "account": (lambda actor, _v: api.balance_of(actor, account_id=987_654), "account_id", 987_654),
    "account that is bounded": (
        lambda _a, v: api.limit_account(v.supervisor, account_id=987_654, balance_max=1), "account_id", 987_654,
    ),
    "account of a code": (lambda _a, _v: api.account_called(BOOK, ledger="money", code="999"), "code", "999"),
    "ledger": (
        lambda _a, v: api.open_account(
            v.bookkeeper, book=BOOK, ledger="gold", code="1", name="金", element="assets", side="debit", opened_on=DAY
        ),
        "ledger", "gold",
    ),
    "transfer": (lambda actor, _v: api.transfer_detail(actor, transfer_id=NOWHERE), "transfer_id", str(NOWHERE)),
    "transfer that is resolved": (
        lambda actor, _v: api.resolve_transfer(actor, transfer_id=NOWHERE, outcome="posted", day=DAY),
        "transfer_id", str(NOWHERE),
    ),
    "chart": (lambda _a, _v: api.chart_called("cn.none"), "chart", "cn.none"),
    "ledger that is carried over": (
        lambda _a, v: api.carry_plan(v.bookkeeper, book=BOOK, ledger="gold", from_chart=CHART, to_chart=CHART, on=DAY),
        "ledger", "gold",
    ),
}  # fmt: skip


def refused(ask: Callable[[], object]) -> NotFound:
    with pytest.raises(NotFound) as found:
        ask()
    return found.value


@pytest.mark.parametrize("named", UNKNOWN)
def test_what_is_unknown_is_refused_with_what_would_be_right(village: Village, named: str) -> None:
    ask, field, value = UNKNOWN[named]
    with seeing(SYSTEM.scope):
        error = refused(lambda: ask(village.bookkeeper, village))
    assert (error.field, error.value) == (field, value)
    for text in (error.message, error.remedy):
        with override("zh-hans"):
            assert text and gettext(text) != text, text
    assert str(error)  # every placeholder is filled


def test_what_is_out_of_sight_is_refused_as_what_is_not_there(village: Village) -> None:
    """With the second wall open: row-level security alone would hide it."""
    cash = village.accounts["101"]
    held = village.post("101", "501", 1, pending=True)
    with seeing(SYSTEM.scope):
        for out_of_sight, unknown in (
            (
                lambda: api.book_detail(village.stranger, book=BOOK),
                lambda: api.book_detail(village.stranger, book=NONE),
            ),
            (
                lambda: api.balance_of(village.stranger, account_id=cash),
                lambda: api.balance_of(village.stranger, account_id=987_654),
            ),
            (
                lambda: api.transfer_detail(village.stranger, transfer_id=held.id),
                lambda: api.transfer_detail(village.stranger, transfer_id=NOWHERE),
            ),
            (
                lambda: api.limit_account(village.supervisor, account_id=village.other["101"], balance_max=1),
                lambda: api.limit_account(village.supervisor, account_id=987_654, balance_max=1),
            ),
            (
                lambda: api.set_period(village.supervisor, book=OTHER_BOOK, **DAYS, state="closed"),
                lambda: api.set_period(village.supervisor, book=NONE, **DAYS, state="closed"),
            ),
        ):  # fmt: skip
            one, other = refused(out_of_sight), refused(unknown)
            assert (one.field, one.message, one.remedy) == (other.field, other.message, other.remedy)
            assert one.remedy
