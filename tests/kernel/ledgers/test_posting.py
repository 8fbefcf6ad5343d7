"""Posting, reserving, resolving and reversing: what each leaves, and what each refuses in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.utils import timezone

from tests.kernel.ledgers.village import BOOK, DAY, FIRST, NOWHERE, OTHER_BOOK, Village, leaf_numbers, run
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.ledgers import api

pytestmark = pytest.mark.django_db


def test_a_transfer_moves_money_and_has_its_leaf(village: Village) -> None:
    posted = village.post("101", "501", 123_450, reference="contract:7", voucher="记-1")
    assert (village.balance("101"), village.balance("501")) == (123_450, -123_450)
    assert (village.balance("101", on=date(2024, 3, 4)), village.balance("101", on=DAY)) == (0, 123_450)
    (leaf, body, person), = run(
        "SELECT leaf, body, actor_person_id FROM journal_entry WHERE subject = %s", [f"transfer:{posted.id}"]
    )  # fmt: skip
    public = orjson.loads(bytes(leaf))
    assert (public["book"], public["book_sequence"]) == (f"book:{BOOK}", posted.number)
    assert bytes(leaf) == orjson.dumps(public, option=orjson.OPT_SORT_KEYS)
    after = orjson.loads(bytes(body))["after"]
    assert after["legs"] == [[village.accounts["101"], 123_450], [village.accounts["501"], -123_450]]
    assert (after["reference"], after["voucher"], after["day"]) == ("contract:7", "记-1", "2024-03-05")
    assert person == village.bookkeeper.person_id
    numbers = leaf_numbers(BOOK)
    assert numbers == list(range(1, len(numbers) + 1)) and numbers[-1] == posted.number


def test_the_same_sent_again_is_the_same(village: Village) -> None:
    transfer_id = new_identifier()
    first = village.post("101", "501", 5_000, transfer_id=transfer_id)
    again = village.post("101", "501", 5_000, transfer_id=transfer_id)
    assert (first.number, first.again, again.number, again.again) == (first.number, False, first.number, True)
    for other in ({"day": date(2024, 3, 6)}, {"legs": village.legs("101", "501", 5_001)}, {"voucher": "2"}):
        with pytest.raises(Conflict, match="under this identifier"):
            village.post("101", "501", 5_000, **({"transfer_id": transfer_id} | other))
    assert village.balance("101") == 5_000
    assert leaf_numbers(BOOK)[-1] == first.number


def most(village: Village) -> tuple[api.NewLeg, ...]:
    """The most that one transfer moves from 501 to 101: with 37 of them no sum is kept any more."""
    return 250 * village.legs("101", "501", 10**15)


def test_sums_beyond_what_can_be_kept_are_refused_in_words(village: Village) -> None:
    held = village.post("101", "501", 0, legs=most(village), pending=True)
    many = [api.NewTransfer(new_identifier(), DAY, most(village)) for _each in range(37)]
    tries = (
        lambda: api.post_batch(village.bookkeeper, book=BOOK, transfers=many),
        lambda: api.post_batch(village.bookkeeper, book=BOOK, transfers=many[:36]),
        lambda: village.post("101", "501", 0, legs=most(village)),
        lambda: api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="posted"),
    )
    for number, attempt in enumerate(tries):
        if number == 1:
            attempt()  # just as much as can be kept
            continue
        with pytest.raises(InvalidInput, match="Move less") as refused:
            attempt()
        assert refused.value.field == "amount"
    assert village.balance("101") == 36 * 250 * 10**15
    with pytest.raises(NotFound):
        village.post("101", "501", 1, legs=(api.NewLeg(2**63, 1), api.NewLeg(village.accounts["501"], -1)))


def test_two_ledgers_move_in_one_transfer(village: Village) -> None:
    land = (api.NewLeg(village.land["idle"], 165_170_000), api.NewLeg(village.land["whole"], -165_170_000))
    village.post("101", "501", 1, legs=(*village.legs("101", "501", 100), *land))
    with seeing(SYSTEM.scope):
        lines = api.trial_balance(SYSTEM, book=BOOK, on=DAY)
    told = {(line.ledger, line.code): line.on_own_side for line in lines if line.amount}
    assert told == {
        ("money", "101"): 100, ("money", "501"): 100, ("land", "idle"): 165_170_000, ("land", "whole"): 165_170_000
    }  # fmt: skip
    crossed = (api.NewLeg(village.accounts["101"], 5), api.NewLeg(village.land["idle"], -5))
    with pytest.raises(InvalidInput, match="sum to zero"):
        village.post("101", "501", 1, legs=crossed)


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"legs": ()}, InvalidInput, "legs"),
        ({"legs": (api.NewLeg(1, 5), api.NewLeg(2, -4))}, InvalidInput, "legs"),
        ({"legs": (api.NewLeg(1, 0), api.NewLeg(2, 0))}, InvalidInput, "legs"),
        ({"legs": (api.NewLeg(1, 10**16), api.NewLeg(2, -(10**16)))}, InvalidInput, "legs"),
        ({"legs": (api.NewLeg(10**15, 5), api.NewLeg(10**15 + 1, -5))}, NotFound, "account_id"),
        ({"day": date(2023, 12, 31)}, Conflict, "day"),
        ({"day": date(1, 1, 1)}, InvalidInput, "day"),
        ({"kind": "Rent"}, InvalidInput, "kind"),
        ({"kind": "carry_over"}, InvalidInput, "kind"),  # posters would tell it under no sum
        ({"kind": "closing"}, InvalidInput, "kind"),  # cash would be taken out of the income of the year
        ({"reference": "contract"}, InvalidInput, "reference"),
        ({"purpose": "x" * 501}, TooLarge, "purpose"),
        ({"purpose": "a\u202eb"}, InvalidInput, "purpose"),
        ({"expires_at": datetime(2024, 4, 1, tzinfo=UTC)}, InvalidInput, "expires_at"),
        ({"book": "nobody.funds"}, NotFound, "book"),
    ],
)
def test_what_cannot_be_posted_is_said(village: Village, given: dict[str, Any], error: Any, field: str) -> None:
    before = leaf_numbers(BOOK)
    with pytest.raises(error) as refused:
        village.post("101", "501", 5, **given)
    assert refused.value.field == field and refused.value.message
    assert leaf_numbers(BOOK) == before


def test_nobody_posts_in_the_next_village(village: Village) -> None:
    legs = (api.NewLeg(village.other["101"], 5), api.NewLeg(village.other["501"], -5))
    for given in ({"book": OTHER_BOOK, "legs": legs}, {"legs": legs}):
        with pytest.raises(NotFound):
            village.post("101", "501", 5, **given)
    for actor in (village.stranger, village.supervisor):
        with pytest.raises((NotFound, NotPermitted)):
            village.post("101", "501", 5, actor=actor)
    with pytest.raises(NotFound):
        api.balance_of(village.stranger, account_id=village.accounts["101"])
    mixed = (api.NewLeg(village.accounts["101"], 5), api.NewLeg(village.other["501"], -5))
    with pytest.raises(InvalidInput, match="more than one book"):
        village.post("101", "501", 5, actor=SYSTEM, legs=mixed)


def test_a_pending_transfer_reserves_and_is_resolved_once(village: Village) -> None:
    posted = village.post("101", "501", 700, pending=True)
    with seeing(SYSTEM.scope):
        held = api.balance_of(SYSTEM, account_id=village.accounts["101"])
    assert (held.amount, held.pending_debit) == (0, 700)
    with pytest.raises(InvalidInput, match="believable"):
        api.resolve_transfer(village.bookkeeper, transfer_id=posted.id, outcome="posted", day=date(9024, 4, 2))
    number = api.resolve_transfer(
        village.bookkeeper, transfer_id=posted.id, outcome="posted", day=date(2024, 4, 2), reason="钱到了"
    )
    assert number == posted.number + 1 == leaf_numbers(BOOK)[-1]
    assert (village.balance("101", on=date(2024, 4, 1)), village.balance("101", on=date(2024, 4, 2))) == (0, 700)
    for outcome in ("posted", "voided"):
        with pytest.raises(Conflict, match="not pending"):
            api.resolve_transfer(village.bookkeeper, transfer_id=posted.id, outcome=outcome)
    with seeing(SYSTEM.scope):
        left = api.balance_of(SYSTEM, account_id=village.accounts["101"])
    assert (left.amount, left.pending_debit, left.pending_credit) == (700, 0, 0)


def test_a_voided_transfer_leaves_nothing(village: Village) -> None:
    posted = village.post("101", "501", 700, pending=True)
    api.resolve_transfer(village.bookkeeper, transfer_id=posted.id, outcome="voided", reason="没来")
    with seeing(SYSTEM.scope):
        left = api.balance_of(SYSTEM, account_id=village.accounts["101"])
    assert (left.amount, left.pending_debit) == (0, 0)
    firm = village.post("101", "501", 1)
    with pytest.raises(Conflict, match="not pending"):
        api.resolve_transfer(village.bookkeeper, transfer_id=firm.id, outcome="voided")
    with pytest.raises(NotFound):
        api.resolve_transfer(village.bookkeeper, transfer_id=NOWHERE, outcome="voided")


def test_a_pending_transfer_takes_effect_in_time_and_on_a_believable_day(village: Village) -> None:
    held = village.post("101", "501", 700, pending=True, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="time of this pending transfer is over"):
        api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="posted")
    api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome="voided")
    waiting = village.post("101", "501", 700, pending=True)
    with pytest.raises(InvalidInput, match="believable") as refused:
        api.resolve_transfer(village.bookkeeper, transfer_id=waiting.id, outcome="posted", day=date(9999, 12, 31))
    assert refused.value.field == "day"
    with pytest.raises(InvalidInput, match="believable") as refused:
        village.post("101", "501", 1, pending=True, expires_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert refused.value.field == "expires_at"
    with pytest.raises(InvalidInput, match="takes another one back"):
        village.post("101", "501", 1, kind="reversal")


def test_a_made_up_mark_of_a_page_is_refused(village: Village) -> None:
    for mark in ("0001-01-01/1/1", "9999-12-31/1/1", "2024-03-05/x/1", "2024-03-05"):
        with pytest.raises(InvalidInput) as refused, seeing(SYSTEM.scope):
            api.statement_of_account(
                SYSTEM, account_id=village.accounts["101"], first_day=FIRST, last_day=DAY, after=mark
            )
        assert refused.value.field == "after"


def test_a_reversal_is_dated_on_its_own_day_and_once(village: Village) -> None:
    posted = village.post("513", "101", 900)
    reversal_id = uuid4()
    told = {"transfer_id": posted.id, "reversal_id": reversal_id, "day": date(2024, 5, 1), "purpose": "记错了"}
    reversal = api.reverse_transfer(village.bookkeeper, **told)
    assert (village.balance("513", on=date(2024, 4, 30)), village.balance("513")) == (900, 0)
    assert api.reverse_transfer(village.bookkeeper, **told) == api.PostedTransfer(reversal_id, reversal.number, True)
    with pytest.raises(Conflict, match="reversed already"):
        api.reverse_transfer(village.bookkeeper, **(told | {"reversal_id": uuid4()}))
    with pytest.raises(Conflict, match="reverse"):
        api.reverse_transfer(village.bookkeeper, **(told | {"transfer_id": reversal_id, "reversal_id": uuid4()}))
    early = village.post("513", "101", 900)
    with pytest.raises(Conflict, match="reverse"):
        api.reverse_transfer(
            village.bookkeeper, **(told | {"transfer_id": early.id, "reversal_id": uuid4(), "day": FIRST})
        )


def test_limits_hold_with_what_is_pending(village: Village) -> None:
    api.limit_account(village.supervisor, account_id=village.accounts["101"], balance_min=0, balance_max=1_000)
    village.post("101", "501", 600)
    village.post("101", "501", 400, pending=True)
    with pytest.raises(Conflict, match="limit"):
        village.post("101", "501", 1)
    with pytest.raises(Conflict, match="limit"):
        village.post("513", "101", 601)
    village.post("513", "101", 500, pending=True)
    with pytest.raises(Conflict, match="limit"):
        village.post("513", "101", 101)
    with pytest.raises(Conflict, match="limit"):
        api.limit_account(village.supervisor, account_id=village.accounts["101"], balance_max=599)
    with pytest.raises(NotPermitted):
        api.limit_account(village.bookkeeper, account_id=village.accounts["101"], balance_max=10**9)
    api.limit_account(village.supervisor, account_id=village.accounts["501"], balance_max=1_200)
    with pytest.raises(Conflict, match="limit"):
        village.post("102", "501", 201)
    village.post("102", "501", 200)


def test_a_closed_period_takes_nothing_and_stays_closed(village: Village) -> None:
    march: dict[str, Any] = {"book": BOOK, "first_day": date(2024, 3, 1), "last_day": date(2024, 3, 31)}
    posted = village.post("101", "501", 100)
    pending = village.post("101", "501", 50, pending=True)
    api.set_period(village.supervisor, **march, state="closing")
    with pytest.raises(Conflict, match="being closed"):
        village.post("101", "501", 100)
    village.post("101", "501", 7, kind="adjustment")
    api.set_period(village.supervisor, **march, state="closed")
    for kind in ("ordinary", "adjustment"):
        with pytest.raises(Conflict, match="closed"):
            village.post("101", "501", 100, kind=kind)
    with pytest.raises(Conflict, match="closed"):
        api.resolve_transfer(village.bookkeeper, transfer_id=pending.id, outcome="posted")
    api.resolve_transfer(village.bookkeeper, transfer_id=pending.id, outcome="posted", day=date(2024, 4, 1))
    with pytest.raises(Conflict, match="stays closed"):
        api.set_period(village.supervisor, **march, state="open")
    with pytest.raises(Conflict, match="some of these days"):
        api.set_period(village.supervisor, **(march | {"first_day": date(2024, 3, 5)}), state="open")
    told = {"transfer_id": posted.id, "reversal_id": uuid4(), "purpose": "冲销"}
    with pytest.raises(Conflict, match="closed"):
        api.reverse_transfer(village.bookkeeper, **told, day=date(2024, 3, 31))
    api.reverse_transfer(village.bookkeeper, **told, day=date(2024, 4, 1))
    assert village.balance("101", on=date(2024, 3, 31)) == 107


def test_a_batch_is_posted_whole_and_again(village: Village) -> None:
    batch = [
        api.NewTransfer(new_identifier(), DAY, village.legs("101", "501", n), voucher=str(n)) for n in range(1, 51)
    ]
    posted = api.post_batch(village.bookkeeper, book=BOOK, transfers=batch[:30])
    assert [each.number for each in posted] == list(range(posted[0].number, posted[0].number + 30))
    again = api.post_batch(village.bookkeeper, book=BOOK, transfers=batch)
    assert [each.again for each in again] == [True] * 30 + [False] * 20
    assert [each.number for each in again][:30] == [each.number for each in posted]
    assert village.balance("101") == sum(range(1, 51))
    wrong = [*batch[:1], api.NewTransfer(new_identifier(), date(2023, 1, 1), village.legs("101", "501", 1))]
    with pytest.raises(Conflict, match="not open on this day"):
        api.post_batch(village.bookkeeper, book=BOOK, transfers=wrong)
    other = api.NewTransfer(batch[0].id, DAY, village.legs("101", "501", 9))
    with pytest.raises(Conflict, match="under this identifier"):
        api.post_batch(village.bookkeeper, book=BOOK, transfers=[other])
    numbers = leaf_numbers(BOOK)
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_account_is_closed_empty_and_takes_nothing_more(village: Village) -> None:
    account_id = village.accounts["112"]
    village.post("112", "501", 100)
    told = {"account_id": account_id, "closed_on": date(2024, 6, 1)}
    with pytest.raises(Conflict, match="not empty"):
        api.close_account(village.bookkeeper, **told)
    village.post("101", "112", 100)
    api.close_account(village.bookkeeper, **told)
    with pytest.raises(Conflict, match="closed"):
        village.post("112", "501", 100)
    with pytest.raises(Conflict, match="closed already"):
        api.close_account(village.bookkeeper, **told)
