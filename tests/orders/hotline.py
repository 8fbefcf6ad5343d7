"""A small hotline: the prefecture of the places' tests, three items, a calendar, and an actor in each part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tests.kernel.places.prefecture import Prefecture
from tests.kernel.places.prefecture import build as build_prefecture
from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Acting, Actor, act, registered_acts
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Item
from tianqu.kernel.places.api import Role, actor_of, known_roles, register_role, resident_actor

MONDAY = datetime(2024, 3, 4, 1, 0, tzinfo=UTC)  # 09:00 in Dezhou, an ordinary Monday
CALENDAR: dict[str, Any] = {
    "code": "dezhou", "time_zone": "Asia/Shanghai", "official": "china",
    "hours": {
        day: ["08:30-12:00", "13:30-17:30"]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    },
}  # fmt: skip
OFFICE_ACTS = (
    "orders.accept", "orders.return", "orders.ask_back", "orders.resume", "orders.extend", "orders.hand_over",
    "orders.finish", "orders.refuse", "orders.comment", "orders.attach", "orders.see", "places.deputise_self",
    "files.store",
)  # fmt: skip
ROLES = (
    Role("anybody", "Anybody", (*api.ASKER_PERMISSIONS,)),
    Role("resident", "Resident", (*api.ASKER_PERMISSIONS,)),
    Role("orders_clerk", "Clerk", OFFICE_ACTS, reach="unit"),
    Role("orders_dispatcher", "Dispatcher", ("orders.*", "files.store"), reach="everything"),
    Role("orders_supervisor", "Supervisor", ("orders.*", "files.store"), reach="place"),
)


def _may(acting: Acting, /, **arguments: Any) -> None:
    """Let the test load its items."""


if "test.items" not in registered_acts():

    @act("test.items", may=_may)
    def load_items(acting: Acting, *, definitions: list[dict[str, Any]]) -> None:
        for definition in definitions:
            Item.objects.create(
                code=definition["code"], version=1, valid_from=date(2020, 1, 1), family=definition["family"],
                title=definition["name"], definition=plain(definition), digest="0" * 64,
            )  # fmt: skip
        acting.record("test:items", after=definitions)


def item(code: str, name: str, **more: Any) -> dict[str, Any]:
    """An item in few words, whole enough for the catalogue to show it."""
    return {
        "code": code, "family": "resident", "group": "城建", "name": name, "summary": name,
        "answerable": [{"unit_kind": "nobody", "jurisdiction": "county"}],
        "steps": [{"code": "mend", "by": "unit", "name": "办理"}],
        "form": {"version": 1, "fields": []}, **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Hotline:
    """What the tests hold on to."""

    prefecture: Prefecture
    dispatcher: Actor
    clerk: Actor  # of the housing bureau of Decheng
    colleague: Actor
    stranger: Actor  # a clerk of the housing bureau of Ningjin
    supervisor: Actor  # of Decheng
    resident: Actor
    neighbour: Actor

    @property
    def unit_id(self) -> UUID:
        return self.prefecture.units["c1.housing"].id

    @property
    def other_unit_id(self) -> UUID:
        return self.prefecture.units["c2.housing"].id

    @property
    def place_id(self) -> UUID:
        return self.prefecture.places["P102001"].id

    def post(self, unit: str, role: str) -> Actor:
        """Somebody else with a post."""
        return actor_of(self.prefecture.person(unit, role, name="冯某"), channel="web")

    def place(self, actor: Actor | None = None, **changes: Any) -> api.Receipt:
        """Place an order on Monday, in a village of Decheng."""
        told: dict[str, Any] = {
            "item": "road.lamp", "place_id": self.place_id, "title": "路灯不亮", "description": "村口的路灯坏了三天。",
            "contact": api.Contact(name="李梅", phone="13800000000"), "at": MONDAY,
        }  # fmt: skip
        return api.place_order(actor or self.resident, **(told | changes))

    def dispatched(self, **changes: Any) -> UUID:
        """Place an order and dispatch it to the housing bureau."""
        order_id = self.place(**changes).order_id
        api.dispatch_order(self.dispatcher, order_id=order_id, unit_id=self.unit_id, at=MONDAY)
        return order_id

    def accepted(self, **changes: Any) -> UUID:
        """The same, accepted by its clerk."""
        order_id = self.dispatched(**changes)
        api.accept_order(self.clerk, order_id=order_id, at=MONDAY)
        return order_id

    def done(self, **changes: Any) -> UUID:
        """The same, answered."""
        order_id = self.accepted(**changes)
        api.finish_order(self.clerk, order_id=order_id, answer_public="已更换灯具。", at=MONDAY)
        return order_id


def build() -> Hotline:
    """Load everything through acts."""
    for role in ROLES:
        if role.code not in known_roles():
            register_role(role)
    prefecture = build_prefecture()
    api.publish_calendar(SYSTEM, content=CALENDAR)
    load_items(
        SYSTEM,
        definitions=[
            item("road.lamp", "路灯"), item("water.none", "停水", urgency="utilities"),
            item("secret.matter", "隐私事项", private=True),
        ],
    )  # fmt: skip

    def post(unit: str, role: str, name: str) -> Actor:
        return actor_of(prefecture.person(unit, role, name=name), channel="web")

    def resident(name: str) -> Actor:
        return resident_actor(prefecture.person("v101009", "orders_clerk", name=name), channel="web")

    return Hotline(
        prefecture=prefecture,
        dispatcher=post("city.centre", "orders_dispatcher", "赵调度"),
        clerk=post("c1.housing", "orders_clerk", "钱办事"), colleague=post("c1.housing", "orders_clerk", "孙同事"),
        stranger=post("c2.housing", "orders_clerk", "周外县"),
        supervisor=post("c1.housing", "orders_supervisor", "吴督办"),
        resident=resident("李梅"), neighbour=resident("郑邻居"),
    )  # fmt: skip


NOBODY = ANYBODY
