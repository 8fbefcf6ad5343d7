"""Samples by a stated seed, and what auditors look at: whose turn it is, papers, closing, behind the wall."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.owner import as_owner
from tests.web.api.calling import caller
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import INSERT_ENTRY, SYSTEM, Actor, Scope, prepare_entry, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.notices.api import notices_of
from tianqu.packs.village.desk import acts
from tianqu.packs.village.desk.models import Conclusion, ReviewState, ReviewSubject
from tianqu.packs.village.desk.queries import (
    ReviewFilters,
    review_counts,
    review_detail,
    review_list,
    sample_detail,
    sample_list,
)
from tianqu.packs.village.desk.tests.test_trends import book, inspector
from tianqu.packs.village.findings.drawing import drawn as drawn_in_python
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.villages import Villages

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SIGNED = date(2021, 6, 1)


def sampled(villages: Villages, actor: Actor, **more: Any) -> UUID:
    """Draw three contracts of 2021 of the whole prefecture and return the identifier of the sample."""
    set_scope(actor.scope)
    told: dict[str, Any] = {
        "place_id": villages.prefecture.places["P"].id, "sample_id": new_identifier(),
        "subject": ReviewSubject.CONTRACT, "first_day": date(2021, 1, 1), "last_day": date(2021, 12, 31), "count": 3,
        "seed": "2021-彩票-0715",
    }  # fmt: skip
    return acts.draw_sample(actor, **(told | more))


def begun(villages: Villages, actor: Actor | None = None) -> UUID:
    """Let the township's auditor look at a contract, and return the identifier of the review."""
    contract_id = villages.contract(f"C{new_identifier().hex[-6:]}")
    auditor = actor or villages.auditor
    set_scope(auditor.scope)
    return acts.begin_review(
        auditor, review_id=new_identifier(), subject=ReviewSubject.CONTRACT, subject_id=contract_id
    )


def said(act: Any, actor: Actor, review_id: UUID, text: str = "请看", **more: Any) -> None:
    set_scope(actor.scope)
    act(actor, review_id=review_id, text=text, **({"note_id": new_identifier()} | more))


def due() -> date:
    return timezone.localdate() + timedelta(days=10)


def test_the_same_seed_draws_the_same_and_as_anybody_does(villages: Villages) -> None:
    for number in range(12):
        villages.contract(f"C{number}")
    villages.contract("D1", actor=villages.stranger, place_id=villages.other_place_id)
    villages.contract("E1", signed_on=date(2022, 1, 1), starts_on=date(2022, 1, 1))
    city = inspector(villages, "city.centre")
    detail = sample_detail(city, sample_id=sampled(villages, city))
    population = [*(f"P102001/C{number}" for number in range(12)), "P201001/D1"]
    assert (detail.row.population, detail.row.drawn) == (13, 3)
    told = [one.number for one in detail.reviews]
    assert told == drawn_in_python("2021-彩票-0715", population, count=3)
    for one in detail.reviews:
        assert one.rank == hashlib.sha256(f"2021-彩票-0715:{one.number}".encode()).hexdigest()
    again = sample_detail(city, sample_id=sampled(villages, city))
    assert [one.number for one in again.reviews] == told
    other = sample_detail(city, sample_id=sampled(villages, city, seed="别的种子", count=13))
    assert sorted(one.number for one in other.reviews) == sorted(population)
    assert [one.number for one in other.reviews] == drawn_in_python("别的种子", population, count=13)


def test_vouchers_are_drawn_from_all_books_below_a_place(villages: Villages) -> None:
    book(villages, "P102001", *((date(2024, 3, day), day) for day in range(1, 8)))
    book(villages, "P201001", (date(2024, 3, 1), 9))
    county = inspector(villages, "c1.housing")
    told = {
        "place_id": villages.prefecture.places["P1"].id, "subject": ReviewSubject.VOUCHER, "seed": "七",
        "first_day": date(2024, 3, 2), "last_day": date(2024, 3, 31),
    }  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        drawn = ledgers.draw_transfers(
            county, place_path=villages.prefecture.places["P1"].path, first_day=date(2024, 3, 2),
            last_day=date(2024, 3, 31), seed="七", count=2, unit="fen",
        )  # fmt: skip
    assert len(queries) == 1 and drawn.population == 6
    detail = sample_detail(county, sample_id=sampled(villages, county, count=2, **told))
    assert [one.number for one in detail.reviews] == [one.code for one in drawn.rows]
    assert all(one.number.startswith("p102001.funds/") for one in detail.reviews)
    voucher = review_detail(county, review_id=detail.reviews[0].id).voucher
    assert voucher is not None and sum(leg.amount for leg in voucher.legs) == 0


