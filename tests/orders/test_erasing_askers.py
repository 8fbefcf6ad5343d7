"""Erasing an asker: the words are gone from every table and from the journal, the public's record stays."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from tests.orders.hotline import MONDAY, Hotline
from tests.owner import as_owner
from tianqu.base.errors import Conflict
from tianqu.kernel.journal.api import SYSTEM, Actor, erase_person, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Asker, Event, Order, Publication
from tianqu.kernel.places.api import end_post

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("李梅", "13800000000", "村口的路灯", "我家门牌", "很满意的话")


def everything_said() -> str:
    """All that any table of ours holds, as text."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            " AND table_type = 'BASE TABLE' AND table_name ~ '^(orders|journal|notices|places|files)_'"
        )
        said = ""
        for (table,) in cursor.fetchall():
            body = "convert_from(body, 'UTF8')" if table == "journal_entry" else "t::text"
            cursor.execute(f"SELECT {body} FROM {table} t")
            said += "\n".join(str(row[0]) for row in cursor.fetchall())
        return said


def without_posts(hotline: Hotline) -> Actor:
    """The resident, whose post of the fixture has ended."""
    from tianqu.kernel.places.models import Post

    with seeing(SYSTEM.scope):
        posts = list(Post.objects.filter(person_id=hotline.resident.person_id))
    for post in posts:
        end_post(SYSTEM, post_id=post.id, on=post.valid_from)
    return hotline.resident


def test_the_words_go_and_the_record_stays(hotline: Hotline) -> None:
    resident = without_posts(hotline)
    order_id = hotline.done(address="我家门牌")
    api.rate_order(resident, order_id=order_id, satisfaction="very", solved=True, text="很满意的话", at=MONDAY)
    api.close_order(SYSTEM, order_id=order_id, at=MONDAY)
    api.publish_order(hotline.dispatcher, order_id=order_id, title="路灯", question="村口的路灯", at=MONDAY)
    other = hotline.place(hotline.neighbour, contact=api.Contact(name="郑邻居", phone="13900000000")).order_id
    said = everything_said()
    assert resident.person_id is not None
    assert all(word in said for word in WORDS)

    assert erase_person(SYSTEM, person_id=resident.person_id, reason="asked for it") >= 6
    said = everything_said()
    assert "郑邻居" in said
    with seeing(SYSTEM.scope):
        order = Order.objects.get(id=order_id)
        assert (order.state, order.title, order.description) == ("closed", "—", "")
        assert order.unit_id == hotline.unit_id
        assert Asker.objects.get(order_id=order_id).person_id is None
        assert Publication.objects.get(order_id=order_id).hidden_at is not None
        assert {event.note for event in Event.objects.filter(order_id=order_id)} == {""}
        assert Event.objects.filter(order_id=order_id).count() >= 6
        kept = Order.objects.get(id=other)
        assert kept.description == "村口的路灯坏了三天。"
    said = said.replace(kept.description, "")
    assert [word for word in WORDS if word in said] == []


def test_not_while_somebody_works_on_it(hotline: Hotline) -> None:
    resident = without_posts(hotline)
    hotline.accepted()
    assert resident.person_id is not None
    with pytest.raises(Conflict, match="is still open"):
        erase_person(SYSTEM, person_id=resident.person_id, reason="asked for it")
    assert "李梅" in everything_said()


def test_events_may_be_emptied_and_nothing_else(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        for change in ("note = 'other words'", "act = 'orders.other'", "to_state = ''", "data = '{\"unit\": 1}'"):
            with pytest.raises(IntegrityError, match="tianqu:"):
                as_owner(f"UPDATE orders_event SET {change} WHERE order_id = %s", [order_id])
        with pytest.raises(IntegrityError, match="outside an act"):
            cursor.execute("UPDATE orders_event SET note = '' WHERE order_id = %s", [order_id])
        with pytest.raises(IntegrityError, match="what is written stays written"):
            as_owner("DELETE FROM orders_event WHERE order_id = %s", [order_id])
