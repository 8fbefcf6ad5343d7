"""Signing as an order: its clock runs in working time, the kernel's act closes it, lateness escalates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from tests.kernel.releases.test_releases import EN, ZH, Press
from tests.orders.hotline import CALENDAR
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.notices.api import ListedNotice, notices_of
from tianqu.kernel.orders import api as orders
from tianqu.kernel.places.api import actor_of
from tianqu.kernel.releases import api
from tianqu.packs.programme.queries import SigningLine, signing_detail, signings, waiting_to_sign
from tianqu.packs.programme.tests.test_conferences import browser, page

ITEM = Path(__file__).resolve().parents[4] / "realms" / "dezhou" / "items" / "releases.yaml"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def signing(press: Press) -> Iterator[Press]:
    """A realm that keeps orders of signatures."""
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    orders.publish_items(SYSTEM, definitions=orders.items_in(ITEM.read_bytes(), name="releases.yaml"))
    orders.forget_catalogue()
    yield press
    orders.forget_catalogue()  # what is published here is gone after the test


def asked(press: Press, **more: datetime) -> SigningLine:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1, **more)
    return line_of(press)


def told(actor: Actor) -> list[ListedNotice]:
    with seeing(actor.scope):
        return notices_of(actor, language="en")


def sign_page(line: SigningLine) -> str:
    assert line.release is not None
    return f"/desk/releases/{line.release.code}/sign/{line.kept.unit_id}"


def line_of(press: Press) -> SigningLine:
    with seeing(press.office.officer.scope):
        (line,) = signings(press.office.officer)
    return line


def test_the_unit_gets_an_order_due_by_working_time(signing: Press) -> None:
    friday = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    line = asked(signing, at=friday)
    assert line.due_at is not None
    due = line.due_at.astimezone(SHANGHAI)
    assert (due.date() - friday.date()).days == 4  # a weekend lies between
    with seeing(SYSTEM.scope):
        assert api.Signature.objects.get().due_at == line.due_at
    (notice,) = told(signing.office.officer)
    assert notice.code == "signature_asked" and str(line.kept.order_id) in notice.words.link
    assert told(signing.office.other) == []


def test_the_log_does_not_say_that_anything_is_signed(signing: Press) -> None:
    release = signing.drafted()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM journal_entry")
        (before,) = cursor.fetchone()
    signing.sign(release)
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(leaf, 'UTF8')::json->>'act' FROM journal_entry WHERE id > %s", [before])
        acts = [row[0] for row in cursor.fetchall()]
    assert len(acts) == 5 and {*acts} == {"sealed"}  # the release twice; its order placed, dispatched and closed


def test_the_office_may_choose_the_moment(signing: Press) -> None:
    moment = (timezone.now() + timedelta(days=9)).replace(second=0, microsecond=0)
    line = asked(signing, due_at=moment)
    assert line.due_at is not None and abs(line.due_at - moment) <= timedelta(minutes=1)


def test_signing_on_its_page_closes_the_order(signing: Press) -> None:
    line = asked(signing)
    desk, address = browser(signing.office.officer), f"/desk/signing/{line.kept.order_id}/"
    seen, signed_on = page(desk, address), sign_page(line)
    assert "230.3 yuan" in seen and "trade.total" in seen and "How this was counted" in seen
    assert f'href="{signed_on}"' in seen and f'href="{signed_on}"' in page(desk, "/desk/signing/")
    assert desk.post(signed_on, {"deed": "refuse", "refused": " "}).status_code == 400
    assert desk.post(signed_on, {"deed": "sign"}).status_code == 302
    line = line_of(signing)
    assert line.state == "signed" and line.kept.order.state == "closed"
    assert desk.post(signed_on, {"deed": "sign"}).status_code == 409
    assert signed_on not in page(desk, "/desk/signing/") and signed_on not in page(desk, address)
    page(browser(signing.office.other), address, 404)
    assert browser().get("/desk/signing/").status_code == 302


def test_refusing_keeps_the_reason(signing: Press) -> None:
    line = asked(signing)
    desk, address = browser(signing.office.officer), f"/desk/signing/{line.kept.order_id}/"
    assert desk.post(sign_page(line), {"deed": "refuse", "refused": "口径不一致"}).status_code == 302
    assert line_of(signing).state == "refused" and "口径不一致" in page(desk, address)
    with seeing(signing.writer.scope):
        detail = signing_detail(signing.writer, order_id=line.kept.order_id)
    assert detail.order.order.state == "closed" and detail.order.timeline[-1].note == "口径不一致"


def test_the_kernel_s_act_by_any_way_closes_it_too(signing: Press) -> None:
    line = asked(signing)
    api.sign_figures(
        signing.office.officer, release_id=line.kept.release_id, unit_id=line.kept.unit_id, expected_revision=1
    )
    assert line_of(signing).kept.order.state == "closed"


def test_another_text_withdraws_what_waits(signing: Press) -> None:
    line = asked(signing)
    api.revise_release(signing.writer, release_id=line.kept.release_id, text=ZH, text_en=EN, expected_revision=1)
    line = line_of(signing)
    assert (line.state, line.kept.order.state) == ("", "withdrawn")


def test_lateness_escalates(signing: Press) -> None:
    line = asked(signing)
    assert line.due_at is not None
    assert orders.due_work(line.due_at - timedelta(minutes=1)).escalated == 0
    assert orders.due_work(line.due_at + timedelta(minutes=1)).escalated == 1
    assert "signature_late" in {each.code for each in told(signing.office.officer)}


def test_a_realm_without_the_item_keeps_none(press: Press) -> None:
    release = press.signed(code=f"r-{new_identifier()}"[:40])
    assert release.state == "signing"
    with seeing(press.office.officer.scope):
        assert signings(press.office.officer) == []


def test_who_asks_owes_the_signatures_of_its_own_unit_alone(signing: Press) -> None:
    for code, unit in (("part.count", "city.housing"), ("own.count", "city")):
        definition = figures.read_definition({
            "code": code, "domain": "process", "name": "数量", "name_en": "Count", "unit": unit, "counts": "count",
            "step": "1", "formula": {"constant": "5"}, "periods": ["2020"],
        })  # fmt: skip
        with seeing(SYSTEM.scope):
            figures.compute_figures(SYSTEM, [figures.define_figure(SYSTEM, definition=definition)])
    more = "\n{{ figure part.count }}，{{ figure own.count }}。\n"
    release = signing.drafted(text=ZH + more, text_en=EN + more.replace("，", ", ").replace("。", "."))
    assert api.ask_signatures(signing.writer, release_id=release.id, expected_revision=1) == 3
    part = actor_of(signing.office.prefecture.person("city.housing", "data_officer", name="吕分"), channel="web")
    for actor, owed in ((signing.writer, "city"), (part, "city.housing"), (signing.office.officer, "c1.housing")):
        with seeing(actor.scope):
            assert waiting_to_sign(actor) == 1
            (line,) = signings(actor)
        assert line.kept.unit_id == signing.office.prefecture.units[owed].id


def test_what_waits_comes_first_then_the_newest(signing: Press) -> None:
    codes = ("r-first", "r-second", "r-third")
    for code in codes:
        release = signing.drafted(code=code)
        api.ask_signatures(signing.writer, release_id=release.id, expected_revision=1)
        if code != "r-second":
            api.sign_figures(
                signing.office.officer, release_id=release.id, expected_revision=1,
                unit_id=signing.office.prefecture.units["c1.housing"].id,
            )  # fmt: skip
    with seeing(signing.office.officer.scope):
        lines = signings(signing.office.officer)
    assert [line.release.code for line in lines if line.release] == ["r-second", "r-third", "r-first"]
