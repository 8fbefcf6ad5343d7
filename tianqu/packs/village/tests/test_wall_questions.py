"""Asking under a poster: an order that the village must answer, and that everybody reads with its answer."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tianqu.base.errors import NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing
from tianqu.kernel.orders import api as orders
from tianqu.kernel.orders.models import Order
from tianqu.packs.village.findings.acts import open_finding
from tianqu.packs.village.findings.models import SubjectKind
from tianqu.packs.village.tests.test_register_pages import browser, text
from tianqu.packs.village.tests.test_wall_pages import place_in_log, visitor
from tianqu.packs.village.tests.walls import PLACE, QUARTER, WallVillage, a_quarter

pytestmark = pytest.mark.django_db
WALL = f"/wall/{PLACE}/{QUARTER}/"
WORDS = "办公费花了一千二百元，都买了什么？"


@pytest.fixture
def shown(wall_village: WallVillage) -> WallVillage:
    a_quarter(wall_village)
    wall_village.publish()
    place_in_log()
    return wall_village


def fields_of(page: Any) -> dict[str, str]:
    """What a step's form would send as it stands."""
    form = text(page)
    told = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    told |= dict(re.findall(r'<input class="form-control[^>]*name="([^"]+)" value="([^"]*)"', form))
    return {name: unescape(value) for name, value in told.items() if name != "csrfmiddlewaretoken"}


def asked(client: Client, **more: str) -> Any:
    """Walk from the poster to the receipt, as somebody without an account."""
    poster = text(client.get(WALL))
    link = re.search(r'<a class="btn btn-primary" href="([^"]+)">', poster)
    assert link is not None
    address = unescape(link[1])
    first = client.get(address)
    page = urlsplit(address).path
    given = fields_of(first) | {"description": WORDS, "form-matter": "objection", "form-about": "办公支出"}
    second = client.post(page, given)
    assert 'name="identity"' in text(second)  # the place came along and is not asked for again
    told = fields_of(second) | {"name": "孙问账", "phone": "13900001111", "identity": "open"} | more
    return client.post(page, told)


def test_a_question_is_an_order_that_the_village_answers(shown: WallVillage) -> None:
    client = visitor()
    assert asked(client).status_code == 302
    with seeing(SYSTEM.scope):
        order = Order.objects.get()
    assert (order.item.code, str(order.place_id)) == ("village.wall", str(shown.villages.place_id))
    assert order.form["matter"] == "objection" and order.form["quarter"] == QUARTER
    poster = text(visitor().get(WALL))
    assert WORDS in poster and "尚未答复" in poster
    assert "孙问账" not in poster and "13900001111" not in poster
    orders.due_work(timezone.now(), decide=orders.decide)  # the worker sends it on
    clerk = shown.villages.post("v102001", "village_clerk")
    with seeing(clerk.scope):
        order = Order.objects.get()
        assert order.unit_id == shown.villages.prefecture.units["v102001"].id
    orders.accept_order(clerk, order_id=order.id)
    assert "须在" in text(visitor().get(WALL))  # by when it must be answered
    orders.finish_order(clerk, order_id=order.id, answer_public="买了打印纸和墨盒，凭证记-2。")
    poster = text(visitor().get(WALL))
    assert "买了打印纸和墨盒" in poster and "尚未答复" not in poster
    with seeing(shown.villages.stranger.scope):
        assert not Order.objects.exists()  # the next village's accountant has no part in it


def test_the_head_of_the_village_answers_by_the_inbox(shown: WallVillage) -> None:
    asked(visitor())
    orders.due_work(timezone.now(), decide=orders.decide)
    with seeing(SYSTEM.scope):
        order = Order.objects.get()
    head, next_head = shown.villages.post("v102001", "village_head"), shown.villages.post("v201001", "village_head")
    page = reverse("order", kwargs={"code": order.code})
    desk = browser(head)
    told = re.sub(r"\s+", " ", text(desk.get("/inbox/")))
    assert order.title in told and re.search(r'Inbox <span class="count">1</span>', told)
    assert order.title in text(desk.get("/notices/"))
    for verb, given in (("accept", {}), ("finish", {"finish-answer_public": "买了打印纸，凭证记-2。"})):
        with seeing(SYSTEM.scope):
            version = Order.objects.get().version
        answer = desk.post(f"{page}/{verb}", {"version": str(version), **given})
        assert answer.status_code == 302, text(answer)
    assert "买了打印纸" in text(visitor().get(WALL))
    assert browser(next_head).get(page).status_code == 404
    assert browser(shown.accountant).get(page).status_code == 200


