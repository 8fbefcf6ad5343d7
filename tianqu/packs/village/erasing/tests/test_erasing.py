"""Erasing a lessee: the name goes from registers, book and log; numbers, proofs and everybody else's names stay."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone
from django.utils.translation import override

from tests.owner import as_owner
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Actor, prepare_entry, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.pack.api import ContractsAsked
from tianqu.packs.village import acts
from tianqu.packs.village.contracting.queries import contract_releases
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.erasing.queries import named_in
from tianqu.packs.village.holding.queries import holding_detail
from tianqu.packs.village.keeping.tests.bookkeeping import BOOK, Bookkeeping
from tianqu.packs.village.models import Contract, HoldingVersion
from tianqu.packs.village.queries import contract_detail
from tianqu.packs.village.tests.test_register_pages import browser, text

NAME, OTHER = "李承租", "王别人"
ENDED = date(2022, 6, 1)


class Lessee:
    """Somebody who rented, owed and paid, and somebody else who did, too."""

    def __init__(self, keeping: Bookkeeping) -> None:
        self.keeping, villages = keeping, keeping.villages
        self.inspector: Actor = villages.post("c1.housing", "county_inspector")
        set_scope(villages.accountant.scope)
        self.contract = villages.contract("C1", lessee=NAME)
        acts.correct_contract(
            villages.accountant, contract_id=self.contract,
            terms=replace(contract_detail(villages.accountant, contract_id=self.contract).terms, rent_year_fen=1),
        )  # fmt: skip
        acts.end_contract(villages.accountant, contract_id=self.contract, on=ENDED, reason=f"{NAME}进城")
        self.holding = villages.holding("Z1", party=NAME)
        acts.end_holding(
            villages.accountant, holding_id=self.holding, change_id=new_identifier(), day=ENDED, reason=f"{NAME}已还清"
        )
        self.transfer = keeping.enter("receipt", 625_000, purpose=f"收{NAME}承包费", contract_id=self.contract)
        self.others = (villages.contract("C2", lessee=OTHER), keeping.enter("receipt", 5, purpose=f"收{OTHER}款"))
        with seeing(SYSTEM.scope):
            self.account = ledgers.open_account(
                SYSTEM, book=BOOK, ledger="money", code="112.9", name=f"{NAME}往来", element="assets", side="debit",
                opened_on=date(2024, 1, 1),
            )  # fmt: skip
        set_scope(villages.accountant.scope)

    def erase(self, **more: Any) -> int:
        actor = more.pop("actor", self.inspector)
        set_scope(actor.scope)
        told: dict[str, Any] = {
            "place_id": self.keeping.villages.place_id, "name": NAME, "reason": "本人申请",
            "contract_ids": [self.contract], "holding_ids": [self.holding], "transfer_ids": [self.transfer],
            "account_ids": [self.account],
        }  # fmt: skip
        return erase_party(actor, **(told | more))


@pytest.fixture
def lessee(keeping: Bookkeeping) -> Lessee:
    return Lessee(keeping)


def everything_kept() -> str:
    """Every text of every table of the registers, the books and the journal, as the database's console shows it."""
    told = []
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND (tablename LIKE 'village%' OR tablename LIKE 'ledgers%' OR tablename LIKE 'notices%')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(x)::text, ' '), '') FROM {table} x")
            told.append(str(cursor.fetchone()[0]))
        told += [bytes(one.body or b"").decode() for one in Entry.objects.all()]
    return " ".join(told)


def test_the_name_is_gone_and_nothing_else(lessee: Lessee) -> None:
    keeper = lessee.keeping.accountant
    with seeing(SYSTEM.scope):
        before = {one.id: bytes(one.leaf) for one in Entry.objects.all()}
    balance = lessee.keeping.balance("102")
    assert NAME in everything_kept()
    assert lessee.erase() >= 5
    kept = everything_kept()
    assert NAME not in kept and OTHER in kept
    with seeing(SYSTEM.scope):
        after = {one.id: bytes(one.leaf) for one in Entry.objects.all()}
        assert {number: after[number] for number in before} == before  # what the log's proofs stand on
        assert Entry.objects.filter(erased_at__isnull=False, salt__isnull=False).count() == 0
    assert lessee.keeping.balance("102") == balance
    set_scope(keeper.scope)
    with override("en"):
        detail = contract_detail(keeper, contract_id=lessee.contract)
        claim = holding_detail(keeper, holding_id=lessee.holding)
    assert detail.row.lessee == "(erased)" and detail.row.area_mu_4 == 100_000 and detail.end_reason == ""
    assert contract_detail(keeper, contract_id=lessee.others[0]).row.lessee == OTHER
    assert claim.versions[0].party == "(erased)"
    assert lessee.erase() == 0  # the same again changes nothing


