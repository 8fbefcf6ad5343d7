"""Who looks at an asker's personal data leaves a line that the asker can read."""

from __future__ import annotations

from uuid import UUID

from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import AccessRecord, accesses_of


def looks(of: Actor) -> list[tuple[UUID | None, str]]:
    assert of.person_id is not None
    with seeing(of.scope):
        return [(row.person_id, row.subject) for row in accesses_of(of.person_id) if row.what == "looked"]


def test_a_look_by_a_post_is_a_line_for_the_asker(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    for _time in range(3):  # opening the page again is the same look
        assert api.order_detail(hotline.clerk, order_id=order_id).asker is not None
    assert looks(hotline.resident) == [(hotline.clerk.person_id, f"order:{order_id}")]
    api.order_detail(hotline.supervisor, order_id=order_id)
    assert len(looks(hotline.resident)) == 2


def test_ones_own_order_is_no_look(hotline: Hotline) -> None:
    api.order_detail(hotline.resident, order_id=hotline.dispatched())
    assert looks(hotline.resident) == []


def test_a_sealed_asker_was_not_seen(hotline: Hotline) -> None:
    order_id = hotline.dispatched(identity="sealed")
    assert api.order_detail(hotline.clerk, order_id=order_id).asker is None
    with seeing(Scope(everything=True)):
        assert not AccessRecord.objects.filter(what="looked").exists()