def test_the_head_sees_no_request_that_another_office_answers_for(shown: WallVillage) -> None:
    asked(visitor())
    orders.due_work(timezone.now(), decide=orders.decide)
    head, villages = shown.villages.post("v102001", "village_head"), shown.villages
    with seeing(SYSTEM.scope):
        order = Order.objects.get()
        Order.objects.update(unit_id=villages.prefecture.units["t102"].id)  # of the township, about the same place
    desk = browser(head)
    assert desk.get(reverse("order", kwargs={"code": order.code})).status_code == 404
    assert order.title not in text(desk.get("/inbox/"))
    with pytest.raises(NotPermitted):
        orders.comment_on_order(head, order_id=order.id, text="与本村无关")


def test_a_question_about_vouchers_carries_them_along(shown: WallVillage) -> None:
    client = visitor("en")
    listed = text(client.get(f"{WALL}1/vouchers/out"))
    link = re.search(r'<a href="([^"]+)">Ask about these vouchers</a>', listed)
    assert link is not None
    told = parse_qs(urlsplit(unescape(link[1])).query)
    assert told["form-about"][0].startswith("Money that was paid (") and "记-2" in told["form-about"][0]
    assert QUARTER in told["title"][0] and told["title"][0] != f"{QUARTER} wall of"
    assert "Money that was paid" in told["title"][0]
    first = client.get(unescape(link[1]))
    assert "Step 1 of 2" in text(first)
    page = urlsplit(unescape(link[1])).path
    second = text(client.post(page, fields_of(first) | {"description": WORDS, "form-matter": "question"}))
    assert (
        "Step 2 of 2" in second and "Money that was paid (" in second and "A question: I want to understand" in second
    )
    back = text(client.post(page, fields_of(client.post(page, fields_of(first) | {
        "description": WORDS, "form-matter": "question"})) | {"back": "1"}))  # fmt: skip
    assert "Step 2 of 3" in back  # whoever goes back may choose another place


def test_the_villagers_desk_leads_to_the_own_wall_and_to_asking(shown: WallVillage) -> None:
    desk = browser(shown.villages.villager)
    menu = text(desk.get("/villages/land/"))
    assert "/villages/own-wall" in menu and "/villages/own-question" in menu
    assert desk.get("/villages/own-wall")["Location"] == f"/wall/{PLACE}/"
    assert desk.get("/villages/own-question")["Location"] == "/ask/"
    assert "/villages/own-wall" not in text(browser(shown.accountant).get("/villages/land/"))


