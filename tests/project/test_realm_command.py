"""``tianqu realm``: an installation without invented people gets its places, and its first administrator."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from typer.testing import CliRunner, Result

from tests.orders.conftest import hotline as hotline_fixture
from tests.orders.hotline import Hotline
from tianqu.base.errors import NotFound
from tianqu.kernel.places.api import account_called
from tianqu.kernel.places.models import Account, Place, Unit
from tianqu.project.cli import app

pytestmark = pytest.mark.django_db(transaction=True)
hotline = hotline_fixture


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["realm", *arguments], catch_exceptions=False)


def administrator(unit: str) -> str:
    """Appoint the administrator and return the password that was printed."""
    done = run("administrator", "zheng", "--name", "郑海峰", "--unit", unit)
    assert done.exit_code == 0
    said = re.search(r"shown once: (\S+)", done.output)
    assert said is not None
    return said[1]


def test_the_first_administrator_signs_in_and_must_change_the_password(hotline: Hotline) -> None:
    unit = Unit.objects.get(id=hotline.unit_id).code
    first, second = administrator(unit), administrator(unit)
    client = Client()
    assert not client.login(login="zheng", password=first)
    client.post("/account/login/", {"login": "zheng", "password": second})
    answer = client.get("/administration/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/password/")
    assert Account.objects.filter(login="zheng").count() == 1


def test_an_unknown_unit_appoints_nobody(hotline: Hotline) -> None:
    with pytest.raises(NotFound):
        run("administrator", "zheng", "--name", "郑海峰", "--unit", "none")
    with pytest.raises(NotFound):
        account_called("zheng")


@pytest.mark.slow
def test_a_realm_is_loaded_without_its_invented_people_and_once() -> None:
    assert run("load", "nyc-council").exit_code == 0
    there = Place.objects.count()
    assert there > 50
    assert not Account.objects.exists()
    again = run("load", "nyc-council")
    assert again.exit_code == 0
    assert re.search(r"places +0 new", again.output)
    assert Place.objects.count() == there
