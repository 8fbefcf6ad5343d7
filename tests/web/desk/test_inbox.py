"""The inbox over HTTP: what it shows, how it narrows, what it costs, and acts on many rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from tests.orders.hotline import MONDAY, Hotline
from tests.web.desk.browsing import browser, counted, order_of, page_of
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import Post
from tianqu.kernel.places.models import AccessRecord

QUERIES_MAX = 8
BYTES_MAX = 80_000


def filled(hotline: Hotline, count: int) -> list[Any]:
    return [hotline.dispatched(title=f"路灯不亮，第{number}盏") for number in range(count)]


def test_fifty_rows_cost_little(hotline: Hotline) -> None:
    filled(hotline, 60)
    client = browser(hotline.clerk)
    client.get("/inbox/")
    answer, statements = counted(client, "/inbox/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert text.count('name="order"') == 50
    assert len(statements) <= QUERIES_MAX, "\n".join(statements)
    assert len(answer.content) <= BYTES_MAX, len(answer.content)


def test_pages_hold_each_row_once(hotline: Hotline) -> None:
    orders = {order_of(order_id).code for order_id in filled(hotline, 60)}
    client = browser(hotline.clerk)
    seen: list[str] = []
    address = "/inbox/?sort=due"
    for _page in range(3):
        text = client.get(address).content.decode()
        seen += [part.split('"')[0] for part in text.split('href="/orders/')[1:]]
        if 'rel="next"' not in text:
            break
        address = text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 60
    assert set(seen) == orders


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("q=路灯", True), ("q=下水道", False), ("state=accepted", False), ("state=dispatched", True),
        ("family=resident", True), ("family=enterprise", False), ("look=late", True), ("look=urgent", False),
        ("unit=c1.housing", True), ("unit=c2.housing", False), ("place=P102", True), ("place=P2", False),
        ("mine=1", False), ("item=road.lamp", True), ("look=today", False), ("look=reopened", False),
    ],
)  # fmt: skip
def test_narrows_by_the_address(hotline: Hotline, query: str, there: bool) -> None:
    code = order_of(hotline.dispatched()).code
    answer = browser(hotline.clerk).get(f"/inbox/?{query}")
    assert answer.status_code == 200
    assert (f"/orders/{code}" in answer.content.decode()) is there


def test_a_wrong_filter_is_said_at_its_field(hotline: Hotline) -> None:
    answer = browser(hotline.clerk).get("/inbox/?unit=不存在的局")
    assert answer.status_code == 400
    assert 'id="unit-error"' in answer.content.decode()
    assert "不存在的局" in answer.content.decode()


def test_another_units_clerk_sees_nothing(hotline: Hotline) -> None:
    code = order_of(hotline.dispatched()).code
    assert code not in browser(hotline.stranger).get("/inbox/").content.decode()


def test_a_resident_has_no_inbox(hotline: Hotline) -> None:
    client = browser(hotline.resident)
    session = client.session
    session["post"] = "resident"  # what choosing "myself, as a resident" keeps
    session.save()
    assert client.get("/inbox/").status_code == 403


def test_accepts_many_and_says_which_not(hotline: Hotline) -> None:
    orders = filled(hotline, 3)
    client = browser(hotline.clerk)
    api.accept_order(hotline.colleague, order_id=orders[0], at=MONDAY)
    answer = client.post("/inbox/do", {"do": "accept", "order": [str(one) for one in orders], "query": ""})
    assert answer.status_code == 409
    assert "2 of 3 done" in answer.content.decode()
    assert {order_of(one).state for one in orders} == {"accepted"}


def test_hands_over_many_and_goes_back_to_the_same_rows(hotline: Hotline) -> None:
    orders = filled(hotline, 2)
    given = {
        "do": "hand-over",
        "order": [str(one) for one in orders],
        "query": "q=路灯",
        "hand-over-post_id": str(hotline.colleague.post_id),
        "confirmed": "1",
    }
    answer = browser(hotline.clerk).post("/inbox/do", given)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/inbox/?q=")
    assert {order_of(one).handler_post_id for one in orders} == {hotline.colleague.post_id}
    assert "路灯" in browser(hotline.colleague).get("/inbox/?mine=1").content.decode()


def test_exports_what_is_shown_and_no_formula(hotline: Hotline) -> None:
    hotline.dispatched(title="=1+1 灯")
    hotline.dispatched(title="下水道堵了")
    answer = browser(hotline.clerk).get("/inbox/requests.csv?q=灯")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    assert answer["Content-Type"].startswith("text/csv")
    assert "'=1+1 灯" in text
    assert "下水道" not in text
    assert len(text.strip().splitlines()) == 2
    with seeing(Scope(everything=True)):
        noted = AccessRecord.objects.get(what="exported", person_id=hotline.clerk.person_id)
    assert noted.subject == "orders:q=..."  # the words may be somebody's name


def test_chosen_columns_alone_are_shown(hotline: Hotline) -> None:
    hotline.dispatched()
    text = browser(hotline.clerk).get("/inbox/?columns=code").content.decode()
    assert '<th scope="col">Code</th>' in text
    assert '<th scope="col">Unit</th>' not in text


def test_pages_are_walked_back_to_the_first(hotline: Hotline) -> None:
    filled(hotline, 120)
    client = browser(hotline.clerk)

    def codes(text: str) -> list[str]:
        return [part.split('"')[0] for part in text.split('<td class="title"><a href="/orders/')[1:]]

    def address(text: str, rel: str) -> str:
        return text.split(f'rel="{rel}" href="')[1].split('"')[0].replace("&amp;", "&")

    pages = [client.get("/inbox/").content.decode()]
    assert 'rel="prev"' not in pages[0]
    for _page in range(2):
        pages.append(client.get(address(pages[-1], "next")).content.decode())
    assert 'rel="next"' not in pages[2]
    second = client.get(address(pages[2], "prev")).content.decode()
    assert codes(second) == codes(pages[1])
    first = client.get(address(second, "prev")).content.decode()
    assert codes(first) == codes(pages[0])
    assert 'rel="prev"' not in first


def test_asks_once_what_many_need_and_says_what_is_missing(hotline: Hotline) -> None:
    orders = [str(hotline.accepted()) for _number in range(2)]
    client = browser(hotline.clerk)
    given = {"do": "comment", "order": orders, "query": "look=late"}
    asked = client.post("/inbox/do", given)
    assert asked.status_code == 200
    assert 'name="comment-text"' in asked.content.decode()
    refused = client.post("/inbox/do", given | {"confirmed": "1", "comment-text": " ", "comment-audience": "internal"})
    assert refused.status_code == 400
    assert 'id="comment-text-error"' in refused.content.decode()
    done = client.post(
        "/inbox/do", given | {"confirmed": "1", "comment-text": "已转班组", "comment-audience": "internal"}
    )
    assert (done.status_code, done["Location"]) == (302, "/inbox/?look=late")
    assert "已转班组" in client.get(page_of(orders[0])).content.decode()


def test_a_view_is_kept_by_name_for_its_owner_alone(hotline: Hotline) -> None:
    client = browser(hotline.clerk)
    kept = client.post("/inbox/views", {"name": "超期的灯", "query": "look=late&q=灯&after=x"})
    assert (kept.status_code, kept["Location"][:10]) == (302, "/inbox/?lo")
    text = client.get("/inbox/views").content.decode()
    assert "超期的灯" in text
    assert 'href="/inbox/?look=late&amp;q=%E7%81%AF"' in text
    assert "超期的灯" not in browser(hotline.colleague).get("/inbox/views").content.decode()
    address = re.search(r'action="(/inbox/views/[0-9a-f-]+/remove)"', text)
    assert address is not None
    assert browser(hotline.colleague).post(address[1]).status_code == 404
    assert client.post(address[1]).status_code == 302
    assert "超期的灯" not in client.get("/inbox/views").content.decode()
    client.post("/inbox/views", {"name": " ", "query": ""})
    assert "at most 40 characters" in client.get("/inbox/").content.decode()


def test_a_deputy_sees_the_absent_colleagues_work_as_their_own(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    person, today = hotline.colleague.person_id, timezone.localdate()
    given = {"person_id": str(person), "valid_from": today.isoformat(), "valid_to": "2099-01-01"}
    client = browser(hotline.clerk)
    assert client.post("/desk/deputy", given).status_code == 302
    assert "孙同事" in client.get("/desk/deputy").content.decode()
    assert client.post("/desk/deputy", given | {"valid_to": ""}).status_code == 400
    deputy = browser(hotline.colleague)
    code = order_of(order_id).code
    assert code not in deputy.get("/inbox/?mine=1").content.decode()
    with seeing(Scope(everything=True)):
        post = Post.objects.get(deputy_of_id=hotline.clerk.post_id)
    deputy.post("/account/post/", {"post": str(post.id)})
    assert code in deputy.get("/inbox/?mine=1").content.decode()
    assert deputy.get("/desk/deputy").status_code == 403
