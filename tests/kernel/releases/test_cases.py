"""Cases of a release: real orders, of which nothing is told but what is public."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import actor_of
from tianqu.kernel.releases import api

__all__ = ["hotline"]


@pytest.fixture
def writer(hotline: Hotline) -> Actor:
    return actor_of(hotline.prefecture.person("city", "press_officer", name="郑新闻"), channel="web")


def public_code(hotline: Hotline) -> str:
    order_id = hotline.done(description="我叫李梅，村口的路灯坏了三天。")
    orders.publish_order(
        hotline.dispatcher, order_id=order_id, title="村口路灯不亮", question="路灯坏了。", answer="已修复。"
    )
    return orders.order_detail(hotline.dispatcher, order_id=order_id).order.code


def drafted(writer: Actor, hotline: Hotline, code: str) -> UUID:
    unit = hotline.prefecture.units["city"].id
    release_id = api.draft_release(
        writer, code="2021-lamps", unit_id=unit, issuer="新闻办", issuer_en="Press office", periods=[]
    )
    api.revise_release(
        writer, release_id=release_id, text=f"# 路灯\n\n{{{{ case {code} }}}}\n",
        text_en=f'# Lamps\n\n{{{{ case {code} "A lamp was mended." }}}}\n', expected_revision=0,
    )  # fmt: skip
    api.ask_signatures(writer, release_id=release_id, expected_revision=1)
    return release_id


def test_a_case_says_what_is_public_of_an_order_and_leads_to_its_page(writer: Actor, hotline: Hotline) -> None:
    code = public_code(hotline)
    release_id = drafted(writer, hotline, code)
    edition = api.publish_release(writer, release_id=release_id, expected_revision=1)
    page, page_en = (bytes(api.paper_of(edition, name) or b"").decode() for name in ("zh.page", "en.page"))
    assert f'href="/answers/{code}"' in page and "村口路灯不亮" in page and "德城" in page and "2024年3月4日" in page
    assert "李梅" not in page + page_en and "A lamp was mended." in page_en and "4 March 2024" in page_en


def test_an_order_that_is_hidden_later_leaves_the_old_bytes_and_no_new_text(writer: Actor, hotline: Hotline) -> None:
    code = public_code(hotline)
    edition = api.publish_release(writer, release_id=drafted(writer, hotline, code), expected_revision=1)
    order_id = orders.public_order(code=code).id
    orders.unpublish_order(hotline.dispatcher, order_id=order_id, reason="含个人信息")
    assert api.rerun_edition(edition).same
    with pytest.raises(api.ProseFaults) as refused:
        api.ask_signatures(writer, release_id=edition.release_id, expected_revision=1)
    assert {finding.kind for finding in refused.value.findings} == {api.Kind.UNKNOWN_CASE}


def test_an_order_that_nobody_published_cannot_be_told_of(writer: Actor, hotline: Hotline) -> None:
    order_id = hotline.done()
    code = orders.order_detail(hotline.dispatcher, order_id=order_id).order.code
    with pytest.raises(api.ProseFaults):
        drafted(writer, hotline, code)
