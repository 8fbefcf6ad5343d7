"""Publishing a poster: what it says is what books and registers hold, it names nobody, and it is never rewritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from tests.owner import as_owner
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, kept_entry, seeing, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village import acts
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.models import HoldingKind
from tianqu.packs.village.tests.test_register_pages import text
from tianqu.packs.village.tests.test_wall_pages import BASE, visitor
from tianqu.packs.village.tests.walls import BOOK, CREDITOR, LESSEE, PLACE, QUARTER, WallVillage, a_quarter
from tianqu.packs.village.wall import queries
from tianqu.packs.village.wall.sums import NumberFault, number_faults, wrong_sums

pytestmark = pytest.mark.django_db


def line(content: Any, code: str) -> Any:
    return next(line for line in content["books"][0]["lines"] if line["code"] == code)


def test_a_quarter_is_told_from_the_books_and_registers(wall_village: WallVillage) -> None:
    numbers = a_quarter(wall_village)
    assert wall_village.publish() == 1
    content = wall_village.edition().content
    assert content["money"] == {
        "opening_fen": 1_000_000, "received_fen": 480_050, "paid_fen": 370_000, "closing_fen": 1_110_050
    }  # fmt: skip
    assert line(content, "511")["vouchers"] == [numbers["rent"]]
    assert line(content, "541")["paid_fen"] == 120_000
    book = content["books"][0]
    assert {voucher["number"] for voucher in book["vouchers"]} == {
        numbers[name] for name in ("rent", "office", "machine", "wear", "bank")
    }
    assert content["land"]["sums"] == {"parcels": 2, "area_mu_4": 1_734_500, "idle_mu_4": 500_000}
    assert [row["number"] for row in content["contracts"]["rows"]] == ["C1"]
    assert content["contracts"]["rest"] == {"contracts": 1, "area_mu_4": 100_000, "rent_year_fen": 0}
    assert content["claims"]["sums"] == {"holdings": 1, "amount_fen": 90_000, "settled_fen": 40_000}
    assert {found["rule"] for found in content["findings"]}
    assert content["answerable"]["unit"]["code"] == "v102001"
    assert not wrong_sums(content)


def test_a_book_of_hours_beside_keeps_no_poster_back(wall_village: WallVillage) -> None:
    """A station of volunteers in the village keeps a book of minutes, of which no statement tells."""
    unit_id = wall_village.villages.prefecture.units["v102001"].id
    for code, unit in (("p102001.hours", "minute"), ("p102001.budget", "fen")):
        ledgers.open_book(
            SYSTEM, code=code, name="志愿服务", first_day=date(2018, 11, 1), unit_id=unit_id,
            ledgers=[ledgers.NewLedger("own", unit)],
        )  # fmt: skip
    assert wall_village.publish() == 1
    assert [book["code"] for book in wall_village.edition().content["books"]] == [BOOK]


def test_of_too_many_contracts_those_with_the_largest_rents_are_listed(
    wall_village: WallVillage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_quarter(wall_village)
    wall_village.villages.contract("A0", rent_year_fen=None)
    monkeypatch.setattr(queries, "ROWS_MAX", 1)
    wall_village.publish()
    contracts = wall_village.edition().content["contracts"]
    assert [row["number"] for row in contracts["rows"]] == ["C1"]
    assert contracts["rest"]["contracts"] == 2 and contracts["rest"]["rent_year_fen"] == 0


def test_of_too_many_findings_the_gravest_are_listed_and_all_are_counted(
    wall_village: WallVillage, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    before = wall_village.edition().content["findings"]
    assert len(before) > 1 and "findings_left" not in wall_village.edition().content
    monkeypatch.setattr(queries, "FINDINGS_MAX", 1)
    wall_village.publish(reason="太多")
    content = wall_village.edition().content
    assert content["findings"] == before[:1] and content["findings_left"] == len(before) - 1
    for part in ("", "list/findings"):
        page = text(visitor("en").get(f"{BASE}{part}".replace("/1/", "/2/")))
        assert f"The 1 gravest are listed, of {len(before)}." in page


def test_every_number_of_the_book_is_accounted_for(wall_village: WallVillage) -> None:
    numbers = a_quarter(wall_village)
    wall_village.publish()
    (book,) = wall_village.edition().content["books"]
    assert number_faults(book, quarter=QUARTER) == []
    assert book["last_number"] == numbers["after"] + 1  # under which its months were finished
    spans = [(span["what"], span.get("quarter")) for span in book["others"]]
    assert spans == [("kept", None), ("posted", "2020Q2"), ("posted", "2021Q4"), ("kept", None)]
    book["vouchers"].pop(1)
    office = numbers["office"]
    assert number_faults(book, quarter=QUARTER) == [NumberFault("number_unaccounted", office, office)]


def test_a_poster_names_nobody(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    entry = wall_village.edition().entry
    assert entry.body is not None
    told = entry.body.decode()
    for name in (LESSEE, CREDITOR, "王农户", "赵会计", str(wall_village.accountant.person_id)):
        assert name not in told
    assert "李**" in told and "欠吴**工程款" in told
    assert orjson.loads(entry.body)["actor"]["post"] == str(wall_village.accountant.post_id)
    leaf = orjson.loads(entry.leaf)
    assert (leaf["act"], leaf["book"], leaf["book_sequence"]) == ("village.publish_wall", f"wall:{PLACE}", 1)


def test_whatever_anybody_typed_names_nobody_on_a_poster(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    villages = wall_village.villages
    wall_village.post(("101", 5), ("531", -5), voucher=f"{CREDITOR}收据")
    villages.contract(f"{LESSEE}-9", lessee=LESSEE)
    villages.contract("周出租-3", lessor="周出租")
    villages.holding("G9", HoldingKind.ASSET, name=f"{LESSEE}门前路灯", party="")
    villages.holding(f"{LESSEE}-2", HoldingKind.FUND, name=f"{CREDITOR}保证金", party="")
    wall_village.publish()
    with pytest.raises(InvalidInput):
        wall_village.publish(reason=f"{LESSEE}的租金记错了")
    entry = wall_village.edition().entry
    assert entry.body is not None
    told = entry.body.decode()
    assert LESSEE not in told and CREDITOR not in told and "周出租" not in told
    for masked in ("周**-3", "吴**收据", "李**-9", "李**门前路灯", "李**-2", "吴**保证金"):
        assert masked in told
    page = visitor().get(f"/wall/{PLACE}/{QUARTER}/1/").content.decode()
    assert LESSEE not in page and CREDITOR not in page and "李**-9" in page


def test_a_poster_that_held_an_erased_name_loses_its_text_and_keeps_its_hash(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    villages, name = wall_village.villages, "郑水泵"  # of whom no register knows as a party, so that nobody masks it
    holding_id = villages.holding("G9", HoldingKind.ASSET, name=f"{name}捐的水泵", party="")
    wall_village.publish()
    before = wall_village.edition()
    assert before.entry.body is not None and name in before.entry.body.decode()
    acts.end_holding(
        wall_village.accountant, holding_id=holding_id, change_id=uuid4(), day=date(2022, 1, 1), reason="拆除"
    )
    inspector = villages.post("c1.housing", "county_inspector")
    set_scope(inspector.scope)
    erase_party(inspector, place_id=villages.place_id, name=name, reason="本人申请", holding_ids=[holding_id])
    with pytest.raises(NotFound) as gone:
        wall_village.edition()
    assert before.entry.leaf_hash in str(gone.value)
    answer = visitor().get(f"/wall/{PLACE}/{QUARTER}/1/")
    assert answer.status_code == 404 and before.entry.leaf_hash in answer.content.decode()
    assert visitor().get(f"/wall/{PLACE}/{QUARTER}/1/poster-a4.pdf").status_code == 404
    set_scope(wall_village.accountant.scope)
    with pytest.raises(InvalidInput):  # a correction needs its reason, though what it corrects is gone
        wall_village.publish()
    assert wall_village.publish(reason="一个名字已删除") == 2
    now = wall_village.edition()
    assert now.entry.body is not None and name not in now.entry.body.decode()
    assert now.content["replaces"] == {"edition": 1, "leaf_hash": before.entry.leaf_hash}
    kept = kept_entry(before.subject)
    assert kept is not None and (kept.body, kept.salt, kept.leaf) == (None, None, before.entry.leaf)


def test_a_correction_names_the_edition_before_and_its_reason(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    first = wall_village.edition()
    with pytest.raises(Conflict):
        wall_village.publish(reason="再来一遍")
    wall_village.post(("541", 5_000), ("101", -5_000))
    with pytest.raises(InvalidInput) as refused:
        wall_village.publish()
    assert refused.value.field == "reason"
    assert wall_village.publish(reason="漏记一笔电费") == 2
    second = wall_village.edition()
    assert (second.edition, second.content["reason"]) == (2, "漏记一笔电费")
    assert second.content["replaces"] == {"edition": 1, "leaf_hash": first.entry.leaf_hash}
    again = wall_village.edition(edition=1)
    assert again.content == first.content and again.newest == 2


def test_the_same_sent_twice_is_one_poster(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    given = uuid4()
    assert wall_village.publish(wall_id=given) == wall_village.publish(wall_id=given) == 1
    with pytest.raises(Conflict):
        wall_village.publish("2021Q2", wall_id=given)


def test_what_cannot_be_published_is_refused(wall_village: WallVillage) -> None:
    for quarter in ("2021Q5", "2021", "", "2199Q4", "二〇二一"):
        with pytest.raises(InvalidInput):
            wall_village.publish(quarter)
    with pytest.raises(NotFound):
        wall_village.publish("2019Q4")  # before its book began
    with pytest.raises(NotFound):  # a village without a book
        wall_village.publish(place_id=wall_village.villages.other_place_id, actor=SYSTEM)
    with pytest.raises(NotFound):
        wall_village.publish(actor=wall_village.villages.stranger)
    with pytest.raises(NotPermitted):
        wall_village.publish(actor=wall_village.villages.villager)


def test_the_database_keeps_posters_as_they_were(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    for statement in (
        "UPDATE village_wall SET reason = 'x'", "DELETE FROM village_wall",
        "INSERT INTO village_wall SELECT gen_random_uuid(), place_path, place_code, '2021Q2', 2, published_at, 'x',"
        " place_id FROM village_wall",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            as_owner(statement)


def test_everybody_reads_posters_and_no_book(wall_village: WallVillage) -> None:
    a_quarter(wall_village)
    wall_village.publish()
    with seeing(wall_village.villages.stranger.scope), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM village_wall")
        assert cursor.fetchone() == (1,)
    assert kept_entry(wall_village.edition().subject) is not None


def test_money_between_accounts_of_cash_is_neither_income_nor_expense(wall_village: WallVillage) -> None:
    wall_village.post(("102", 900), ("101", -900))
    wall_village.post(("102", 50), ("101", -40), ("511", -10))
    wall_village.publish()
    content = wall_village.edition().content
    assert (content["money"]["received_fen"], content["money"]["paid_fen"]) == (10, 0)
    assert not wrong_sums(content)


def test_what_was_settled_in_the_quarter_counts_in_it(wall_village: WallVillage) -> None:
    held = wall_village.post(("101", 70), ("511", -70), on=date(2021, 6, 1), pending=True)
    with seeing(SYSTEM.scope):
        transfer = ledgers.book_transfers(SYSTEM, book=BOOK).rows[0]
    number = ledgers.resolve_transfer(
        wall_village.accountant, transfer_id=transfer.id, outcome="posted", day=date(2021, 7, 1)
    )
    wall_village.publish(QUARTER)
    (book,) = wall_village.edition().content["books"]
    assert [voucher["number"] for voucher in book["vouchers"]] == [number]
    assert {"first": held, "last": held, "what": "pending"} in book["others"]
    assert number_faults(book, quarter=QUARTER) == []


@pytest.mark.django_db(transaction=True)
def test_nobody_posts_while_a_poster_is_made(wall_village: WallVillage, monkeypatch: pytest.MonkeyPatch) -> None:
    a_quarter(wall_village)
    waited: list[str] = []
    asked = queries.number_uses

    def post_elsewhere() -> None:
        set_scope(SYSTEM.scope)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            wall_village.post(("101", 9), ("531", -9))
        except OperationalError as error:
            waited.append(str(error))
        finally:
            connection.close()

    def numbers_after_somebody_tried(*given: Any, **more: Any) -> Any:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(post_elsewhere).result()
        return asked(*given, **more)

    monkeypatch.setattr(queries, "number_uses", numbers_after_somebody_tried)
    wall_village.publish()
    assert len(waited) == 1 and "lock timeout" in waited[0]
    (book,) = wall_village.edition().content["books"]
    assert number_faults(book, quarter=QUARTER) == []
