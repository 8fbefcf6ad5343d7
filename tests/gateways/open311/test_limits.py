"""GeoReport under load and without its database: how much one client gets, and what the others still get."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tianqu.kernel.places.api import Account, issue_token

__all__ = ["hotline"]
BASE = "/open311/v2"


def key(hotline: Hotline) -> str:
    assert hotline.resident.person_id is not None
    account = Account.objects.get(person_id=hotline.resident.person_id)
    return issue_token(
        hotline.resident, account_id=account.id, name="app", scopes=["orders.place"],
        expires_at=timezone.now() + timedelta(days=1), post_id=None,
    ).secret  # fmt: skip


def placed(api_key: str, address: str = "10.0.0.1") -> Any:
    given = {"service_code": "road.lamp", "address_id": "P102001", "description": "路灯不亮", "api_key": api_key}
    return Client(REMOTE_ADDR=address).post(f"{BASE}/requests.json", given)


def test_one_key_is_held_to_its_limit_and_another_is_not(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_OPEN311_KEY_PER_MINUTE = 2
    mine, other = key(hotline), key(hotline)
    assert [placed(mine).status_code for _number in range(3)] == [201, 201, 429]
    refused = placed(mine, "10.0.0.2")
    assert refused.status_code == 429
    assert refused.json()[0]["code"] == 429 and refused.json()[0]["description"]
    assert placed(other).status_code == 201


def test_one_address_is_held_to_its_limit_and_another_is_not(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_OPEN311_ADDRESS_PER_MINUTE = 2
    said = [Client(REMOTE_ADDR="10.0.0.1").get(f"{BASE}/requests.xml").status_code for _number in range(3)]
    assert said == [200, 200, 429]
    assert Client(REMOTE_ADDR="10.0.0.2").get(f"{BASE}/requests.xml").status_code == 200


def test_keys_cannot_be_tried_without_end(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_OPEN311_ADDRESS_PER_MINUTE = 3
    assert [placed(f"guess-{number}").status_code for number in range(5)] == [403, 403, 403, 429, 429]
    assert placed(key(hotline)).status_code == 201  # a good key is counted by itself


@pytest.mark.parametrize("form", ["json", "xml"])
def test_without_the_database_it_says_so_in_its_own_list(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def away(*_arguments: Any) -> None:
        raise OperationalError("the server is away")

    monkeypatch.setattr("tianqu.gateways.open311.views.set_scope", away)
    for answer in (
        Client().get(f"{BASE}/requests.{form}"), Client().post(f"{BASE}/requests.{form}", {"api_key": "x"}),
    ):  # fmt: skip
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert b"503" in answer.content and b"server is away" not in answer.content
