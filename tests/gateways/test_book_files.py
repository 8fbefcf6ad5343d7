"""Books for other programs: each posting once, in whole numbers, under names that do not clash."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.ledgers.conftest import village
from tests.kernel.ledgers.village import BOOK, OTHER_BOOK, Village
from tests.web.api.calling import token_for
from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.gateways.beancount.ledger import component
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers import api
from tianqu.kernel.places.api import close_place
from tianqu.project.book_files import export_books

__all__ = ["village"]
pytestmark = pytest.mark.django_db


def written(form: str, **chosen: Any) -> str:
    file = io.StringIO()
    export_books(file, form=form, **chosen)
    return file.getvalue()


@pytest.fixture
def book(village: Village) -> Village:
    """A book with an ordinary transfer, one that was taken back, one that was posted later, one voided, one pending."""
    village.post("101", "501", 123_450, purpose='收"地租"; 现金|票\n二', voucher="记-1", reference="contract:7")
    wrong = village.post("102", "501", 7)
    api.reverse_transfer(
        village.bookkeeper, transfer_id=wrong.id, reversal_id=new_identifier(), day=date(2024, 3, 9), purpose="记错"
    )
    for outcome, day in (("posted", date(2024, 4, 1)), ("voided", date(2024, 4, 2))):
        held = village.post("112", "501", 90, pending=True, purpose=outcome)
        api.resolve_transfer(village.bookkeeper, transfer_id=held.id, outcome=outcome, day=day, reason="查实")
    village.post("112", "501", 1_000_000, pending=True)
    land = (api.NewLeg(village.land["idle"], 165_170_000), api.NewLeg(village.land["whole"], -165_170_000))
    village.post("101", "501", 1, legs=land)
    return village


def test_hledger_holds_each_posting_once(book: Village) -> None:
    text = written("hledger", book=BOOK)
    assert '收"地租"； 现金｜票 二\n' in text
    assert f"    assets:{BOOK}:money:village.test:101  123450 fen\n" in text
    assert f'    other:{BOOK}:land:own:idle  165170000 "mu_4"\n' in text
    assert "    ; voucher: 记-1\n    ; reference: contract:7\n" in text
    assert "1000000" not in text
    assert text.count("\n2024-04-01 * ") == 1
    assert "\n2024-04-02 * " not in text
    assert "2024-04-01" not in written("hledger", book=BOOK, until=date(2024, 3, 31))


def test_no_name_and_no_reference_makes_a_tag_in_hledger(village: Village) -> None:
    told = {"element": "assets", "side": "debit", "opened_on": date(2024, 1, 1)}
    api.open_account(village.bookkeeper, book=BOOK, ledger="money", code="9", name="借款 type:Z", **told)
    village.post("101", "501", 1, voucher="1, kind: closing", reference="contract:7,kind:closing")
    text = written("hledger", book=BOOK)
    assert f"account assets:{BOOK}:money:own:9  ; 借款 type：Z\n" in text
    assert "    ; voucher: 1， kind: closing\n    ; reference: contract:7，kind:closing\n" in text


def test_beancount_holds_each_posting_once(book: Village) -> None:
    text = written("beancount", book=BOOK)
    assert '\n2024-03-05 * "收\\"地租\\"; 现金|票\n二"\n' in text
    assert "  Assets:Bv101009-funds:Lmoney:Cvillage-test:A101  123450 FEN\n" in text
    assert "  Equity:Bv101009-funds:Lland:Cown:Awhole  -165170000 MU_4\n" in text
    assert "\n2024-01-01 open Income:Bv101009-funds:Lmoney:Cvillage-test:A501 FEN\n" in text
    assert "1000000" not in text


def test_a_place_is_written_into_one_file(book: Village) -> None:
    text = written("hledger", place="P")
    assert f"; {BOOK} " in text and f"; {OTHER_BOOK} " in text
    assert OTHER_BOOK not in written("hledger", place="P101009")


def test_the_books_of_a_place_that_has_closed_are_written(book: Village) -> None:
    whole = written("hledger", place="P101009")
    places = book.prefecture.places
    yesterday = timezone.localdate() - timedelta(days=1)
    close_place(SYSTEM, place_id=places["P101009"].id, on=yesterday, successor_id=places["P102001"].id)
    assert BOOK in whole and written("hledger", place="P101009") == whole
    with pytest.raises(NotFound):
        written("hledger", place="P999")


@pytest.mark.parametrize("chosen", [{}, {"book": BOOK, "place": "P"}])
def test_one_of_book_and_place_is_named(village: Village, chosen: Any) -> None:
    with pytest.raises(InvalidInput):
        written("hledger", **chosen)


def test_an_unknown_book_is_not_found(village: Village) -> None:
    with pytest.raises(NotFound):
        written("beancount", book="none")


@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_a_book_is_read_over_the_api_within_ones_sight(book: Village, form: str) -> None:
    def read(actor: Any, code: str, query: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token_for(actor)}"}
        return Client(headers=headers).get(f"/api/v1/books/{code}/{form}{query}")

    whole = read(book.bookkeeper, BOOK)
    assert whole.status_code == 200, whole.content
    assert whole["Content-Type"] == "text/plain; charset=utf-8"
    assert whole.content.decode() == written(form, book=BOOK)
    early = read(book.bookkeeper, BOOK, "?until=2024-03-31")
    assert early.content.decode() == written(form, book=BOOK, until=date(2024, 3, 31))
    for refused in (read(book.stranger, BOOK), read(book.bookkeeper, OTHER_BOOK)):
        assert refused.status_code == 404
        assert "123450" not in refused.content.decode()
    unbelievable = read(book.bookkeeper, BOOK, "?until=1899-01-01")
    assert (unbelievable.status_code, unbelievable.json()["field"]) == (400, "until")
    for no_day in ("0", "2024-03-31T00:00:00", "1e-0"):
        assert read(book.bookkeeper, BOOK, f"?until={no_day}").status_code == 422
    assert Client().get(f"/api/v1/books/{BOOK}/{form}").status_code in (401, 403)


def test_a_book_that_is_too_large_for_an_answer_says_what_to_do(book: Village, monkeypatch: Any) -> None:
    monkeypatch.setattr("tianqu.kernel.ledgers.exporting.EXPORTED_MAX", 2)
    headers = {"Authorization": f"Bearer {token_for(book.bookkeeper)}", "Accept-Language": "en"}
    answer = Client(headers=headers).get(f"/api/v1/books/{BOOK}/hledger")
    assert answer.status_code == 413
    assert "tianqu books export" in answer.json()["remedy"]


def test_blocks_follow_each_other_without_gap(book: Village, monkeypatch: Any) -> None:
    whole = written("hledger", book=BOOK)
    for block in (1, 2, 3):
        monkeypatch.setattr("tianqu.kernel.ledgers.exporting.BLOCK", block)
        assert written("hledger", book=BOOK) == whole


codes = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)


@given(codes, codes)
def test_different_codes_stay_different(one: str, other: str) -> None:
    assert (component(one) == component(other)) == (one == other)