def test_what_cannot_be_drawn_is_refused_with_its_field(villages: Villages) -> None:
    villages.contract("C1")
    county = inspector(villages, "c1.housing")
    place = {"place_id": villages.prefecture.places["P1"].id}
    for field, changed in (
        ("count", {"count": 0}), ("count", {"count": 201}), ("seed", {"seed": " "}), ("seed", {"seed": "a\nb"}),
        ("last_day", {"last_day": date(2020, 1, 1)}), ("first_day", {"first_day": date(1900, 1, 1)}),
        ("first_day", {"first_day": date(2021, 7, 1)}),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            sampled(villages, county, **(place | changed))
        assert refused.value.field == field and refused.value.remedy
    with pytest.raises(NotFound):
        sampled(villages, county)  # all of the prefecture
    given = {"sample_id": new_identifier(), **place}
    assert sampled(villages, county, **given) == sampled(villages, county, **given)
    with pytest.raises(Conflict):
        sampled(villages, county, **given, seed="x")
    assert len(sample_list(county)) == 1


def test_papers_are_asked_for_and_handed_in_and_it_is_closed(villages: Villages, settings: Any, tmp_path: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    auditor, keeper = villages.auditor, villages.accountant
    review_id = begun(villages)
    assert review_counts(auditor) == {"open": 1}
    with pytest.raises(Conflict):
        said(acts.give_papers, keeper, review_id)  # nobody asked
    note_id = new_identifier()
    for _time in range(2):  # twice is once
        said(acts.ask_papers, auditor, review_id, "请提供竞价记录", due_on=due(), note_id=note_id)
    after = timezone.now() + timedelta(days=20)
    said(acts.ask_papers, auditor, review_id, "请提供竞价记录", due_on=due(), note_id=note_id, at=after)
    with pytest.raises(Conflict):
        said(acts.ask_papers, auditor, review_id, "别的", due_on=due(), note_id=note_id)
    set_scope(keeper.scope)
    assert review_list(keeper, filters=ReviewFilters(state=ReviewState.ASKED)).rows[0].due_on == due()
    said(acts.give_papers, keeper, review_id, "", files=[store_file(keeper, content=PDF, name="竞价记录.pdf").id])
    said(acts.comment_review, keeper, review_id, "已提交")
    said(acts.close_review, auditor, review_id, "齐全", conclusion=Conclusion.IN_ORDER)
    detail = review_detail(auditor, review_id=review_id)
    assert (detail.row.state, detail.row.conclusion, detail.row.due_on) == ("closed", "in_order", None)
    assert [note.kind for note in detail.notes] == ["ask", "papers", "comment", "close"]
    assert detail.notes[1].files[0].name == "竞价记录.pdf" and detail.notes[0].name == "钱审计"
    for act, more in ((acts.ask_papers, {"due_on": due()}), (acts.close_review, {"conclusion": Conclusion.IN_ORDER})):
        with pytest.raises(Conflict):
            said(act, auditor, review_id, **more)
    said(acts.reopen_review, auditor, review_id, "还有疑问")
    row = review_detail(auditor, review_id=review_id).row
    assert (row.state, row.conclusion, row.closed_at) == ("open", "", None)
    with pytest.raises(Conflict) as refused:  # no finding was opened about it
        said(acts.close_review, auditor, review_id, conclusion=Conclusion.FINDING)
    assert refused.value.field == "conclusion"
    with pytest.raises(InvalidInput):
        said(acts.ask_papers, auditor, review_id, due_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(InvalidInput):
        said(acts.comment_review, auditor, review_id, " ")


def test_each_does_what_their_post_lets_them_and_sees_no_further(villages: Villages) -> None:
    review_id = begun(villages)
    county = inspector(villages, "c1.housing")
    sample_id = sampled(villages, county, place_id=villages.prefecture.places["P1"].id)
    for actor, act, more in (
        (villages.accountant, acts.ask_papers, {"due_on": due()}), (villages.villager, acts.comment_review, {}),
        (villages.accountant, acts.close_review, {"conclusion": Conclusion.IN_ORDER}),
        (villages.auditor, acts.give_papers, {}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            said(act, actor, review_id, **more)
    with pytest.raises(NotPermitted):
        review_list(villages.villager, filters=ReviewFilters())
    set_scope(villages.auditor.scope)
    assert sample_list(villages.auditor) == []  # the county's; what was drawn in it is seen
    assert len(review_list(villages.auditor, filters=ReviewFilters(sample_id=sample_id)).rows) == 1
    with pytest.raises(NotFound):
        sample_detail(villages.auditor, sample_id=sample_id)
    stranger = villages.stranger
    set_scope(stranger.scope)
    assert review_list(stranger, filters=ReviewFilters()).rows == []
    for attempt in (
        lambda: review_detail(stranger, review_id=review_id), lambda: said(acts.comment_review, stranger, review_id),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    for scope in (stranger.scope, Scope()):
        set_scope(scope)
        with connection.cursor() as cursor:
            for table in ("sample", "review", "note"):
                cursor.execute(f"SELECT count(*) FROM village_{table}")
                assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("law", "sql"),
    [
        ("stays written", "UPDATE village_sample SET seed = 'x'"), ("stays written", "DELETE FROM village_review"),
        ("stays written", "DELETE FROM village_note"), ("may be emptied", "UPDATE village_note SET text = 'x'"),
        ("village_review_kept", "UPDATE village_review SET number = 'x', version = version + 1"),
        ("village_review_closed", "UPDATE village_review SET state = 'closed', version = version + 1"),
        ("village_review_asked", "UPDATE village_review SET due_on = now()::date, version = version + 1"),
        ("village_note_at_home", "INSERT INTO village_note (id, review_id, place_path, kind, text, files, digest, at)"
         " SELECT gen_random_uuid(), id, 'P.P2', 'comment', 'x', '[]', digest, opened_at FROM village_review"),
        ("village_review_drawn_here", "INSERT INTO village_review (id, place_id, place_path, sample_id, position, rank,"
         " subject, contract_id, number, state, conclusion, digest, version, opened_at, changed_at) SELECT"
         " gen_random_uuid(), place_id, 'P.P2.P201', sample_id, 99, rank, subject, contract_id, number, state,"
         " conclusion, digest, version, opened_at, changed_at FROM village_review WHERE sample_id IS NOT NULL"),
    ],
)  # fmt: skip
def test_the_database_keeps_its_laws_at_the_console_too(villages: Villages, law: str, sql: str) -> None:
    said(acts.comment_review, villages.auditor, begun(villages))
    county = inspector(villages, "c1.housing")
    sampled(villages, county, place_id=villages.prefecture.places["P1"].id)
    set_scope(SYSTEM.scope)
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT journal_open()")
        entry = prepare_entry(act="test.attack", subject="attack:1", after={}, actor=SYSTEM, at=timezone.now())
        cursor.execute(INSERT_ENTRY, entry.row())
        as_owner(sql)
    cause: Any = refused.value.__cause__
    assert law in f"{cause.diag.constraint_name} {cause.diag.message_primary}"


def test_by_form(villages: Villages, settings: Any, tmp_path: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)
    contract_id = villages.contract("C1")
    desk, keeper = browser(villages.auditor), browser(villages.accountant)
    told = {
        "place": "P102", "subject": "contract", "first_day": "2021-01-01", "last_day": "2021-12-31", "count": "5",
        "seed": "0715", "sent_id": str(new_identifier()),
    }  # fmt: skip
    assert re.search(r'name="place"\s+value="[^"]+ P102"', text(desk.get("/villages/desk/samples/new")))
    for _time in range(2):
        answer = desk.post("/villages/desk/samples/new", told)
        assert answer.status_code == 302, text(answer)
    page = text(desk.get(answer["Location"]))
    assert "P102001/C1" in page and "0715" in page and "sha256sum" in page
    assert "0715" in text(desk.get("/villages/desk/samples/"))
    assert 'id="place-error"' in text(desk.post("/villages/desk/samples/new", told | {"place": "P9"}), 400)
    answer = desk.post(f"/villages/desk/reviews/new?contract={contract_id}", {})
    assert answer.status_code == 302, text(answer)
    review = answer["Location"]
    assert desk.post(f"{review}ask", {"text": "请提供竞价记录", "due_on": due().isoformat()}).status_code == 302
    assert "请提供竞价记录" in text(keeper.get(f"{review}papers"))
    assert 'id="text-error"' in text(keeper.post(f"{review}papers", {"text": ""}), 400)
    sent = {"text": "附竞价记录", "files": SimpleUploadedFile("a.pdf", PDF), "sent_id": str(new_identifier())}
    assert keeper.post(f"{review}papers", sent).status_code == 302
    page = text(desk.get(review))
    assert "papers handed in" in page and "附竞价记录" in page and "C1" in page
    paper = page.partition(f"{review}files/")[2].partition('"')[0]
    assert text(desk.get(f"{review}files/{paper}")).startswith("%PDF")
    assert browser(villages.stranger).get(f"{review}files/{paper}").status_code == 404
    assert desk.post(f"{review}comment", {"text": "收到"}).status_code == 302
    assert desk.post(f"{review}close", {"conclusion": "in_order", "text": "齐全"}).status_code == 302
    assert "In order" in text(desk.get("/villages/desk/")) and "P102001/C1" in text(desk.get("/villages/desk.csv"))
    assert desk.post(f"{review}reopen", {"text": "再看"}).status_code == 302
    chinese = text(browser(villages.auditor, "zh-hans").get(review))
    assert "待查看" in chinese and "调阅资料" in chinese
    assert desk.get("/villages/desk/?state=lost").status_code == 400
    assert browser(villages.villager).get("/villages/desk/").status_code == 403
    assert browser(villages.stranger).get(review).status_code == 404
    assert "Look at it as an auditor" in text(desk.get(f"/villages/contracts/{contract_id}/"))


def test_over_the_api(villages: Villages) -> None:
    contract_id = villages.contract("C1")
    auditor, keeper = caller(villages.auditor), caller(villages.accountant)
    review_id, sample_id = str(uuid4()), str(uuid4())
    body = {"review_id": review_id, "subject": "contract", "subject_id": str(contract_id)}
    assert auditor.done("/acts/village.begin_review", body)["result"] == review_id
    ask = {"review_id": review_id, "note_id": str(uuid4()), "text": "请提供", "due_on": due().isoformat()}
    auditor.done("/acts/village.ask_papers", ask)
    assert keeper.post("/acts/village.ask_papers", ask | {"note_id": str(uuid4())}).status_code == 403
    keeper.done("/acts/village.give_papers", {"review_id": review_id, "note_id": str(uuid4()), "text": "已附"})
    one = auditor.read(f"/village/reviews/{review_id}")
    assert one["state"] == "given" and [note["kind"] for note in one["notes"]] == ["ask", "papers"]
    assert one["contract"]["number"] == "C1" and one["findings"] == []
    sample = {
        "place_id": str(villages.prefecture.places["P102"].id), "sample_id": sample_id, "subject": "contract",
        "first_day": "2021-01-01", "last_day": "2021-12-31", "count": 1, "seed": "x",
    }  # fmt: skip
    assert auditor.done("/acts/village.draw_sample", sample)["result"] == sample_id
    for field, value in (("count", 201), ("seed", " "), ("subject", "person")):
        answer = auditor.post("/acts/village.draw_sample", sample | {field: value})
        assert answer.status_code == 422 and answer.json()["field"].endswith(field)
    assert auditor.read(f"/village/samples/{sample_id}")["reviews"][0]["number"] == "P102001/C1"
    assert len(auditor.read("/village/samples")) == 1
    page = auditor.read("/village/reviews", limit=1)
    assert len(page["rows"]) == 1 and page["next"]
    rest = auditor.read("/village/reviews", limit=1, after=page["next"])
    assert rest["next"] is None and rest["rows"][0]["id"] != page["rows"][0]["id"]
    assert caller(villages.stranger).get(f"/village/reviews/{review_id}").status_code == 404
    assert caller(villages.villager).get("/village/reviews").status_code == 403


@given(st.lists(st.text("ab/1", min_size=1), max_size=12), st.integers(0, 12), st.text("xyz", min_size=1))
def test_more_drawn_begin_with_the_fewer(codes: list[str], count: int, seed: str) -> None:
    assert drawn_in_python(seed, codes, count=count + 1)[:count] == drawn_in_python(seed, codes, count=count)


def test_the_villages_office_is_told_once_of_each_asking(villages: Villages) -> None:
    review_id, given = begun(villages), new_identifier()
    for _time in range(2):  # sent twice is told once
        said(acts.ask_papers, villages.auditor, review_id, "请提供王五的收据", due_on=due(), note_id=given)
    set_scope(villages.accountant.scope)
    (told,) = notices_of(villages.accountant, language="zh-hans")
    assert review_id.hex in told.words.link.replace("-", "") and "王五" not in told.words.title + told.words.body
    assert text(browser(villages.accountant).get(told.words.link))
    said(acts.ask_papers, villages.auditor, review_id, "还缺一张", due_on=due())
    set_scope(villages.accountant.scope)
    assert len(notices_of(villages.accountant, language="zh-hans")) == 2
    for other in (villages.stranger, villages.auditor, villages.villager):
        set_scope(other.scope)
        assert not notices_of(other, language="en")


def test_the_auditors_office_is_told_once_that_papers_came(villages: Villages) -> None:
    review_id, given = begun(villages), new_identifier()
    said(acts.ask_papers, villages.auditor, review_id, "请提供收据", due_on=due())
    for _time in range(2):  # sent twice is told once
        said(acts.give_papers, villages.accountant, review_id, "王五的收据在此", note_id=given)
    set_scope(villages.auditor.scope)
    (told,) = notices_of(villages.auditor, language="zh-hans")
    assert review_id.hex in told.words.link.replace("-", "") and "王五" not in told.words.title + told.words.body
    set_scope(villages.accountant.scope)
    assert [one.code for one in notices_of(villages.accountant, language="en")] == ["papers_asked"]