def test_the_name_goes_from_a_voucher_and_from_a_reason(lessee: Lessee) -> None:
    keeping = lessee.keeping
    numbered = keeping.enter("receipt", 7, purpose="收款", voucher=f"{NAME}记-7")
    set_scope(SYSTEM.scope)
    legs = [ledgers.NewLeg(keeping.accounts["101"], 5), ledgers.NewLeg(keeping.accounts["102"], -5)]
    waited = new_identifier()
    ledgers.post_transfer(
        SYSTEM, book=BOOK, transfer_id=waited, day=date(2024, 3, 1), legs=legs, purpose="提现", pending=True
    )
    ledgers.resolve_transfer(SYSTEM, transfer_id=waited, outcome="voided", reason=f"{NAME}未到场")
    path = str(keeping.villages.prefecture.places["P102001"].path)
    with seeing(SYSTEM.scope):
        found = named_in(path, name=NAME)
    assert {one.id for one in found.transfers} == {lessee.transfer, numbered, waited}
    assert (found.words[numbered], found.words[waited]) == (f"{NAME}记-7", f"{NAME}未到场")
    desk, code = browser(lessee.inspector), keeping.villages.prefecture.places["P102001"].code
    page = text(desk.get("/villages/erasing/", {"village": code, "name": NAME}))
    assert f"{NAME}记-7" in page and f"{NAME}未到场" in page
    only: dict[str, Any] = {"contract_ids": [], "holding_ids": [], "account_ids": []}
    assert lessee.erase(**only, transfer_ids=[lessee.transfer, numbered, waited]) >= 4
    with seeing(SYSTEM.scope):
        rows = [ledgers.transfer_detail(SYSTEM, transfer_id=one) for one in (numbered, waited)]
        assert not named_in(path, name=NAME).transfers
    assert [(one.purpose, one.voucher, one.reason) for one in rows] == [("收款", "", ""), ("提现", "", "")]
    assert lessee.erase(**only, transfer_ids=[numbered, waited]) == 0  # the same again changes nothing


def test_pages_open_data_and_api_show_that_it_was_erased(lessee: Lessee) -> None:
    lessee.erase()
    keeper = lessee.keeping.accountant
    page = text(browser(keeper).get(f"/villages/contracts/{lessee.contract}/"))
    assert "(erased)" in page and NAME not in page
    assert "（已删除）" in text(browser(keeper, "zh-hans").get(f"/villages/contracts/{lessee.contract}/"))
    text(browser(keeper).get(f"/villages/vouchers/{lessee.transfer}/"))
    text(browser(keeper).get(f"/villages/holdings/{lessee.holding}/"))
    assert caller(keeper).read(f"/village/contracts/{lessee.contract}")["lessee"] == "(erased)"
    set_scope(keeper.scope)
    with override("en"):
        asked = ContractsAsked(place_path="P", contract_id=lessee.contract)
        told = contract_releases(keeper, asked).rows
    assert told and {one.lessee.name for one in told} == {"(erased)"}


def test_what_binds_somebody_is_ended_first(lessee: Lessee) -> None:
    villages = lessee.keeping.villages
    set_scope(villages.accountant.scope)
    standing = villages.contract("C3", lessee=NAME)
    owed = villages.holding("Z2", party=NAME)
    for field, wrong in (("contract_ids", standing), ("holding_ids", owed)):
        with pytest.raises(Conflict) as refused:
            lessee.erase(**{field: [wrong]})
        assert refused.value.field == field and refused.value.remedy
    assert NAME in everything_kept()  # and nothing was erased in part
    with seeing(SYSTEM.scope):
        assert Contract.objects.get(id=lessee.contract).lessee == NAME


