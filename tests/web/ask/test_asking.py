"""The resident's walk over HTTP: choose, three steps, receipt, follow, rate; and what is refused on the way."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.orders.hotline import Hotline
from tianqu.kernel.files.api import StoredFile
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.api import attach_file, forget_catalogue, known_item, load_items, publish_items
from tianqu.kernel.orders.models import Attachment
from tianqu.web.ask import asking
from tianqu.web.layout.formats import duration


def png(red: int) -> bytes:
    """A small picture."""
    content = BytesIO()
    Image.new("RGB", (64, 48), (red, 90, 90)).save(content, "PNG")
    return content.getvalue()


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
    accepting = duration(known_item("road.lamp", on=timezone.localdate()).duration("accept", urgency="none"))
    assert f"时限为 {accepting}" in receipt.content.decode(), "the time is the item's own"
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


def test_sending_again_attaches_each_photo_once(
    hotline: Hotline, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the line was lost when the first of two photos had arrived."""
    settings.TIANQU_FILES_URL = str(tmp_path)
    client = Client(raise_request_exception=False)
    given = sent(client.get("/ask/road.lamp")) | {
        "step": "who", "title": "路灯不亮", "description": "三天了", "place": str(hotline.place_id),
        "identity": "open", "kind": "resident",
    }  # fmt: skip

    def send() -> Any:
        photos = [SimpleUploadedFile(f"{red}.png", png(red), "image/png") for red in (10, 200)]
        return client.post("/ask/road.lamp", given | {"photos": photos})

    def attach_one_and_break(*actor: Any, **told: Any) -> None:
        if attached:
            raise OperationalError("the line was lost")
        attached.append(attach_file(*actor, **told))

    attached: list[Any] = []
    monkeypatch.setattr(asking, "attach_file", attach_one_and_break)
    assert send().status_code in (500, 503)
    monkeypatch.undo()
    settings.TIANQU_FILES_URL = str(tmp_path)
    answers = [send() for _time in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    with seeing(SYSTEM.scope):
        assert Attachment.objects.count() == 2
        assert len(set(Attachment.objects.values_list("sha256", flat=True))) == 2
        unheld = StoredFile.objects.filter(holder="", erased_at=None).count()
        assert unheld == 1, "what came twice is taken back, and the night sweeps what was lost with the line"


def test_visitors_are_counted_by_their_own_address_behind_a_proxy(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_POSTS_A_MINUTE, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1, 1

    def status(**environ: str) -> int:
        return int(Client(REMOTE_ADDR="", **environ).post("/ask/road.lamp", {"back": "1"}).status_code)

    assert [status(HTTP_X_FORWARDED_FOR="198.51.100.1") for _time in range(2)] == [200, 429]
    assert status(HTTP_X_FORWARDED_FOR="198.51.100.1, 198.51.100.2") == 200, "what a visitor writes is not believed"
    assert [status() for _time in range(2)] == [200, 429], "nor is anybody refused of whom no address is told"


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


def test_each_fault_says_of_which_field_it_speaks(hotline: Hotline) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    page = client.post("/ask/road.lamp", sent(client.get("/ask/road.lamp")) | {"title": "", "description": ""})
    content = page.content.decode()
    assert page.status_code == 400
    assert '<a href="#title">In one line: ' in content and '<a href="#description">What happened' in content
