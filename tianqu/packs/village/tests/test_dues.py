"""What falls due stands in a table: due on, the sum, received, open, and how many days it is late."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.rules.facts import Instalment
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages

pytestmark = pytest.mark.django_db


def cells(page: str, row: int) -> list[str]:
    """The cells of a row of the table of what falls due, without their tags."""
    table = page.split("What falls due</caption>")[1].split("</table>")[0]
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)[row]
    return [
        " ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<t[dh].*?</t[dh]>", found, re.DOTALL)
    ]


def test_rents_are_told_with_what_is_open_and_how_late(villages: Villages) -> None:
    today = timezone.localdate()
    days = [today - timedelta(days=400), today - timedelta(days=40), today + timedelta(days=30)]
    rents = tuple(
        Instalment(day, 100_000, day, day + timedelta(days=300), paid)
        for day, paid in zip(days, (100_000, 30_000, 0), strict=True)
    )
    contract_id = villages.contract("C1", instalments=rents)
    page = text(browser(villages.accountant).get(f"/villages/contracts/{contract_id}/"))
    assert cells(page, 0)[:5] == ["Due on", "Rent yuan", "Received yuan", "Still open yuan", "Days late"]
    assert cells(page, 1)[1:5] == ["1,000.00", "1,000.00", "0.00", "nothing is open"]
    assert cells(page, 2)[1:5] == ["1,000.00", "300.00", "700.00", "40 days late"]
    assert cells(page, 3)[1:5] == ["1,000.00", "0.00", "1,000.00", "not due yet"]
    assert cells(page, 4)[:4] == ["Together", "3,000.00", "1,300.00", "1,700.00"]


def test_claims_are_told_the_same_way(villages: Villages) -> None:
    due_on = timezone.localdate() - timedelta(days=3)
    holding_id = villages.holding("Q1", HoldingKind.CLAIM, name="应收租金", settled_fen=400_000, due_on=due_on)
    villages.holding("G1", HoldingKind.ASSET, name="办公楼", party="")
    desk = browser(villages.accountant)
    assert cells(text(desk.get(f"/villages/holdings/{holding_id}/")), 1)[1:] == [
        "10,000.00", "4,000.00", "6,000.00", "3 days late",
    ]  # fmt: skip
    page = text(desk.get("/villages/holdings/"))
    assert "6,000.00" in page and "3 days late" in page
    lines = text(desk.get("/villages/holdings.csv")).splitlines()
    assert "Still open (yuan)" in lines[0] and "6000.00" in "".join(lines)
