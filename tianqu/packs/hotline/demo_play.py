"""Playing planned requests: the past by acts, in this process; other doors take the same moves.

Both doors take the same moves, so what a simulated day shows of the API, the past shows of the acts behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from tianqu.base.errors import TianquError
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, registered_acts, seeing
from tianqu.kernel.orders.api import Contact, receipt_actor
from tianqu.kernel.places.api import account_called, actor_of, load_posts, place_called
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_day import Planned
from tianqu.packs.hotline.demo_photos import drawn_photo

REFUSALS_KEPT: Final = 200


class Refused(Exception):
    """A move that was not taken, and why. The rest of its request is dropped."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the asker holds in their hand."""

    order_id: UUID
    code: str
    secret: str


class Door(Protocol):
    """A way in. ``by`` is a login, or None for the asker, who brings the receipt."""

    def place(self, planned: Planned) -> Held: ...

    def photo(self, planned: Planned) -> UUID | None:
        """Hand in a drawn photo; None where this door takes none."""
        ...

    def act(self, held: Held, act: str, *, by: str | None, at: datetime, body: Mapping[str, Any]) -> None: ...


@dataclass(slots=True)
class Played:
    """What became of the moves."""

    placed: int = 0
    moves: int = 0
    refused: int = 0
    by_act: dict[str, int] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)


class Player:
    """Plays plans through a door, each request's moves in order."""

    def __init__(self, door: Door, units: Mapping[str, UUID]) -> None:
        self.door = door
        self.units = units
        self.played = Played()
        self._held: dict[int, Held] = {}

    def play(self, plans: Sequence[Planned], *, tell: Callable[[int], None]) -> Played:
        """Play plans by the clock: every move of every request in the order of its time."""
        moves: list[tuple[datetime, int, int]] = []
        by_number = {planned.number: planned for planned in plans}
        for planned in plans:
            moves.append((planned.placed_at, planned.number, -1))
            moves += [(move.at, planned.number, index) for index, move in enumerate(planned.moves)]
        dropped: set[int] = set()
        for _at, number, index in sorted(moves):
            if number in dropped:
                continue
            try:
                self._move(by_number[number], index)
            except Refused as refused:
                dropped.add(number)
                self.played.refused += 1
                if len(self.played.refusals) < REFUSALS_KEPT:
                    self.played.refusals.append(str(refused))
            tell(1)
        return self.played

    def _move(self, planned: Planned, index: int) -> None:
        if index < 0:
            self._held[planned.number] = self.door.place(planned)
            self.played.placed += 1
            return
        move = planned.moves[index]
        held = self._held[planned.number]
        body = {name: self._value(planned, value) for name, value in move.body.items()}
        if move.act == "orders.attach" and body["file_id"] is None:
            return
        self.door.act(held, move.act, by=login_of(planned, move.by), at=move.at, body=body)
        self.played.moves += 1
        self.played.by_act[move.act] = self.played.by_act.get(move.act, 0) + 1

    def _value(self, planned: Planned, value: Any) -> Any:
        if value == "@unit":
            return self.units[planned.unit]
        if value == "@wrong_unit":
            return self.units[planned.wrong_unit]
        if value == "@photo":
            return self.door.photo(planned)
        if value == "@cause":
            cause = self._held.get(planned.cause or 0)
            if cause is None:
                raise Refused("the cause was not placed")
            return cause.order_id
        return value


def clerk_login(unit: str) -> str:
    """The login of the demo's clerk of a unit."""
    return f"clerk.{unit.replace('_', '-')}"


def login_of(planned: Planned, by: str) -> str | None:
    """The login of who makes a move, None for the asker."""
    if by == "asker":
        return None
    if by == "unit":
        return clerk_login(planned.unit)
    return clerk_login(planned.wrong_unit) if by == "wrong_unit" else by


class ActDoor:
    """Plays by acts, in this process."""

    def __init__(self) -> None:
        self._acts = registered_acts()
        self._actors: dict[str, Actor] = {}
        self._places: dict[str, UUID] = {}

    def place(self, planned: Planned) -> Held:
        request, asker = planned.request, planned.request.asker
        actor = self._actor("operator") if planned.channel == "phone" else Actor(channel=planned.channel)
        if planned.place not in self._places:
            self._places[planned.place] = place_called(planned.place).id
        try:
            receipt = self._acts["orders.place"].perform(
                actor, item=planned.item.code, place_id=self._places[planned.place], title=request.title,
                description=request.description, form=request.form, identity=planned.identity, public=planned.public,
                contact=Contact(asker_kind(planned), asker.name, asker.phone, "", asker.firm), at=planned.placed_at,
            )  # fmt: skip
        except TianquError as error:
            raise Refused(f"orders.place {planned.item.code}: {error}") from error
        return Held(receipt.order_id, receipt.code, receipt.secret)

    def photo(self, planned: Planned) -> UUID | None:
        content = drawn_photo(planned.request.photo, seed=planned.number)
        return store_file(ANYBODY, content=content, name="示例照片.png").id

    def act(self, held: Held, act: str, *, by: str | None, at: datetime, body: Mapping[str, Any]) -> None:
        try:
            actor = self._actor(by) if by else receipt_actor(ANYBODY, code=held.code, secret=held.secret)
            self._acts[act].perform(actor, order_id=held.order_id, at=at, **body)
        except TianquError as error:
            raise Refused(f"{act}: {error}") from error

    def _actor(self, login: str) -> Actor:
        if login not in self._actors:
            with seeing(SYSTEM.scope):
                self._actors[login] = actor_of(account_called(login), channel="web")
        return self._actors[login]


def asker_kind(planned: Planned) -> str:
    """A resident or a firm."""
    return "firm" if planned.request.asker.firm else "resident"


def appoint_clerks(units: Iterable[str], inventor: Inventor) -> int:
    """See that each of these units has a clerk of the demo; return how many were appointed."""
    rows = []
    for unit in sorted(set(units)):
        person = inventor.person()
        rows.append({
            "login": clerk_login(unit), "name": person.name, "role": "clerk", "unit": unit, "title": "承办员",
            "phone": person.phone, "language": "zh-hans", "valid_from": "2020-01-01",
        })  # fmt: skip
    return load_posts(SYSTEM, rows=rows).accepted if rows else 0
