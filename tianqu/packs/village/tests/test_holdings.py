"""Fixed assets, funds, claims and debts: dated, safe to send twice, each refusal in words, and behind the wall."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.owner import as_owner
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Scope, prepare_entry, set_scope
from tianqu.packs.village import acts
from tianqu.packs.village.holding.queries import HoldingFilters, holding_detail, holding_list, holding_sums
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.registers.holdings import HoldingFacts
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import DAY, LATER, Villages


def paid(villages: Villages, holding_id: Any, settled_fen: int, day: date = LATER, **more: Any) -> None:
    told = {"change_id": new_identifier(), "reason": "还款"} | more
    acts.correct_holding(
        villages.accountant, holding_id=holding_id, day=day,
        facts=HoldingFacts("欠工程款", 1_000_000, "吴施工", settled_fen), **told,
    )  # fmt: skip


def test_a_debt_is_what_it_was_on_each_day_and_ends_once(villages: Villages) -> None:
    holding_id = villages.holding()
    paid(villages, holding_id, 400_000)

    def settled(day: date) -> list[int]:
        page = holding_list(villages.accountant, filters=HoldingFilters(HoldingKind.DEBT, on=day))
        return [row.settled_fen for row in page.rows]

    assert (settled(DAY - timedelta(days=1)), settled(DAY), settled(LATER)) == ([], [0], [400_000])
    (sums,) = holding_sums(villages.accountant, filters=HoldingFilters())
    assert (sums.kind, sums.holdings, sums.amount_fen, sums.settled_fen) == ("debt", 1, 1_000_000, 400_000)
    told = {"holding_id": holding_id, "change_id": new_identifier(), "day": date(2023, 1, 1), "reason": "还清"}
    for _time in range(2):  # the same sent twice changes nothing
        acts.end_holding(villages.accountant, **told)
    assert settled(date(2023, 1, 1)) == [] and settled(date(2022, 12, 31)) == [400_000]
    with pytest.raises(Conflict, match="has ended"):
        acts.end_holding(villages.accountant, **(told | {"change_id": new_identifier()}))
    detail = holding_detail(villages.accountant, holding_id=holding_id)
    assert detail.now is None and detail.versions[0].close_reason == "还清"


def test_who_may_not_read_the_party_reads_it_in_no_other_word(villages: Villages) -> None:
    holding_id = villages.holding(name="欠吴施工工程款", location="吴施工家", note="吴施工经手")
    page = browser(villages.villager).get(f"/villages/holdings/{holding_id}/")
    told = caller(villages.villager).read(f"/village/holdings/{holding_id}"), text(page)
    assert "吴施工" not in str(told) and "欠吴**工程款" in text(page)
    assert "吴施工" not in str(caller(villages.villager).read("/village/holdings"))
    assert "欠吴施工工程款" in text(browser(villages.accountant).get(f"/villages/holdings/{holding_id}/"))
    for words, villager, accountant in (("吴施", 0, 1), ("欠吴施工", 0, 1), ("工程款", 1, 1), ("吴施工家", 0, 1)):
        for actor, count in ((villages.villager, villager), (villages.accountant, accountant)):
            page = text(browser(actor).get("/villages/holdings/", {"q": words}))
            assert page.count(f"/villages/holdings/{holding_id}/") == count, (words, count)


def test_what_is_sent_twice_is_one(villages: Villages) -> None:
    holding_id, change_id = new_identifier(), new_identifier()
    assert villages.holding(holding_id=holding_id) == villages.holding(holding_id=holding_id) == holding_id
    for _time in range(2):
        paid(villages, holding_id, 5, change_id=change_id)
    assert len(holding_detail(villages.accountant, holding_id=holding_id).versions) == 2
    with pytest.raises(Conflict, match="identifier"):
        villages.holding(holding_id=holding_id, note="别的")
    with pytest.raises(Conflict) as refused:
        villages.holding()
    assert refused.value.field == "number"
    assert villages.holding(kind=HoldingKind.FUND, party="")  # another kind has its own numbers


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("amount_fen", {"amount_fen": -1}), ("settled_fen", {"settled_fen": 1_000_001}), ("party", {"party": ""}),
        ("settled_fen", {"kind": HoldingKind.ASSET, "settled_fen": 1}), ("name", {"name": " "}),
        ("due_on", {"due_on": date(1900, 1, 1)}), ("day", {"day": date(2190, 1, 1)}), ("number", {"number": ""}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(villages: Villages, field: str, changed: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        villages.holding(**changed)
    assert refused.value.field == field and refused.value.remedy
    assert villages.holding()


def test_the_next_village_is_told_nothing_and_a_villager_no_names(villages: Villages) -> None:
    holding_id = villages.holding()
    stranger = villages.stranger
    assert holding_list(stranger, filters=HoldingFilters()).rows == []
    for attempt in (
        lambda: holding_detail(stranger, holding_id=holding_id),
        lambda: acts.end_holding(stranger, holding_id=holding_id, change_id=uuid4(), day=LATER, reason="x"),
        lambda: villages.holding("Z2", actor=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotPermitted):
        villages.holding("Z2", actor=villages.villager)
    set_scope(villages.villager.scope)
    assert holding_list(villages.villager, filters=HoldingFilters()).rows[0].party == "吴**"
    assert holding_list(villages.villager, filters=HoldingFilters(text="吴施工")).rows == []
    assert holding_detail(villages.villager, holding_id=holding_id).versions[0].party == "吴**"
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM village_holding_version")
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("village_holding_kept", "UPDATE village_holding_version SET amount_fen = amount_fen + 1"),
        ("stays written", "DELETE FROM village_holding_version"),
        ("stays written", "UPDATE village_holding SET number = 'x'"),
        ("village_holding_days", "UPDATE village_holding_version SET valid_to = valid_from - 1, closed_by = change_id"),
        ("village_holding_apart", "INSERT INTO village_holding_version (holding_id, place_path, valid_from, change_id,"
         " digest, reason, close_reason, at, name, party, amount_fen, settled_fen, location, note)"
         " SELECT holding_id, place_path, valid_from + 1, gen_random_uuid(), digest, '', '', at, '', '', 0, 0, '', ''"
         " FROM village_holding_version"),
    ],
)  # fmt: skip
def test_the_database_keeps_its_laws_at_the_console_too(villages: Villages, law: str, sql: str) -> None:
    villages.holding()
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_over_the_api_and_by_form(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    told = {
        "place_id": str(villages.place_id), "holding_id": str(uuid4()), "kind": "claim", "number": "Q1",
        "day": "2021-01-01", "facts": {"name": "应收租金", "amount_fen": 500_000, "party": "郑欠租"},
    }  # fmt: skip
    assert keeper.done("/acts/village.register_holding", told)["result"] == told["holding_id"]
    wrong = told | {"holding_id": str(uuid4()), "facts": told["facts"] | {"party": ""}}  # type: ignore[operator]
    assert keeper.post("/acts/village.register_holding", wrong).json()["field"] == "party"
    assert [row["party"] for row in keeper.read("/village/holdings", kind="claim")["rows"]] == ["郑欠租"]
    assert keeper.read(f"/village/holdings/{told['holding_id']}")["standing"] is True
    assert keeper.read("/village/holding-sums")[0]["amount_fen"] == 500_000
    assert caller(villages.stranger).get(f"/village/holdings/{told['holding_id']}").status_code == 404
    desk = browser(villages.accountant)
    sent = {"number": "G1", "name": "办公楼", "amount": "120,000.50", "location": "村委会", "day": "2021-01-01"}
    answer = desk.post("/villages/holdings/new/asset", sent)
    assert answer.status_code == 302, text(answer)
    page = text(desk.get("/villages/holdings/"))
    assert "办公楼" in page and "120,000.50" in page and "郑欠租" in page
    change = {"name": "办公楼", "amount": "130000", "day": "2022-01-01", "reason": "扩建", "note": ""}
    assert desk.post(f"{answer['Location']}correct", change).status_code == 302
    assert "130,000.00" in (shown := text(desk.get(answer["Location"]))) and "扩建" in shown
    assert desk.post(f"{answer['Location']}end", {"day": "2023-01-01", "reason": "拆除"}).status_code == 302
    assert "拆除" in text(desk.get(answer["Location"]))
    assert "郑欠租" in text(desk.get("/villages/holdings.csv"))
    assert 'id="party-error"' in text(desk.post("/villages/holdings/new/debt", sent), 400)
    assert desk.get("/villages/holdings/new/gold").status_code == 404
    assert browser(villages.stranger).get(answer["Location"]).status_code == 404
