"""What findings book stands in the month of its posting, and says in words and links what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.scenes import scene
from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, Finding
from tianqu.packs.village.findings.registers.effects import NewEffect
from tianqu.packs.village.findings.tests.stage import BOOK, Stage, build
from tianqu.packs.village.keeping.queries import month_of, month_vouchers
from tianqu.packs.village.tests.test_register_pages import browser, text

HOME = f"/villages/keeping/{BOOK}/"
LAST_MONTH = timezone.localdate().replace(day=1) - timedelta(days=1)


@pytest.fixture
def stage(db: None, settings: Any, tmp_path: Any) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path)
    forget_actors()
    ledgers.forget_books()
    stage = scene(build)
    set_scope(stage.accountant.scope)
    yield stage
    set_scope(Scope())
    forget_actors()
    ledgers.forget_books()


def pays(stage: Stage, amount: int, kind: EffectKind = EffectKind.CLAIM_SETTLED) -> tuple[UUID, UUID]:
    """A finding whose answer reserved an amount at the end of last month, and the transfer that it waits with."""
    finding_id, transfer_id = stage.open(), new_identifier()
    effect = NewEffect(transfer_id, kind, amount, day=LAST_MONTH, debit="102", voucher="记-01")
    acts.answer_finding(
        stage.accountant, finding_id=finding_id, answer_id=new_identifier(), text="已收回", evidence=(stage.evidence,),
        effects=(effect,),
    )  # fmt: skip
    return finding_id, transfer_id


def listed(stage: Stage, day: date) -> list[UUID]:
    set_scope(stage.accountant.scope)
    days = (day.replace(day=1), month_of(stage.accountant, book=BOOK, day=day).last_day)
    return [row.detail.id for row in month_vouchers(stage.accountant, book=BOOK, days=days).rows]


def agree(stage: Stage, day: date) -> int:
    """Compare what a month's list brings in and takes out of cash with the month's sums; return what came in."""
    set_scope(stage.accountant.scope)
    month = month_of(stage.accountant, book=BOOK, day=day)
    rows = month_vouchers(stage.accountant, book=BOOK, days=(month.first_day, month.last_day), limit=500).rows
    assert month.vouchers == len(rows)
    legs = [leg for row in rows if row.detail.state == "posted" for leg in row.detail.legs if leg.code[:3] in CASH]
    came_in, went_out = (sum(leg.amount * sign for leg in legs if leg.amount * sign > 0) for sign in (1, -1))
    assert came_in == sum(line.received for line in month.cash)
    assert went_out == sum(line.paid for line in month.cash)
    return came_in


CASH = ("101", "102")


def test_what_waited_is_listed_in_the_month_in_which_it_was_booked(stage: Stage) -> None:
    today = timezone.localdate()
    finding_id, transfer_id = pays(stage, 1_293_175)
    assert listed(stage, LAST_MONTH) == [transfer_id] and listed(stage, today) == []
    page = text(browser(stage.accountant).get(f"{HOME}?month={LAST_MONTH:%Y-%m}"))
    assert "reserved, waits for a decision" in page
    assert agree(stage, LAST_MONTH) == 0
    stage.close(finding_id)
    assert listed(stage, LAST_MONTH) == [] and listed(stage, today) == [transfer_id]
    desk = browser(stage.accountant)
    row = text(desk.get(f"{HOME}?month={today:%Y-%m}"))
    assert "12,931.75" in row and f'datetime="{today.isoformat()}"' in row
    assert today.isoformat() in text(desk.get(f"{HOME}month.csv?month={today:%Y-%m}"))
    told = caller(stage.accountant).read(f"/village/vouchers/{transfer_id}")
    assert (told["day"], told["booked_on"]) == (LAST_MONTH.isoformat(), today.isoformat())
    assert "Reserved on" in text(desk.get(f"/villages/vouchers/{transfer_id}/"))


def test_lists_and_sums_agree_in_every_month(stage: Stage) -> None:
    with seeing(SYSTEM.scope):
        for month in (9, 10, 11):
            legs = [ledgers.NewLeg(stage.accounts["101"], month), ledgers.NewLeg(stage.accounts["501"], -month)]
            entered = new_identifier()
            ledgers.post_transfer(
                SYSTEM, book=BOOK, transfer_id=entered, day=date(2020, month, 15), kind="receipt", legs=legs
            )
        ledgers.reverse_transfer(
            SYSTEM, transfer_id=entered, reversal_id=new_identifier(), day=date(2020, 12, 1), purpose="重复"
        )
        for number, (outcome, day) in enumerate(
            (("posted", date(2020, 11, 6)), ("voided", date(2020, 11, 6)), ("posted", date(2020, 10, 31)), ("", None))
        ):
            amount, waiting = 1_000 * 10**number, new_identifier()
            legs = [ledgers.NewLeg(stage.accounts["102"], amount), ledgers.NewLeg(stage.accounts["112"], -amount)]
            ledgers.post_transfer(
                SYSTEM, book=BOOK, transfer_id=waiting, day=date(2020, 10, 31), legs=legs, pending=True
            )
            if day is not None:
                ledgers.resolve_transfer(SYSTEM, transfer_id=waiting, outcome=outcome, day=day)
    came_in = {month: agree(stage, date(2020, month, 1)) for month in (8, 9, 10, 11, 12)}
    assert came_in == {8: 0, 9: 9, 10: 100_010, 11: 1_011, 12: 0}


def test_a_booking_says_what_it_is_about_and_who_entered_it(stage: Stage) -> None:
    finding_id, transfer_id = pays(stage, 5_000)
    stage.close(finding_id)
    with seeing(SYSTEM.scope):
        code = shown_code(Finding.objects.select_related("order").get(order_id=finding_id).order.code)
    desk, address = browser(stage.accountant), f"/villages/vouchers/{transfer_id}/"
    page, words = text(desk.get(address)), f"Finding {code}: Claim collected"
    assert f'<p class="lead">{words}</p>' in page and f"finding:{finding_id}" not in page
    assert f'<a href="/villages/findings/{finding_id}/">{words}</a>' in page
    assert "Entered by" in page and "Village accountant" in page
    assert f">{words}</a>" in text(desk.get(HOME)) and "Booking of a finding" in text(desk.get(HOME))
    chinese = text(browser(stage.accountant, "zh-hans").get(address))
    assert f"问题 {code}：" in chinese and "录入岗位" in chinese
    acts.reopen_finding(
        stage.inspector, finding_id=finding_id, reason="未到账", rectify_by=timezone.localdate() + timedelta(days=9)
    )
    newest = listed(stage, timezone.localdate())[0]
    page = text(desk.get(f"/villages/vouchers/{newest}/"))
    assert newest != transfer_id and words in page and "finding:" not in page and "transfer:" not in page
    assert agree(stage, timezone.localdate()) == 5_000


def test_a_contract_is_named_and_linked(stage: Stage) -> None:
    voucher = new_identifier()
    with seeing(SYSTEM.scope):
        ledgers.post_transfer(
            SYSTEM, book=BOOK, transfer_id=voucher, day=timezone.localdate(), kind="receipt", purpose="收承包费",
            reference=f"contract:{stage.contract_id}",
            legs=[ledgers.NewLeg(stage.accounts["102"], 5), ledgers.NewLeg(stage.accounts["501"], -5)],
        )  # fmt: skip
    page = text(browser(stage.accountant).get(f"/villages/vouchers/{voucher}/"))
    assert f'<a href="/villages/contracts/{stage.contract_id}/">Contract C1</a>' in page
    assert "contract:" not in page and "the system" in page


def test_what_is_out_of_sight_is_told_in_plain_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    finding_id, transfer_id = pays(stage, 5_000)
    monkeypatch.setattr("tianqu.packs.village.keeping.queries.can", lambda actor, permission, *place: False)
    page = text(browser(stage.accountant).get(f"/villages/vouchers/{transfer_id}/"))
    assert "Claim collected" in page and f"/villages/findings/{finding_id}/" not in page
