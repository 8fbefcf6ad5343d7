"""Playing planned requests: each move by the public HTTP API, or by acts when months of past are laid down at once.

Both doors take the same moves, so what the simulated day shows of the API, the past shows of the acts behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import httpx
from django.db import connection
from django.utils import timezone

from tianqu.base.errors import NotFound, TianquError, _
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, registered_acts, seeing
from tianqu.kernel.orders.api import Contact, receipt_actor
from tianqu.kernel.places.api import Account, Place, actor_of, held_posts, issue_token, load_posts
from tianqu.packs.hotline.demo import Inventor
from tianqu.packs.hotline.demo_day import Planned, Where
from tianqu.packs.hotline.demo_photos import drawn_photo

API: Final = "/api/v1"
SCOPES: Final = ("orders.*", "files.store", "simulate")
DESKS: Final = ("operator", "dispatcher", "supervisor")
REFUSALS_KEPT: Final = 200
# A program outside dispatches as a human does: it cannot say that a rule or the model decided.
NOT_TOLD: Final = frozenset({"decided_by"})


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

    def act(self, held: Held, act: str, by: str | None, *, at: datetime, body: Mapping[str, Any]) -> None: ...


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
        self.door.act(held, move.act, _login(planned, move.by), at=move.at, body=body)
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


def play_by_threads(
    doors: Sequence[Door], plans: Sequence[Planned], units: Mapping[str, UUID], *, tell: Callable[[int], None]
) -> Played:
    """Play plans through several doors at once; a request and what is merged into it stay together."""
    shares: list[list[Planned]] = [[] for _door in doors]
    share_of: dict[int, int] = {}
    for planned in plans:
        share = share_of.get(planned.cause or 0, planned.number % len(doors))
        share_of[planned.number] = share
        shares[share].append(planned)
    with ThreadPoolExecutor(len(doors)) as pool:
        players = [Player(door, units) for door in doors]
        running = [pool.submit(player.play, share, tell=tell) for player, share in zip(players, shares, strict=True)]
        return _summed([each.result() for each in running])


def _summed(parts: Iterable[Played]) -> Played:
    total = Played()
    for part in parts:
        total.placed += part.placed
        total.moves += part.moves
        total.refused += part.refused
        total.refusals += part.refusals
        for act, count in part.by_act.items():
            total.by_act[act] = total.by_act.get(act, 0) + count
    return total


def clerk_login(unit: str) -> str:
    """The login of the demo's clerk of a unit."""
    return f"clerk.{unit.replace('_', '-')}"


def _login(planned: Planned, by: str) -> str | None:
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
            with seeing(SYSTEM.scope):
                self._places[planned.place] = Place.objects.get(code=planned.place, valid_to=None).id
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

    def act(self, held: Held, act: str, by: str | None, *, at: datetime, body: Mapping[str, Any]) -> None:
        try:
            actor = self._actor(by) if by else receipt_actor(ANYBODY, code=held.code, secret=held.secret)
            self._acts[act].perform(actor, order_id=held.order_id, at=at, **body)
        except TianquError as error:
            raise Refused(f"{act}: {error}") from error

    def _actor(self, login: str) -> Actor:
        if login not in self._actors:
            with seeing(SYSTEM.scope):
                self._actors[login] = actor_of(_account(login), channel="web")
        return self._actors[login]


class HttpDoor:
    """Plays by the public API of a running installation."""

    def __init__(self, address: str, tokens: Mapping[str, str]) -> None:
        self._client = httpx.Client(base_url=address.rstrip("/") + API, timeout=60)
        self._tokens = tokens

    def place(self, planned: Planned) -> Held:
        request, asker = planned.request, planned.request.asker
        body: dict[str, Any] = {
            "item": planned.item.code, "place": planned.place, "title": request.title,
            "description": request.description, "form": request.form, "identity": planned.identity,
            "public": planned.public, "at": planned.placed_at.isoformat(), "contact": {
                "kind": asker_kind(planned), "name": asker.name, "phone": asker.phone, "firm": asker.firm,
            },
        }  # fmt: skip
        if planned.channel != "phone":
            body["asked_by"] = planned.channel
        told = self._post("/orders", body, by="operator")
        return Held(UUID(told["order_id"]), told["code"], told["secret"])

    def photo(self, planned: Planned) -> UUID | None:
        return None

    def act(self, held: Held, act: str, by: str | None, *, at: datetime, body: Mapping[str, Any]) -> None:
        verb = act.removeprefix("orders.").replace("_", "-")
        told = {name: value for name, value in body.items() if name not in NOT_TOLD}
        plain = {name: str(value) if isinstance(value, UUID) else value for name, value in told.items()}
        headers = {"Receipt-Secret": held.secret} if by is None else {}
        self._post(f"/orders/{held.code}/{verb}", {**plain, "at": at.isoformat()}, by=by or "operator", headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(
        self, path: str, body: Mapping[str, Any], *, by: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {self._tokens[by]}"}
        answer = self._client.post(path, json=body, headers={**bearer, **(headers or {})})
        if answer.status_code >= 300:
            raise Refused(f"{path.rsplit('/', 1)[-1]} {answer.status_code}: {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        return told


def asker_kind(planned: Planned) -> str:
    """A resident or a firm."""
    return "firm" if planned.request.asker.firm else "resident"


def issue_tokens(logins: Iterable[str]) -> dict[str, str]:
    """Issue a token for a day to each account, with the scope that lets it say when something happened."""
    tokens = {}
    ends = timezone.now() + timedelta(days=1)
    for login in logins:
        with seeing(SYSTEM.scope):
            account = _account(login)
            actor = actor_of(account, channel="web")
            post_id = held_posts(account.person_id)[0].id
        issued = issue_token(
            actor, account_id=account.id, name="simulation", scopes=SCOPES, expires_at=ends, post_id=post_id
        )
        tokens[login] = issued.secret
    return tokens


def _account(login: str) -> Account:
    account = Account.objects.filter(login=login).first()
    if account is None:
        raise NotFound(
            _("There is no account %(value)s."), field="login", value=login,
            remedy=_("Load the demo's posts first: tianqu demo."),
        )  # fmt: skip
    return account


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


def peopled_places(root: str, *, count: int, inventor: Inventor) -> list[Where]:
    """Return so many villages and communities of today, spread by chance, with the units that answer there."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT place.code, place.name, place.path::text FROM places_place place"
            " WHERE kind = 'village' AND valid_to IS NULL AND path <@ %s::ltree ORDER BY path",
            [root],
        )
        villages = cursor.fetchall()
        cursor.execute(
            "SELECT place.code, unit.kind, unit.code FROM places_unit unit JOIN places_place place"
            " ON place.id = unit.place_id WHERE unit.valid_to IS NULL AND place.valid_to IS NULL"
        )
        answering: dict[str, dict[str, str]] = {}
        for place, kind, unit in cursor.fetchall():
            answering.setdefault(place, {})[kind] = unit
    chosen = inventor.random.sample(villages, min(count, len(villages)))
    return [Where(code, name, _units_above(path, answering)) for code, name, path in chosen]


def _units_above(path: str, answering: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The nearest unit of each kind, the village's own committee left out."""
    units: dict[str, str] = {}
    for code in path.split(".")[:-1]:
        units |= answering.get(code, {})
    units.pop("government", None)
    return units


def unit_ids() -> dict[str, UUID]:
    """The identifiers of today's units by code."""
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM places_unit WHERE valid_to IS NULL")
        return dict(cursor.fetchall())
