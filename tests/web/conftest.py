"""People for the tests of the pages: a resident, a clerk with two posts, and an administrator."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Scope, seeing
from tianqu.kernel.places.api import (
    Account,
    Role,
    appoint,
    load_places,
    load_units,
    register_role,
    sign_up,
    unit_called,
)

PASSWORD = "lotus-under-nine-roads"  # of invented persons
PLACES = [
    {"code": "3714", "name": "德州市", "name_en": "Dezhou", "kind": "prefecture", "parent": ""},
    {"code": "371402", "name": "德城区", "name_en": "Decheng", "kind": "county", "parent": "3714"},
]
UNITS = [
    {"code": "water", "name": "德城区水利局", "name_en": "Decheng Water Bureau", "kind": "water", "place": "371402"},
    {"code": "roads", "name": "德城区交通局", "name_en": "Decheng Roads Bureau", "kind": "roads", "place": "371402"},
]


@pytest.fixture(autouse=True)
def _roles() -> None:
    register_role(Role("web_test_clerk", "Clerk", ("web_test.see",), "unit"))


@pytest.fixture
def realm(db: None) -> None:
    """A county with two offices."""
    load_places(SYSTEM, rows=PLACES)
    load_units(SYSTEM, rows=UNITS)


@pytest.fixture
def resident(realm: None) -> Account:
    """Somebody who opened an account themselves."""
    return _account("li.ming", "李明")


@pytest.fixture
def clerk(realm: None) -> Account:
    """A clerk at two offices; the water bureau's post is the older one."""
    account = _account("wang.fang", "王芳")
    with seeing(Scope(everything=True)):
        for code, since in (("water", date(2020, 1, 1)), ("roads", date(2021, 1, 1))):
            appoint(
                SYSTEM,
                person_id=account.person_id,
                unit_id=unit_called(code).id,
                role="web_test_clerk",
                title="经办人",
                valid_from=since,
            )
    return account


def _account(login: str, name: str) -> Account:
    return Account.objects.get(id=sign_up(ANYBODY, login=login, password=PASSWORD, name=name))


@pytest.fixture
def visitor() -> Client:
    """A browser that has not signed in, reading English."""
    return Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")


def signed_in(account: Account) -> Client:
    """Return a browser in which ``account`` has signed in by the page."""
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE="en")
    answer = client.post("/account/login/", {"login": account.login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client
