"""Who asked a sealed or an anonymous request stands in no notice, no entry of the log and no published tile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.kernel.journal.logs import sequence
from tests.orders.hotline import MONDAY, Hotline, build
from tests.project.marked_book import MarkedBook, book_marks
from tests.scenes import scene
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places.api import (
    resident_actor,
)

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WHO = {  # who asked, of the sealed and of the anonymous request: hidden from everybody but themselves
    "sealed": api.Contact(name="封存姓氏甲", phone="13955550001", email="sealed-mark@example.org", kind="resident"),
    "anonymous": api.Contact(name="匿名姓氏乙", phone="13955550002", email="anon-mark@example.org", kind="resident"),
}
OPENLY = api.Contact(name="公开姓氏丙", phone="13955550003", email="open-mark@example.org", kind="resident")
PERSON = "登录姓氏丁"
WHAT = ("标记题目", "标记正文", "标记地址", "标记内部留言", "标记附件名", "标记答复")
NONSENSE = "没有人这样写过"
FOLLOWED_MAX = 60


def secrets() -> list[str]:
    marks = [mark for contact in WHO.values() for mark in (contact.name, contact.phone, contact.email)]
    return [*marks, PERSON]


class World:
    """Three requests of Decheng with marks: sealed, anonymous, and open but not public; each of them handled."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        account = hotline.prefecture.person("v101009", "orders_clerk", name=PERSON)
        self.asker: Actor = resident_actor(account, channel="web")
        self.order_ids = [
            self.placed("sealed", WHO["sealed"]), self.placed("anonymous", WHO["anonymous"]),
            self.placed("open", OPENLY),
        ]  # fmt: skip
        with seeing(SYSTEM.scope):
            self.codes = list(Order.objects.filter(id__in=self.order_ids).values_list("code", flat=True))

    def placed(self, identity: str, contact: api.Contact) -> Any:
        hotline = self.hotline
        told = {"title": f"标记题目{identity}", "description": "标记正文", "address": "标记地址"}
        order_id = hotline.place(self.asker, identity=identity, contact=contact, **told).order_id
        api.comment_on_order(self.asker, order_id=order_id, text="标记正文补充", at=MONDAY)
        api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id, at=MONDAY)
        api.accept_order(hotline.clerk, order_id=order_id, at=MONDAY)
        api.comment_on_order(hotline.clerk, order_id=order_id, text="标记内部留言", at=MONDAY)
        stored = store_file(hotline.clerk, content=PDF, name="标记附件名.pdf")
        api.attach_file(hotline.clerk, order_id=order_id, file_id=stored.id, at=MONDAY)
        self.file_id = stored.id
        if identity != "sealed":
            api.finish_order(hotline.clerk, order_id=order_id, answer_public="标记答复", at=MONDAY)
            api.rate_order(self.asker, order_id=order_id, satisfaction="dissatisfied", text="标记正文不满", at=MONDAY)
        return order_id


@pytest.fixture
def world(hotline: Hotline, tmp_path: Path, settings: Any) -> World:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    return World(hotline)


def test_notices_and_the_log_do_not_say_who_sealed_it(world: World) -> None:
    """In the log, neither do the private bodies of the request's entries, nor the columns beside them."""
    ids = [str(order_id) for order_id in world.order_ids[:2]]
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT act, leaf, body, actor_person_id FROM journal_entry WHERE subject = ANY(%s)",
                       [[f"order:{one}" for one in ids]])  # fmt: skip
        entries = cursor.fetchall()
        cursor.execute("SELECT leaf FROM journal_entry")
        leaves = b"\n".join(bytes(row[0]) for row in cursor.fetchall()).decode()
        cursor.execute("SELECT n::text FROM notices_notice n WHERE person_id IS DISTINCT FROM %s",
                       [world.asker.person_id])  # fmt: skip
        notices = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT e::text FROM orders_event e WHERE order_id = ANY(%s::uuid[])", [ids])
        events = "\n".join(row[0] for row in cursor.fetchall())
    bodies = "\n".join(bytes(body).decode() for _act, _leaf, body, _person in entries)
    assert len(entries) > 8
    assert notices
    for mark in [*secrets(), str(world.asker.person_id)]:
        assert mark not in bodies
        assert mark not in leaves
        assert mark not in notices
        assert mark not in events
    assert world.asker.person_id not in {person for *_rest, person in entries}
    for mark in WHAT:
        assert mark not in leaves


@pytest.mark.django_db(transaction=True)
def test_what_is_published_of_the_log_holds_no_mark(own_log: Path, tmp_path: Path, settings: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    world = World(scene(build))
    book = MarkedBook(world.hotline.prefecture)
    sequence()
    files = [path for path in own_log.rglob("*") if path.is_file()]
    published = b"\n".join(path.read_bytes() for path in files).decode("utf-8", "replace")
    assert "commitment" in published
    identifiers = [str(one) for one in (*world.order_ids, *book.transfer_ids)]
    for mark in [*secrets(), *WHAT, *world.codes, *book_marks(), *identifiers]:
        assert mark not in published
