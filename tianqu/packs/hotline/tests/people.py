"""Browsers in which somebody with a role of the pack has signed in."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.orders.hotline import Hotline
from tianqu.kernel.places.models import Account


def browser(hotline: Hotline, role: str, *, unit: str = "city.centre", language: str = "en") -> Client:
    """Return a browser of somebody new who holds ``role`` at ``unit``."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    account = hotline.prefecture.person(unit, role, name="何某")
    Account.objects.filter(id=account.id).update(must_change_password=False)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any, *, status: int = 200) -> str:
    """Return the page that came, which has the status expected."""
    content: str = answer.content.decode()
    assert answer.status_code == status, content[-3000:]
    return content
