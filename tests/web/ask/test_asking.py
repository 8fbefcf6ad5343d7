"""The resident's walk over HTTP: choose, three steps, receipt, follow, rate; and what is refused on the way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.test import Client

from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders import api
from tianqu.kernel.orders.api import forget_catalogue, load_items, publish_items

ROOT = Path(__file__).resolve().parents[3]


def sent(page: Any) -> dict[str, str]:
    """What the hidden fields of a page would send again."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.content.decode()))


def asked(client: Client, hotline: Hotline, **changes: str) -> Any:
    page = client.get("/ask/road.lamp")
    assert page.status_code == 200
    page = client.post("/ask/road.lamp", sent(page) | {"title": "路灯不亮", "description": "三天了"})
    page = client.post("/ask/road.lamp", sent(page) | {"place": str(hotline.place_id), "address": "村口"})
    return client.post(
        "/ask/road.lamp",
        sent(page) | {"name": "李梅", "phone": "13800000000", "identity": "open", "kind": "resident"} | changes,
    )


def test_three_steps_lead_to_a_receipt(hotline: Hotline) -> None:
    client = Client()
    answer = asked(client, hotline)
    assert answer.status_code == 302, answer.content.decode()
    receipt = client.get(answer["Location"])
    assert receipt.status_code == 200
    assert receipt["Cache-Control"] == "no-store"
    followed = client.get(answer["Location"].replace("receipt", "follow"))
    assert "路灯不亮" in followed.content.decode()
    assert Client().get(answer["Location"]).status_code == 404, "another browser needs the secret"


def test_sending_the_last_step_twice_makes_one_request(hotline: Hotline) -> None:
    client = Client()
    page = client.get("/ask/road.lamp")
    given = sent(page) | {
        "step": "who", "title": "路灯不亮", "description": "三天了", "place": str(hotline.place_id),
        "identity": "open", "kind": "resident",
    }  # fmt: skip
    first = client.post("/ask/road.lamp", given)
    second = client.post("/ask/road.lamp", given)
    assert first["Location"] == second["Location"]


def test_what_is_missing_is_said_and_what_was_typed_is_kept(hotline: Hotline) -> None:
    client = Client()
    page = client.post("/ask/road.lamp", sent(client.get("/ask/road.lamp")) | {"title": "路灯不亮", "description": ""})
    assert page.status_code == 400
    text = page.content.decode()
    assert 'value="路灯不亮"' in text
    assert 'href="#description"' in text


def test_the_asker_rates_what_was_answered(hotline: Hotline) -> None:
    receipt = hotline.place()
    api.dispatch_order(hotline.dispatcher, order_id=receipt.order_id, unit_id=hotline.unit_id)
    api.accept_order(hotline.clerk, order_id=receipt.order_id)
    api.finish_order(hotline.clerk, order_id=receipt.order_id, answer_public="已更换灯具。")
    client = Client()
    opened = client.post("/follow/", {"code": receipt.code, "secret": receipt.secret})
    assert opened.status_code == 302
    assert "已更换灯具" in client.get(opened["Location"]).content.decode()
    rated = client.post(f"/follow/{receipt.code}/rate", {"solved": "yes", "satisfaction": "very"})
    assert rated.status_code == 302, rated.content.decode()
    again = client.post(f"/follow/{receipt.code}/rate", {"solved": "yes", "satisfaction": "very"})
    assert again.status_code == 409


def test_a_wrong_secret_opens_nothing(hotline: Hotline) -> None:
    receipt = hotline.place()
    answer = Client().post("/follow/", {"code": receipt.code, "secret": "wrong"})
    assert answer.status_code == 404
    assert "路灯" not in answer.content.decode()


def test_choosing_shows_all_services_by_group_and_finds_by_words(db: None) -> None:
    forget_catalogue()
    publish_items(SYSTEM, definitions=load_items(ROOT / "realms" / "dezhou" / "items"))
    everything = Client().get("/ask/").content.decode()
    assert "供热温度不达标" in everything
    found = Client().get("/ask/", {"q": "路灯不亮"}).content.decode()
    assert "路灯" in found
    assert "供热温度不达标" not in found
    assert Client().get("/ask/", {"q": "zzzz"}).status_code == 200
