"""Browsers in which the people of the small hotline have signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tianqu.kernel.journal.api import Actor, Scope, seeing
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places.api import Account

ANSWER = "已更换灯具。"


def browser(actor: Actor, language: str = "en") -> Client:
    """A browser in which an official has signed in."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    account = Account.objects.get(person_id=actor.person_id)
    # Their own password is chosen already. The acts that built the hotline are in the test's transaction.
    Account.objects.filter(id=account.id).update(must_change_password=False)
    client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def order_of(order_id: Any) -> Order:
    """An order as the table has it."""
    with seeing(Scope(everything=True)):
        return Order.objects.get(id=order_id)


def page_of(order_id: Any) -> str:
    """The address of an order's page."""
    return f"/orders/{order_of(order_id).code}"


def counted(client: Client, address: str) -> tuple[Any, list[str]]:
    """Get a page, and the statements that it needed."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(address)
    return answer, [query["sql"] for query in captured.captured_queries]
