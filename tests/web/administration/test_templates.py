"""Answer templates through the administrator's pages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tests.web.desk.browsing import browser
from tianqu.kernel.orders.models import AnswerTemplate

__all__ = ["hotline"]
pytestmark = pytest.mark.django_db
HOME = "/administration/templates/"
FORM = {"title": "路灯已修", "item_code": "road.lamp", "unit_id": "", "text": "您反映的路灯已修复。\n感谢监督。"}


@pytest.fixture
def administrator(hotline: Hotline) -> Client:
    return browser(hotline.post("city.centre", "administrator"))


def test_template_is_saved_found_changed_and_retired(administrator: Client, hotline: Hotline) -> None:
    address = str(administrator.post(f"{HOME}new/", FORM)["Location"])
    assert "您反映的路灯已修复。" in administrator.get(address).content.decode()
    assert "路灯已修" in administrator.get(HOME, {"q": "感谢", "item": "road.lamp"}).content.decode()
    assert "No template found" in administrator.get(HOME, {"q": "自来水"}).content.decode()
    unit = hotline.prefecture.units["c1.housing"].code
    assert administrator.post(f"{address}change/", FORM | {"title": "灯已亮", "unit_id": unit}).status_code == 302
    assert AnswerTemplate.objects.get().unit_id == hotline.unit_id
    assert administrator.post(f"{address}retire/").status_code == 302
    assert "灯已亮" not in administrator.get(HOME).content.decode()
    assert "灯已亮" in administrator.get(HOME, {"retired": "on"}).content.decode()


def test_faults_keep_what_was_typed(administrator: Client) -> None:
    answer = administrator.post(f"{HOME}new/", FORM | {"title": ""})
    page = answer.content.decode()
    assert answer.status_code == 400 and "感谢监督" in page and "is-invalid" in page


def test_others_save_none(administrator: Client, hotline: Hotline) -> None:
    address = str(administrator.post(f"{HOME}new/", FORM)["Location"])
    for actor in (hotline.clerk, hotline.supervisor):
        other = browser(actor)
        for one in (HOME, f"{HOME}new/", address, f"{address}change/", f"{address}retire/"):
            assert other.get(one).status_code == 403, one
            assert other.post(one, FORM).status_code == 403, one
    assert AnswerTemplate.objects.get().retired_at is None
