"""The working calendar through the administrator's pages: the year, a day decided, what it moves, taking it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.orders.conftest import hotline
from tests.orders.hotline import CALENDAR, Hotline
from tests.web.administration.conftest import county_role
from tests.web.desk.browsing import browser
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing
from tianqu.kernel.orders import api
from tianqu.kernel.orders.models import Clock
from tianqu.kernel.orders.recounting import recount_running

__all__ = ["hotline"]
pytestmark = pytest.mark.django_db
HOME, DAY, BACK, FILE = (f"/administration/calendar/{part}" for part in ("", "day/", "day/withdraw/", "file/"))
PLAIN = {**CALENDAR, "official": None}


@pytest.fixture
def administrator(hotline: Hotline) -> Client:
    return browser(hotline.post("city.centre", "administrator"))


def working_day_after(days: int) -> date:
    """A working day of the realm's calendar, at least so many days from today."""
    day = timezone.localdate() + timedelta(days=days)
    while not api.realm_calendar().day(day).hours:
        day += timedelta(days=1)
    return day


def finish_clock(order_id: Any) -> Clock:
    with seeing(Scope(everything=True)):
        return Clock.objects.get(order_id=order_id, kind="finish", stopped_at=None)


def accepted_now(hotline: Hotline) -> Any:
    """An order whose clocks run from now."""
    order_id = hotline.place(at=timezone.now()).order_id
    api.dispatch_order(hotline.dispatcher, order_id=order_id, unit_id=hotline.unit_id)
    api.accept_order(hotline.clerk, order_id=order_id)
    return order_id


def test_year_shows_holidays_and_days_that_make_up(administrator: Client) -> None:
    page = administrator.get(HOME, {"year": "2024"}).content.decode()
    assert "Spring Festival" in page and "worked to make up" in page and "Provisional" not in page
    assert "Provisional" in administrator.get(HOME, {"year": "2099"}).content.decode()
    assert administrator.get(HOME, {"year": "1066"}).status_code == 400
    chinese = administrator.get(HOME, {"year": "2024"}, headers={"accept-language": "zh-hans"}).content.decode()
    assert "春节" in chinese


def test_closed_day_shows_what_it_moves_and_moves_it_when_published(administrator: Client, hotline: Hotline) -> None:
    order_id, day = accepted_now(hotline), working_day_after(1)
    before = finish_clock(order_id).due_at
    form = {"day": day.isoformat(), "hours": "", "reason": "大雪封路"}
    page = administrator.post(DAY, form).content.decode()
    assert "1 running deadline would move." in page
    assert api.realm_calendar().day(day).hours  # nothing is published yet
    answer = administrator.post(DAY, form | {"step": "publish"})
    assert answer.status_code == 302
    assert not api.realm_calendar().day(day).hours
    assert "大雪封路" in administrator.get(HOME, {"year": str(day.year)}).content.decode()
    assert recount_running(first=day, last=day) == 1
    assert finish_clock(order_id).due_at > before
    taken_back = administrator.get(BACK, {"day": day.isoformat()}).content.decode()
    assert "1 running deadline would move." in taken_back
    assert administrator.post(BACK, {"day": day.isoformat()}).status_code == 302
    recount_running(first=day, last=day)
    assert api.realm_calendar().day(day).hours and finish_clock(order_id).due_at == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2024-03-05"}, "is over; what held on it is not rewritten."),
        ({"day": ""}, "is not a date."),
        ({"reason": ""}, "An override needs its reason."),
        ({"hours": "nine to five"}, "is-invalid"),
        ({"hours": "12:00-08:30"}, "is-invalid"),
    ],
)
def test_faulty_day_is_refused_at_its_field(administrator: Client, changes: dict[str, str], sentence: str) -> None:
    form = {"day": working_day_after(1).isoformat(), "hours": "08:30-12:00", "reason": "盘点"} | changes
    answer = administrator.post(DAY, form)
    assert answer.status_code == 400 and sentence in answer.content.decode()


def test_what_has_begun_is_not_taken_back(administrator: Client) -> None:
    api.override_day(SYSTEM, day=timezone.localdate(), hours=[], reason="停电")
    answer = administrator.post(BACK, {"day": timezone.localdate().isoformat()})
    assert answer.status_code == 409 and "has begun" in answer.content.decode()
    assert administrator.post(BACK, {"day": working_day_after(30).isoformat()}).status_code == 404


@pytest.mark.parametrize("content", ["[]", "7", "null", "[" * 20_000, "{"])
def test_what_is_no_calendar_is_refused_in_words(administrator: Client, content: str) -> None:
    assert administrator.post(FILE, {"step": "publish", "content": content}).status_code == 400
    deep = SimpleUploadedFile("calendar.toml", b"days = " + content.encode())
    assert administrator.post(FILE, {"file": deep}).status_code == 400


def test_calendar_from_a_file_is_shown_and_published(administrator: Client) -> None:
    lines = ['code = "dezhou"', 'time_zone = "Asia/Shanghai"', 'official = "china"', "[hours]"]
    lines += [f'{day} = ["09:00-12:00", "13:30-17:00"]' for day in ("monday", "tuesday", "wednesday", "thursday")]
    upload = SimpleUploadedFile("calendar.toml", "\n".join(lines).encode())
    answer = administrator.post(FILE, {"file": upload})
    page = answer.content.decode()
    assert answer.status_code == 200 and "running deadlines would move." in page
    content = page.split('name="content" value="', 1)[1].split('"', 1)[0]
    from html import unescape

    assert administrator.post(FILE, {"step": "publish", "content": unescape(content)}).status_code == 302
    assert api.realm_calendar().day(date(2030, 5, 17)).hours == ()  # a Friday
    broken = administrator.post(FILE, {"file": SimpleUploadedFile("calendar.toml", b"code = ")})
    assert broken.status_code == 400 and "cannot be read" in broken.content.decode()


def test_others_decide_about_no_day(administrator: Client, hotline: Hotline) -> None:
    form = {"day": working_day_after(1).isoformat(), "hours": "", "reason": "放假", "step": "publish"}
    for actor in (hotline.clerk, hotline.supervisor, hotline.dispatcher):
        other = browser(actor)
        for address in (HOME, DAY, BACK, FILE):
            assert other.get(address, {"day": form["day"]}).status_code == 403, address
            assert other.post(address, form).status_code == 403, address
    county_role()
    county = browser(hotline.post("c1.housing", "county_administrator"))
    assert county.get(HOME).status_code == 200
    for address in (DAY, BACK, FILE):
        assert county.post(address, form).status_code == 403, address
    assert api.realm_calendar().day(working_day_after(1)).hours
