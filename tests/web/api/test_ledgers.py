"""Books over HTTP: opening, posting, reading on any day, page by page; and what the next village is told."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from tests.kernel.ledgers.village import BOOK, OTHER_BOOK, Village, build
from tests.scenes import scene
from tests.web.api.calling import ANYONE, Caller, caller
from tests.web.api.test_costs import statements
from tianqu.base.errors import InvalidInput
from tianqu.kernel.ledgers.api import NewLeg, NewTransfer, forget_books, limit_account, post_batch
from tianqu.kernel.places.api import forget_actors


@pytest.fixture
def village(db: None, settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_actors()
    forget_books()
    yield scene(build)
    forget_actors()
    forget_books()


def sent(village: Village, amount: int, **more: Any) -> dict[str, Any]:
    legs = [
        {"account_id": village.accounts["101"], "amount": amount},
        {"account_id": village.accounts["501"], "amount": -amount},
    ]
    return {"book": BOOK, "day": "2024-03-05", "legs": legs, "purpose": "收地租", **more}


def test_a_transfer_is_posted_once_for_its_key_or_its_identifier(village: Village) -> None:
    keeper = caller(village.bookkeeper)
    first, again = (keeper.post("/transfers", sent(village, 500), **{"Idempotency-Key": "k1"}) for _time in range(2))
    assert first.status_code == again.status_code == 201, first.content
    assert first.json()["number"] == again.json()["number"] and again["Idempotent-Replayed"] == "true"
    other = keeper.post("/transfers", sent(village, 501), **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["field"]) == (409, "transfer_id")
    transfer_id = str(uuid4())
    numbers = {keeper.done("/transfers", sent(village, 7, transfer_id=transfer_id))["number"] for _time in range(2)}
    assert len(numbers) == 1
    assert keeper.post("/transfers", sent(village, 7)).json()["field"] == "transfer_id"
    told = keeper.read(f"/transfers/{transfer_id}")
    assert (told["state"], told["book"], [leg["code"] for leg in told["legs"]]) == ("posted", BOOK, ["101", "501"])


def test_sums_beyond_what_can_be_kept_are_refused_over_http(village: Village) -> None:
    legs = 250 * (NewLeg(village.accounts["101"], 10**15), NewLeg(village.accounts["501"], -(10**15)))
    transfers = [NewTransfer(uuid4(), date(2024, 3, 5), legs) for _each in range(36)]
    post_batch(village.bookkeeper, book=BOOK, transfers=transfers)
    told = [{"account_id": leg.account_id, "amount": leg.amount} for leg in legs]
    refused = caller(village.bookkeeper).post(
        "/transfers", {"book": BOOK, "day": "2024-03-05", "legs": told, "transfer_id": str(uuid4())}
    )
    assert (refused.status_code, refused.json()["field"]) == (400, "amount"), refused.content
    assert refused.json()["remedy"]


def test_a_book_is_read_on_any_day(village: Village) -> None:
    keeper = caller(village.bookkeeper)
    batch = [
        {key: value for key, value in sent(village, n, transfer_id=str(uuid4())).items() if key != "book"}
        for n in range(1, 6)
    ]
    posted = keeper.done("/transfer-batches", {"book": BOOK, "transfers": batch})
    assert [each["again"] for each in posted] == [False] * 5
    assert all(each["again"] for each in keeper.done("/transfer-batches", {"book": BOOK, "transfers": batch}))
    cash = village.accounts["101"]
    assert keeper.read(f"/accounts/{cash}/balance")["amount"] == 15
    assert keeper.read(f"/accounts/{cash}/balance", on="2024-03-04")["amount"] == 0
    rows = keeper.read(f"/books/{BOOK}/trial-balance", on="2024-03-05")
    assert {row["code"]: row["amount"] for row in rows if row["amount"]} == {"101": 15, "501": -15}
    days = {"first_day": "2024-03-01", "last_day": "2024-03-31"}
    page = keeper.read(f"/accounts/{cash}/statement", **days, limit=3)
    rest = keeper.read(f"/accounts/{cash}/statement", **days, limit=3, after=page["next"])
    assert [row["balance"] for row in (*page["rows"], *rest["rows"])] == [1, 3, 6, 10, 15] and rest["next"] is None
    newest = keeper.read(f"/books/{BOOK}/transfers", limit=2)
    assert [row["number"] for row in newest["rows"]] == [posted[4]["number"], posted[3]["number"]]
    older = keeper.read(f"/books/{BOOK}/transfers", limit=2, after=newest["next"])
    assert older["rows"][0]["number"] == posted[2]["number"]
    assert keeper.read(f"/books/{BOOK}")["ledgers"] == [
        {"code": "land", "unit": "mu_4"}, {"code": "money", "unit": "fen"}
    ]  # fmt: skip
    assert keeper.read(f"/books/{BOOK}/completeness")["complete"]
    assert [row["code"] for row in keeper.read("/books")["rows"]] == [BOOK]
    assert keeper.get("/books", after="AA").status_code == 404
    accounts = keeper.read(f"/books/{BOOK}/accounts", limit=4)
    assert len(accounts["rows"]) == 4 and accounts["next"]
    assert keeper.read("/charts")[0]["lines"][0]["code"] == "101"


def test_pending_periods_limits_and_reversals_by_their_acts(village: Village) -> None:
    keeper, supervisor = caller(village.bookkeeper), caller(village.supervisor)
    held = keeper.done("/transfers", sent(village, 40, transfer_id=str(uuid4()), pending=True))
    assert [row["state"] for row in keeper.read(f"/books/{BOOK}/transfers", waiting=True)["rows"]] == ["pending"]
    told = {"transfer_id": held["id"], "outcome": "posted", "day": "2024-04-01"}
    assert keeper.done("/acts/ledgers.resolve", told)["result"] == held["number"] + 1
    assert keeper.post("/acts/ledgers.resolve", told).status_code == 409
    back = {"transfer_id": held["id"], "reversal_id": str(uuid4()), "day": "2024-05-01", "purpose": "冲销"}
    assert keeper.done("/acts/ledgers.reverse", back)["result"]["again"] is False
    limit = {"account_id": village.accounts["101"], "balance_max": 10}
    assert keeper.post("/acts/ledgers.limit_account", limit).status_code == 403
    supervisor.done("/acts/ledgers.limit_account", limit)
    refused = keeper.post("/transfers", sent(village, 11, transfer_id=str(uuid4())))
    assert (refused.status_code, refused.json()["field"]) == (409, "amount")
    march = {"book": BOOK, "first_day": "2024-03-01", "last_day": "2024-03-31", "state": "closed"}
    supervisor.done("/acts/ledgers.set_period", march)
    assert keeper.post("/transfers", sent(village, 1, transfer_id=str(uuid4()))).json()["field"] == "day"


@pytest.mark.parametrize("bound", ["balance_min", "balance_max"])
@pytest.mark.parametrize("amount", [2**53, -(2**53), 2**63, 2**64])
def test_no_bound_is_larger_than_the_log_holds_exactly(village: Village, bound: str, amount: int) -> None:
    supervisor = caller(village.supervisor)
    refused = supervisor.post("/acts/ledgers.limit_account", {"account_id": village.accounts["101"], bound: amount})
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == [f"body.{bound}"]
    with pytest.raises(InvalidInput) as error:
        limit_account(village.supervisor, account_id=village.accounts["101"], **{bound: amount})
    assert error.value.field == bound
    held = {bound: (2**53 - 1) * (1 if bound == "balance_max" else -1)}
    supervisor.done("/acts/ledgers.limit_account", {"account_id": village.accounts["101"], **held})


def test_each_transfer_of_a_batch_has_an_identifier(village: Village) -> None:
    told = sent(village, 5)
    book = told.pop("book")
    refused = caller(village.bookkeeper).post("/transfer-batches", {"book": book, "transfers": [told]})
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == ["body.transfers.0.transfer_id"]


def test_a_whole_number_may_be_written_with_a_point(village: Village) -> None:
    told = sent(village, 5, transfer_id=str(uuid4()))
    told["legs"] = [{name: float(value) for name, value in leg.items()} for leg in told["legs"]]
    assert caller(village.bookkeeper).done("/transfers", told)["again"] is False
    told["legs"][0]["amount"] = 5.5
    assert caller(village.bookkeeper).post("/transfers", told).status_code == 422


def outsiders(village: Village) -> list[Caller]:
    return [caller(village.stranger), caller(village.bookkeeper, "ledgers.resolve"), ANYONE]


def test_the_next_village_and_a_narrow_token_read_nothing(village: Village) -> None:
    posted = caller(village.bookkeeper).done("/transfers", sent(village, 40, transfer_id=str(uuid4())))
    cash = village.accounts["101"]
    for who in outsiders(village):
        for address, query in (
            (f"/books/{BOOK}", {}), (f"/books/{BOOK}/accounts", {}), (f"/books/{BOOK}/transfers", {}),
            (f"/books/{BOOK}/trial-balance", {"on": "2024-03-05"}), (f"/accounts/{cash}/balance", {}),
            (f"/accounts/{cash}/statement", {"first_day": "2024-03-01", "last_day": "2024-03-31"}),
            (f"/transfers/{posted['id']}", {}), (f"/books/{BOOK}/completeness", {}),
        ):  # fmt: skip
            answer = who.get(address, **query)
            assert answer.status_code in (401, 403, 404), (address, answer.content)
            assert "收地租" not in answer.content.decode()
        assert who.post("/transfers", sent(village, 1, transfer_id=str(uuid4()))).status_code in (401, 403, 404)
    assert [row["code"] for row in caller(village.stranger).read("/books")["rows"]] == [OTHER_BOOK]
    county = caller(village.supervisor)
    assert [row["code"] for row in county.read("/books", place="P1")["rows"]] == [BOOK]
    totals = county.read("/trial-balance", place="P1", on="2024-03-05")
    assert {row["code"]: (row["debit"], row["credit"]) for row in totals} == {"101": (40, 0), "501": (0, 40)}


@pytest.mark.django_db(transaction=True)
def test_posting_is_one_statement(village: Village, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE = settings.TIANQU_DOOR_MIDDLEWARE
    monkeypatch.setattr("tianqu.web.api.doors.ACTOR_KEPT_SECONDS", 3_600.0)
    monkeypatch.setattr("tianqu.kernel.ledgers.known_books.KEPT_SECONDS", 3_600.0)
    keeper = caller(village.bookkeeper)
    keeper.done("/transfers", sent(village, 1, transfer_id=str(uuid4())))
    with statements() as noted:
        keeper.done("/transfers", sent(village, 2, transfer_id=str(uuid4())))
    assert len(noted) == 1, "\n".join(noted)
    connection.close()


def test_what_is_not_there_is_answered_with_what_to_do(village: Village) -> None:
    keeper = caller(village.bookkeeper)
    county = caller(village.supervisor)
    nothing = str(uuid4())
    on = {"on": "2024-03-05"}
    for who, address, query, field, value in (
        (keeper, "/books/none", {}, "book", "none"), (keeper, "/books/none/accounts", {}, "book", "none"),
        (keeper, "/books/none/trial-balance", on, "book", "none"),
        (keeper, f"/books/{OTHER_BOOK}", {}, "book", OTHER_BOOK),
        (keeper, "/books/none/completeness", {}, "book", "none"),
        (keeper, "/accounts/987654/balance", {}, "account_id", 987_654),
        (keeper, f"/accounts/{village.other['101']}/balance", {}, "account_id", village.other["101"]),
        (keeper, f"/transfers/{nothing}", {}, "transfer_id", nothing),
        (county, "/trial-balance", {"place": "nowhere", **on}, "place", "nowhere"),
        (county, "/books", {"place": "nowhere"}, "place", "nowhere"),
        (county, "/places/nowhere", {}, "code", "nowhere"),
        (county, "/places", {"below": "nowhere"}, "below", "nowhere"),
    ):  # fmt: skip
        answer = who.get(address, **query)
        told = answer.json()
        assert (answer.status_code, told["field"], told["value"]) == (404, field, value), (address, told)
        chinese = Caller(who.headers | {"Accept-Language": "zh-hans"}).get(address, **query).json()
        assert told["remedy"].isascii() and chinese["remedy"] and not chinese["remedy"].isascii(), address


def test_a_book_of_too_many_accounts_is_read_page_by_page(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianqu.kernel.ledgers.balances.ACCOUNTS_MAX", 3)
    keeper = caller(village.bookkeeper)
    answer = keeper.get(f"/books/{BOOK}/trial-balance", on="2024-03-05")
    told = answer.json()
    assert (answer.status_code, told["field"], told["value"]) == (413, "book", BOOK) and "page by page" in told[
        "remedy"
    ]
    seen: list[int] = []
    after = None
    while True:
        page = keeper.read(f"/books/{BOOK}/accounts", limit=3, **({"after": after} if after else {}))
        assert len(page["rows"]) <= 3
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted([*village.accounts.values(), *village.land.values()])
