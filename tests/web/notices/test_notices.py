"""One's own notices: the list, marking as read, the count, and how one is told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.web.desk.browsing import browser, page_of
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.notices.api import Notice, addresses_of, digest_hour_of, preferences_of
from tianqu.kernel.orders import api

pytestmark = pytest.mark.django_db
HOME, COUNT, READ, PREFERENCES = (f"/notices/{part}" for part in ("", "count/", "read/", "preferences/"))


def test_unread_stand_first_with_a_link_and_are_marked_as_read(hotline: Hotline) -> None:
    order_id = hotline.dispatched()
    clerk = browser(hotline.clerk)
    page = clerk.get(HOME).content.decode()
    assert "has come to your unit" in page and f'href="{page_of(order_id)}"' in page
    assert ">1<" in clerk.get(COUNT).content.decode()
    assert 'hx-get="/notices/count/"' in clerk.get("/desk/").content.decode()
    with seeing(Scope(everything=True)):
        notice = Notice.objects.get(unit_id=hotline.unit_id)
    assert clerk.post(READ, {"notice": str(notice.id)}).status_code == 302
    assert "Nothing unread" in clerk.get(HOME).content.decode()
    assert clerk.get(COUNT).content == b""
    assert "has come to your unit" in clerk.get(HOME, {"show": "all"}).content.decode()


def test_a_post_that_sees_no_requests_is_told_of_none_at_its_own_unit(hotline: Hotline) -> None:
    hotline.dispatched(title="路灯不亮")
    books = browser(hotline.post("c1.housing", "book_supervisor"))
    assert "路灯不亮" not in books.get(HOME, {"show": "all"}).content.decode()
    assert books.get(COUNT).content == b""
    books.post(READ)
    with seeing(Scope(everything=True)):
        assert Notice.objects.get(unit_id=hotline.unit_id).read_at is None
    assert "路灯不亮" in browser(hotline.clerk).get(HOME).content.decode()


def test_nobody_reads_or_marks_what_is_another_units(hotline: Hotline) -> None:
    hotline.dispatched()
    stranger = browser(hotline.stranger)
    assert "Nothing unread" in stranger.get(HOME).content.decode()
    with seeing(Scope(everything=True)):
        notice = Notice.objects.get(unit_id=hotline.unit_id)
    stranger.post(READ, {"notice": str(notice.id)})
    with seeing(Scope(everything=True)):
        assert Notice.objects.get(id=notice.id).read_at is None


def test_choices_are_kept_and_faults_keep_what_was_typed(hotline: Hotline) -> None:
    clerk = browser(hotline.clerk)
    form = {
        "address-mail": "qian@example.org",
        "address-apprise": "",
        "hour": "9",
        "order_late-mail": "no",
        "*-mail": "",
    }
    assert clerk.post(PREFERENCES, form).status_code == 302
    with seeing(hotline.clerk.scope):
        assert addresses_of(hotline.clerk) == {"mail": "qian@example.org"}
        assert preferences_of(hotline.clerk) == {("order_late", "mail"): False}
        assert digest_hour_of(hotline.clerk) == 9
    page = clerk.get(PREFERENCES).content.decode()
    assert "qian@example.org" in page and '<option value="9" selected>' in page
    wrong = clerk.post(PREFERENCES, form | {"address-mail": "nowhere", "hour": "7"})
    assert wrong.status_code == 400 and "This is no mail address." in wrong.content.decode()
    assert 'href="#address-mail"' in wrong.content.decode() and "nowhere" in wrong.content.decode()
    assert clerk.post(PREFERENCES, form | {"hour": "25"}).status_code == 400


def test_digest_comes_at_the_hour_that_was_chosen(hotline: Hotline) -> None:
    hotline.dispatched()
    browser(hotline.clerk).post(PREFERENCES, {"address-mail": "", "address-apprise": "", "hour": "9"})
    now = timezone.now()
    assert api.queue_morning_digests(now, at_hour=6) == 0
    assert api.queue_morning_digests(now, at_hour=7) > 0
    with seeing(Scope(everything=True)):
        told = Notice.objects.filter(code="digest")
        others = told.count()
        assert not told.filter(person_id=hotline.clerk.person_id).exists()
    for hour in (9, 10):  # again an hour later: nobody is told twice
        api.queue_morning_digests(now, at_hour=hour)
        with seeing(Scope(everything=True)):
            assert Notice.objects.filter(code="digest").count() == others + 1


def test_visitor_is_asked_to_sign_in(db: None) -> None:
    visitor = Client(SERVER_NAME="localhost")
    for address in (HOME, COUNT, PREFERENCES):
        assert visitor.get(address)["Location"].startswith("/account/login/")
