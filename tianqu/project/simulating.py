"""Playing planned requests by the public HTTP API of a running installation, through several doors at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.places.api import account_called, actor_of, held_posts, issue_token
from tianqu.packs.hotline.demo_day import Planned
from tianqu.packs.hotline.demo_play import Door, Held, Played, Player, Refused, asker_kind

API: Final = "/api/v1"
SCOPES: Final = ("orders.*", "files.store", "simulate")
DESKS: Final = ("operator", "dispatcher", "supervisor")
# A program outside dispatches as a human does: it cannot say that a rule or the model decided.
NOT_TOLD: Final = frozenset({"decided_by"})


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

    def act(self, held: Held, act: str, *, by: str | None, at: datetime, body: Mapping[str, Any]) -> None:
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


def issue_tokens(logins: Iterable[str]) -> dict[str, str]:
    """Issue a token for a day to each account, with the scope that lets it say when something happened."""
    tokens = {}
    ends = timezone.now() + timedelta(days=1)
    for login in logins:
        with seeing(SYSTEM.scope):
            account = account_called(login)
            actor = actor_of(account, channel="web")
            post_id = held_posts(account.person_id)[0].id
        issued = issue_token(
            actor, account_id=account.id, name="simulation", scopes=SCOPES, expires_at=ends, post_id=post_id
        )
        tokens[login] = issued.secret
    return tokens
