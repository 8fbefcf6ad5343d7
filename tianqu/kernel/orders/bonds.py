"""Orders bound together: merged under one cause, or split into parts.

A merged order keeps its own asker, clock, notice and rating; what happens to the cause happens to it. A split order
waits for its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_line
from tianqu.kernel.journal.api import Acting, act, writing
from tianqu.kernel.orders.cases import Case, clean_note, load_case, may_by_role, open_case
from tianqu.kernel.orders.catalogue import known_item
from tianqu.kernel.orders.codes import order_code
from tianqu.kernel.orders.flow import BEING_WORKED_ON, FLOW, Who
from tianqu.kernel.orders.models import Asker, Audience, Order, State
from tianqu.kernel.orders.names import state_name
from tianqu.kernel.orders.placing import TITLE_MAX

FOLLOWERS_MAX: Final = 500
PARTS_MAX: Final = 10


def followers_of(case: Case) -> list[Case]:
    """Lock the orders that were merged into this one, as cases of the same act, in the order of their identifiers."""
    with writing(case.acting):
        found = list(
            Order.objects.select_for_update()
            .filter(merged_into=case.order, state=State.MERGED)
            .order_by("id")[:FOLLOWERS_MAX]
        )
        return [load_case(case.acting, order, step=case.step, part=case.part) for order in found]


def open_parts(case: Case) -> int:
    """Return how many parts of a split order are not answered yet, whichever units have them."""
    with writing(case.acting):
        return Order.objects.filter(parent=case.order, state__in=(*BEING_WORKED_ON, State.MERGED)).count()


@act("orders.merge", may=may_by_role)
def merge_order(
    acting: Acting, *, order_id: UUID, into: UUID, reason: str = "", expected_version: int | None = None
) -> None:
    """Let an order wait for the cause that another one is about. Its clock goes on, and its asker is answered alike.

    What was merged into it before follows it to the new cause. Raises ``Conflict`` if the cause is not being worked
    on, or is itself merged.
    """
    if order_id == into:
        raise InvalidInput(_("An order cannot be merged into itself."), field="into", value=str(into))
    # Both are locked in the order of their identifiers, so that two opposite mergers cannot wait for each other.
    locked = {
        order.id: order for order in Order.objects.select_for_update().filter(id__in=(order_id, into)).order_by("id")
    }
    cause = locked.get(into)
    if cause is None:
        raise NotFound(_("There is no such request."), field="into", value=str(into))
    case = open_case(acting, order_id, expected_version=expected_version)
    if cause.state not in BEING_WORKED_ON:
        raise Conflict(
            _("The request %(code)s is “%(state)s”; nothing can be merged into it."), field="into",
            remedy=_("Choose one that is being worked on."), code=cause.code, state=state_name(cause.state),
        )  # fmt: skip
    followers = followers_of(case)
    if Order.objects.filter(merged_into=cause, state=State.MERGED).count() + len(followers) >= FOLLOWERS_MAX:
        raise TooLarge(_("At most %(most)s requests wait for one cause."), field="into", most=FOLLOWERS_MAX)
    for each in (case, *followers):
        _follow(each, cause, note=clean_note(reason))


def _follow(case: Case, cause: Order, *, note: str) -> None:
    order = case.order
    order.merged_into, order.unit_id, order.handler_post_id = cause, cause.unit_id, None
    case.stop("dispatch", "adjudicate", "accept", "answer")
    case.resume("finish")
    # Its clock to finish runs whatever becomes of the cause: nobody waits without a deadline.
    case.start("finish")
    case.settle(to_state=State.MERGED, note=note, data={"cause": str(cause.id), "cause_code": cause.code})


@act("orders.unmerge", may=may_by_role)
def unmerge_order(acting: Acting, *, order_id: UUID, reason: str = "", expected_version: int | None = None) -> None:
    """Take an order out of its cause again. It goes back to the dispatcher; its clock to finish goes on."""
    case = open_case(acting, order_id, expected_version=expected_version)
    release(case, note=clean_note(reason))


def release(case: Case, *, note: str) -> None:
    """Let a merged order go its own way again."""
    cause_id = case.order.merged_into_id
    case.order.merged_into, case.order.unit_id, case.order.handler_post_id = None, None, None
    case.start("dispatch")
    case.settle(to_state=State.PLACED, note=note, data={"cause": str(cause_id)})


@dataclass(frozen=True, slots=True)
class Part:
    """One of the matters that an order turned out to hold. ``item`` is a code; without it the whole order's."""

    title: str
    description: str
    item: str | None = None


@act("orders.split", may=may_by_role)
def split_order(
    acting: Acting,
    *,
    order_id: UUID,
    parts: list[Part],
    reason: str = "",
    expected_version: int | None = None,
) -> list[UUID]:
    """Split off matters that other units answer for, each as an order of its own; return their identifiers.

    The order itself stays with its unit, which leads, and cannot finish before its parts have.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    if not 1 <= len(parts) <= PARTS_MAX:
        raise InvalidInput(
            _("An order is split into 1 to %(most)s parts."), field="parts", value=len(parts), most=PARTS_MAX
        )
    note = clean_note(reason)
    with writing(acting):
        asker = Asker.objects.filter(order_id=order_id).first()
    orders = [_part_of(case, part, asker) for part in parts]
    case.settle(note=note, data={"parts": [{"id": str(order.id), "code": order.code} for order in orders]})
    return [order.id for order in orders]


def _part_of(case: Case, part: Part, asker: Asker | None) -> Order:
    acting, whole = case.acting, case.order
    item = known_item(part.item, on=acting.today) if part.item else case.item
    part_id = new_identifier()
    order = Order(
        id=part_id, code=order_code(part_id), item_id=item.id, parent=whole, place_id=whole.place_id,
        place_path=whole.place_path, lon=whole.lon, lat=whole.lat, address=whole.address, form={},
        title=clean_line(part.title, field="title", most=TITLE_MAX, wanted=True),
        description=clean_note(part.description, field="description", wanted=True), channel=whole.channel,
        asker_kind=whole.asker_kind, identity=whole.identity, urgency=whole.urgency, state=State.PLACED,
        placed_at=acting.now, updated_at=acting.now, extended_days=0, return_count=0, reopen_count=0,
        press_count=0, escalation=0, answer_public="", answer_private="", version=0, last_event=0,
    )  # fmt: skip
    with writing(acting):
        order.save(force_insert=True)
        if asker is not None:
            Asker.objects.create(
                order=order, person_id=asker.person_id, name=asker.name, phone=asker.phone,
                email=asker.email, firm=asker.firm,
            )  # fmt: skip
    child = Case(
        acting=acting, order=order, step=FLOW["orders.split"], part=Who.SYSTEM, item=item, clocks={},
        from_state=State.PLACED,
    )  # fmt: skip
    child.start("dispatch")
    data: dict[str, Any] = {"whole": str(whole.id), "whole_code": whole.code}
    child.settle(to_state=State.PLACED, audience=Audience.PUBLIC, data=data)
    return order