def test_what_names_somebody_else_is_refused(lessee: Lessee) -> None:
    acts.end_contract(lessee.keeping.accountant, contract_id=lessee.others[0], on=ENDED, reason="到期")
    for more, field in (
        ({"contract_ids": [lessee.others[0]]}, "contract_ids"), ({"transfer_ids": [lessee.others[1]]}, "transfer_ids"),
        ({"name": "李"}, "name"), ({"name": " "}, "name"), ({"reason": f"{NAME}申请"}, "reason"),
        ({"reason": ""}, "reason"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            lessee.erase(**more)
        assert refused.value.field == field, more
    for field in ("contract_ids", "holding_ids", "transfer_ids"):
        with pytest.raises(NotFound):
            lessee.erase(**{field: [new_identifier()]})
    with pytest.raises(NotFound):
        lessee.erase(account_ids=[10**12])
    with pytest.raises(NotFound):  # of the next village
        lessee.erase(place_id=lessee.keeping.villages.other_place_id)


def test_only_an_inspector_above_the_village_erases(lessee: Lessee) -> None:
    villages = lessee.keeping.villages
    for actor in (villages.accountant, villages.auditor, villages.villager):
        with pytest.raises(NotPermitted):
            lessee.erase(actor=actor)
    with pytest.raises((NotFound, NotPermitted)):
        lessee.erase(actor=villages.stranger)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("may be emptied", "UPDATE ledgers_transfer SET purpose = 'x'"),
        ("may be emptied", "UPDATE ledgers_transfer SET voucher = 'x'"),
        ("permission denied", "UPDATE ledgers_transfer SET day = day + 1"),
        ("permission denied", "DELETE FROM ledgers_transfer"),
        ("village_holding_kept", "UPDATE village_holding_version SET party = 'x'"),
        ("village_holding_kept", "UPDATE village_holding_version SET party = '', amount_fen = 0"),
        ("village_contract_kept", "UPDATE village_contract SET digest = 'x'"),
        ("may be emptied", "UPDATE village_contract_version SET texts = '{\"use\": \"x\"}'"),
    ],
)  # fmt: skip
def test_the_database_lets_words_go_and_nothing_else(lessee: Lessee, law: str, sql: str) -> None:
    set_scope(SYSTEM.scope)
    with (
        pytest.raises((IntegrityError, ProgrammingError)) as refused, transaction.atomic(),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_by_form(lessee: Lessee) -> None:
    desk, address = browser(lessee.inspector), "/villages/erasing/"
    code = lessee.keeping.villages.prefecture.places["P102001"].code
    assert "Look for it" in text(desk.get(address)) and address in text(desk.get("/villages/contracts/"))
    assert "Nothing names this person" in text(desk.get(address, {"village": code, "name": "没有人"}))
    assert 'id="name-error"' in text(desk.get(address, {"village": code, "name": NAME[0]}), 400)
    page = text(desk.get(address, {"village": code, "name": NAME}))
    label = re.search(rf'value="{lessee.holding}".*?</label>', page, re.DOTALL)
    assert label is not None and "已还清" in label.group()  # told apart by their words
    assert all(str(one) in page for one in (lessee.contract, lessee.holding, lessee.transfer, lessee.account))
    given: dict[str, Any] = {
        "village": code, "name": NAME, "reason": "本人申请", "sure": "on", "contract_ids": [str(lessee.contract)],
        "transfer_ids": [str(lessee.transfer)],
    }  # fmt: skip
    for wrong, field in (
        ({"sure": ""}, "sure"), ({"reason": ""}, "reason"), ({"contract_ids": ["x"]}, "contract_ids"),
        ({"contract_ids": [], "transfer_ids": []}, "sure"),
    ):  # fmt: skip
        page = text(desk.post(address, given | wrong), 400)
        assert f'id="{field}-error"' in page and "C1" in page
    assert desk.post(address, given).status_code == 302
    set_scope(lessee.inspector.scope)
    with seeing(SYSTEM.scope):
        assert Contract.objects.get(id=lessee.contract).lessee == ""
        left = named_in(str(lessee.keeping.villages.prefecture.places["P102001"].path), name=NAME)
    assert not left.contracts and not left.transfers and left.holdings and left.accounts
    assert browser(lessee.keeping.accountant).get(address).status_code == 403


def test_a_claim_is_emptied_in_every_version(lessee: Lessee) -> None:
    lessee.erase(contract_ids=[], transfer_ids=[], account_ids=[])
    with seeing(SYSTEM.scope):
        rows = list(HoldingVersion.objects.filter(holding_id=lessee.holding))
    assert rows and all((one.party, bytes(one.digest)) == ("", b"") for one in rows)
    assert {one.amount_fen for one in rows} == {1_000_000}


def test_over_the_api(lessee: Lessee) -> None:
    body = {
        "place_id": str(lessee.keeping.villages.place_id), "name": NAME, "reason": "本人申请",
        "contract_ids": [str(lessee.contract)], "account_ids": [lessee.account],
    }  # fmt: skip
    inspector = caller(lessee.inspector)
    assert inspector.done("/acts/village.erase_party", body)["result"] >= 3
    assert inspector.post("/acts/village.erase_party", body | {"name": ""}).status_code == 422
    assert UUID(body["contract_ids"][0]) == lessee.contract
