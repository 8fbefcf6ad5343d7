"""Lay a realm down in a throw-away installation, with orders to read and somebody to read them.

    python -m benchmarks.preparing REALM

Prints JSON: a token, a clerk to sign in as, the places and items to ask about, and the codes of orders with a timeline.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import timedelta
from typing import Any, Final

from tianqu.project.starting import start_django

start_django()

from django.core.management import call_command  # noqa: E402  Django is set up first
from django.utils import timezone  # noqa: E402

from benchmarks.texts import request_text  # noqa: E402
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing  # noqa: E402
from tianqu.kernel.orders.api import Contact, accept_order, comment_on_order, dispatch_order, place_order  # noqa: E402
from tianqu.kernel.places.api import (  # noqa: E402
    Account,
    Place,
    actor_of,
    held_posts,
    issue_token,
    unit_called,
)
from tianqu.project.realm_content import publish_realm  # noqa: E402
from tianqu.project.realms import load_realm, read_realm  # noqa: E402

PASSWORD: Final = "nine-roads-meet-here"
ORDERS: Final = 200
UNIT: Final = "371402.housing_bureau"
CLERK: Final = "clerk"
ITEM: Final = "sewer"


def actor_called(login: str) -> tuple[Account, Actor]:
    """An account of the demo with its holder acting through their first post."""
    with seeing(SYSTEM.scope):
        account = Account.objects.get(login=login)
        return account, actor_of(account, channel="api")


def token_of(login: str) -> str:
    """Issue a token for a day."""
    account, actor = actor_called(login)
    with seeing(SYSTEM.scope):
        post_id = held_posts(account.person_id)[0].id
    issued = issue_token(
        actor, account_id=account.id, name="benchmark", scopes=("orders.*",), post_id=post_id,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return issued.secret


def orders(places: list[Place]) -> list[str]:
    """Place, dispatch and, but for the inbox's sake, only half accept; return the codes of those with a timeline."""
    chance = random.Random(7)
    _account, operator = actor_called("operator")
    _account, dispatcher = actor_called("dispatcher")
    _account, clerk = actor_called(CLERK)
    unit = unit_called(UNIT)
    codes = []
    for number in range(ORDERS):
        place = chance.choice(places)
        receipt = place_order(
            operator, item=ITEM, place_id=place.id, title=f"{place.name}下水道堵塞 {number}",
            description=request_text(chance), address=f"{place.name}{number}号",
            contact=Contact(name="李梅", phone=f"1380000{number:04d}"),
        )  # fmt: skip
        dispatch_order(dispatcher, order_id=receipt.order_id, unit_id=unit.id)
        if number % 2:
            accept_order(clerk, order_id=receipt.order_id)
            comment_on_order(clerk, order_id=receipt.order_id, text=request_text(chance), audience="public")
            codes.append(receipt.code)
    return codes


def main(code: str) -> None:
    """Lay down what the benchmarks stand on."""
    call_command("migrate", verbosity=0)
    realm = read_realm(code)
    load_realm(code, with_posts=True, password=PASSWORD)
    publish_realm(realm)
    places = list(Place.objects.filter(code__startswith="371402", kind="village", valid_to=None)[:200])
    prepared: dict[str, Any] = {
        "token": token_of("operator"), "clerk_token": token_of(CLERK), "login": CLERK, "password": PASSWORD,
        "item": ITEM, "places": [place.code for place in places], "codes": orders(places),
    }  # fmt: skip
    print(json.dumps(prepared))


if __name__ == "__main__":
    main(sys.argv[1])
