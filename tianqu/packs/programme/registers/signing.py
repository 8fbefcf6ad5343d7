"""Each signature as an order with a clock: placed, closed and withdrawn within the kernel's acts of releases.

A realm that does not publish the item keeps no such orders. The order tells of no release: its title names the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import shortened
from tianqu.base.time_proofs import begin
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.orders.api import TITLE_MAX, KnownItem, State, known_item, move_within, place_within, realm_calendar
from tianqu.kernel.places.api import unit_today
from tianqu.kernel.releases.api import Release, Signature
from tianqu.packs.programme.flow import ITEM
from tianqu.packs.programme.models import SigningOrder


def signing_item(on: datetime) -> KnownItem | None:
    """The item of signatures that holds at a moment, None where the realm has none, or none yet."""
    try:
        return known_item(ITEM, on=timezone.localdate(on))
    except (InvalidInput, NotFound):
        return None


class SigningOrders:
    """What the kernel's acts of releases tell, kept as orders (``releases.api.SigningWatcher``)."""

    def due(self, asked_at: datetime) -> datetime | None:
        """The end of the working time that the item promises."""
        item = signing_item(asked_at)
        if item is None:
            return None
        due, _proof = begin(
            realm_calendar(), kind="finish", at=asked_at, duration=item.duration("finish", urgency="none")
        )
        return due

    def asked(
        self, acting: Acting, release: Release, signatures: Sequence[Signature], *, due_at: datetime | None
    ) -> None:
        """Place one order for each unit, due by its working time or by the moment that the office chose."""
        if signing_item(acting.now) is None:
            return
        for signature in signatures:
            self._place(acting, release, signature, due_at)

    def _place(self, acting: Acting, release: Release, signature: Signature, due_at: datetime | None) -> None:
        unit, order_id = unit_today(signature.unit_id), new_identifier()
        title = shortened(f"发布稿数据签认 {unit.name}", most=TITLE_MAX)
        place_within(acting, item=ITEM, place_id=unit.place_id, title=title, description=title, order_id=order_id)
        SigningOrder(
            order_id=order_id, release_id=release.id, revision=signature.revision, unit_id=signature.unit_id
        ).save(force_insert=True)
        move_within(acting, order_id=order_id, unit_id=signature.unit_id, finish_by=due_at)

    def answered(self, acting: Acting, release: Release, signature: Signature) -> None:
        """Close the order; its event says whether the unit signed, and why it did not."""
        kept = SigningOrder.objects.filter(
            release_id=release.id, revision=signature.revision, unit_id=signature.unit_id
        ).first()
        if kept is not None:
            data = {"state": str(signature.state)}
            move_within(acting, order_id=kept.order_id, note=signature.reason, data=data)

    def revised(self, acting: Acting, release: Release) -> None:
        """Withdraw what no unit has answered: the text is another one now."""
        waiting = SigningOrder.objects.filter(release_id=release.id, order__state=State.DISPATCHED)
        for order_id in waiting.order_by("order_id").values_list("order_id", flat=True):
            move_within(acting, order_id=order_id)
