"""One simulated day, played through a running installation's API with a bar."""

from __future__ import annotations

import logging
from datetime import date
from threading import Lock

import httpx
from django.conf import settings
from rich.progress import Progress

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.orders.api import realm_calendar
from tianqu.packs.hotline.demo_past import appoint_for, last_full_day, moves_in, plan_day, staged
from tianqu.packs.hotline.demo_play import Played, clerk_login
from tianqu.packs.hotline.queries import unit_ids
from tianqu.project.realms import read_realm
from tianqu.project.simulating import DESKS, HttpDoor, issue_tokens, play_by_threads


def play_day(*, day: str, orders: int, address: str, threads: int, seed: int = 0, bar: bool = True) -> Played:
    """Plan a day, see that everybody who works in it has a post and a token, and play it."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each of ten thousand moves helps nobody
    _must_answer(address)
    when = _read_day(day) if day else last_full_day(realm_calendar())
    realm = read_realm(settings.TIANQU_REALM)
    stage = staged(realm.path, root=realm.root, seed=seed or when.toordinal())
    plans = plan_day(stage, day=when, orders=orders)
    appoint_for(stage, plans)
    units = {unit for planned in plans for unit in (planned.unit, planned.wrong_unit)}
    tokens = issue_tokens([*DESKS, *map(clerk_login, sorted(units))])
    doors = [HttpDoor(address, tokens) for _thread in range(threads)]
    lock = Lock()
    with Progress(disable=not bar) as progress:
        task = progress.add_task(f"{when:%Y-%m-%d}", total=moves_in(plans))

        def tell(count: int) -> None:
            with lock:
                progress.advance(task, count)

        try:
            return play_by_threads(doors, plans, unit_ids(), tell=tell)
        finally:
            for door in doors:
                door.close()


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            _("“%(value)s” is not a day."), field="date", value=text, remedy=_("Write it as 2026-03-09.")
        ) from error


def _must_answer(address: str) -> None:
    try:
        httpx.get(f"{address.rstrip('/')}/healthz", timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        raise NotFound(
            _("Nothing answers at %(value)s: %(reason)s."), field="address", value=address, reason=str(error),
            remedy=_("Start it with tianqu up."),
        ) from error  # fmt: skip
