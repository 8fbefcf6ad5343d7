"""Publishing a poster: what it says is what books and registers hold, it names nobody, and it is never rewritten."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import IntegrityError, connection, transaction

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, kept_entry, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.packs.village.tests.walls import BOOK, CREDITOR, LESSEE, PLACE, QUARTER, WallVillage, a_quarter
from tianqu.packs.village.wall.sums import unaccounted, wrong_sums

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


def test_every_number_of_the_book_is_accounted_for(wall_village: WallVillage) -> None:
    numbers = a_quarter(wall_village)
    wall_village.publish()
    (book,) = wall_village.edition().content["books"]
    assert unaccounted(book) == ([], [])
    assert book["last_number"] == numbers["after"]
    spans = [(span["what"], span.get("quarter")) for span in book["others"]]
    assert spans == [("kept", None), ("posted", "2020Q2"), ("posted", "2021Q4")]
    book["vouchers"].pop(1)
    assert unaccounted(book)[0] == [(numbers["office"], numbers["office"])]


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
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


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
    assert unaccounted(book) == ([], [])