def test_the_page_of_what_is_overdue_leads_to_the_villages_wall(
    shown: WallVillage, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_finding(
        shown.villages.auditor, finding_id=new_identifier(), subject=SubjectKind.PARCEL,
        subject_id=shown.villages.parcel("P9"), text="长期闲置",
    )  # fmt: skip
    later = timezone.localdate() + timedelta(days=40)
    monkeypatch.setattr(timezone, "localdate", lambda *_moment: later)
    assert f'<td><a href="/wall/{PLACE}/">' in text(visitor("en").get(f"/villages/overdue/{PLACE}"))


def test_a_question_that_is_late_says_so(shown: WallVillage) -> None:
    long_ago = timezone.now() - timedelta(days=60)
    orders.place_order(
        ANYBODY, item="village.wall", place_id=shown.villages.place_id, title=f"{QUARTER} 公开栏", description=WORDS,
        form={"matter": "question", "quarter": QUARTER}, at=long_ago,
    )  # fmt: skip
    orders.due_work(long_ago + timedelta(minutes=5), decide=orders.decide)
    assert "超期" in text(visitor().get(WALL))


def test_a_question_about_another_quarter_stands_apart(shown: WallVillage) -> None:
    shown.publish("2021Q2")
    asked(visitor())
    other = text(visitor("en").get(f"/wall/{PLACE}/2021Q2/"))
    assert "Nobody has asked about this quarter yet" in other and "About other quarters:" in other
    assert f'href="/wall/{PLACE}/{QUARTER}/#ask"' in other and "1 question" in other


def test_the_place_of_a_link_is_only_a_place(shown: WallVillage) -> None:
    answer = visitor("en").get("/ask/village.wall?place=nonsense&title=%3Cb%3E&form-quarter=2021Q3&secret=x")
    page = text(answer)
    assert 'name="place"' not in page and "<b>" not in page and "2021Q3" in page and 'name="secret"' not in page


def test_the_link_of_a_poster_fills_in_what_is_known(shown: WallVillage) -> None:
    poster = text(visitor("en").get(WALL))
    link = re.search(r'<a class="btn btn-primary" href="([^"]+)">', poster)
    assert link is not None
    told = parse_qs(urlsplit(unescape(link[1])).query)
    assert told["form-quarter"] == [QUARTER] and QUARTER in told["title"][0]
    assert told["place"] == [str(shown.villages.place_id)]
    assert browser(shown.accountant, "en").get(WALL).status_code == 200


def placed(shown: WallVillage, quarter: str, *, title: str = "公开栏", count: int = 1) -> None:
    """Ask so many times about a quarter that the form names, whatever the title says."""
    for number in range(count):
        orders.place_order(
            ANYBODY, item="village.wall", place_id=shown.villages.place_id, title=f"{title} {number}",
            description=WORDS, form={"matter": "question", "quarter": quarter},
        )  # fmt: skip


def test_a_question_stands_under_the_poster_that_its_form_names(shown: WallVillage) -> None:
    shown.publish("2021Q2")
    placed(shown, " 2021q2 ", title=f"{QUARTER} 的公开栏")  # the title may say anything
    placed(shown, "2021年第二季度", title="问上季度")
    placed(shown, "去年", title="没写季度")
    this, other = text(visitor("en").get(WALL)), text(visitor("en").get(f"/wall/{PLACE}/2021Q2/"))
    assert "Nobody has asked about this quarter yet" in this and "的公开栏 0" not in this
    assert f'href="/wall/{PLACE}/2021Q2/#ask"' in this and "2 questions" in this
    assert f"{QUARTER} 的公开栏 0" in other and "问上季度 0" in other and "没写季度" not in other
    elsewhere = text(visitor("en").get(f"{WALL}questions?of=elsewhere"))
    assert "没写季度 0" in elsewhere and "no quarter is named" in elsewhere


def test_all_questions_are_read_page_by_page(shown: WallVillage) -> None:
    placed(shown, QUARTER, count=23)
    poster = text(visitor("en").get(WALL))
    assert poster.count('class="said"') == 10 and "All 23 questions about this quarter" in poster
    client, found, address = visitor("en"), [], f"{WALL}questions"
    while address:
        page = text(client.get(address))
        found += re.findall(r"公开栏 (\d+)<", page)
        further = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(further[1]) if further else ""
    assert found == [str(number) for number in reversed(range(23))]
    assert visitor("en").get(f"{WALL}questions?after=nonsense").status_code in (400, 422)
    assert visitor("en").get(f"/wall/{PLACE}/1999Q1/questions").status_code == 404


def test_more_questions_take_no_more_queries(shown: WallVillage) -> None:
    client = visitor()
    placed(shown, QUARTER)
    client.get(WALL)
    with CaptureQueriesContext(connection) as few:
        client.get(WALL)
    placed(shown, QUARTER, count=12)
    with CaptureQueriesContext(connection) as many:
        client.get(WALL)
    assert len(many) <= len(few) <= 12


def test_who_has_signed_in_keeps_their_sight_on_a_poster(shown: WallVillage) -> None:
    placed(shown, QUARTER)
    desk = browser(shown.villages.post("v102001", "village_head"))
    assert WORDS in text(desk.get(WALL)) and WORDS in text(desk.get(f"{WALL}questions"))
