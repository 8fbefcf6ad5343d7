"""Releases by mail: nothing before the address is confirmed, once when an edition is public, and an end by a link."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.kernel.releases.test_releases import Press
from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.notices.api import deliver_due
from tianqu.kernel.releases import api
from tianqu.packs.programme.mailing import acts
from tianqu.packs.programme.mailing.tokens import subscriber_of
from tianqu.packs.programme.mailing.working import drop_by_night, mail_editions
from tianqu.packs.programme.models import Mailed, Subscriber
from tianqu.packs.programme.tests.test_conferences import browser, page

WHO = "Reader.One@example.org"


@pytest.fixture(autouse=True)
def _origin(settings: Any) -> None:
    settings.TIANQU_ORIGIN = "https://tianqu.example"


def delivered() -> list[Any]:
    """The mails that go now, and no more of those that went before."""
    mail.outbox.clear()
    deliver_due(now=timezone.now() + timedelta(seconds=5))
    return list(mail.outbox)


def link_in(message: Any, kind: str) -> str:
    found = re.search(rf"https://tianqu.example(/programme/mail/{kind}/\S+)", message.body)
    assert found is not None, message.body
    return found[1]


def subscribed(address: str = WHO, language: str = "en") -> None:
    client = browser(language=language)
    assert client.post("/programme/mail/", {"address": address}).status_code == 302
    (message,) = delivered()
    assert message.to == [address]
    link = link_in(message, "confirm")
    assert client.get(link).status_code == 200  # a mail program that opens links confirms nothing
    assert known()[address] is None
    assert client.post(link).status_code == 302
    assert known()[address] is not None


def known() -> dict[str, Any]:
    with seeing(SYSTEM.scope):
        return dict(Subscriber.objects.values_list("address", "confirmed_at"))


def published(press: Press, **more: Any) -> api.Edition:
    return press.published(**more)


def test_a_public_edition_is_mailed_once_and_ended_by_its_link(press: Press) -> None:
    subscribed()
    published(press)
    assert mail_editions(timezone.now()) == 1
    assert mail_editions(timezone.now()) == 0
    (message,) = delivered()
    assert "Trade" in message.subject and "https://tianqu.example/releases/2021-trade/" in message.body
    stop = link_in(message, "stop")
    client = browser()
    assert client.get(stop).status_code == 200 and known()
    assert client.post(stop).status_code == 302 and known() == {}
    assert client.post(stop).status_code == 302  # ended is ended
    assert delivered() == []


def test_nothing_comes_to_who_did_not_confirm(press: Press) -> None:
    browser().post("/programme/mail/", {"address": WHO})
    assert len(delivered()) == 1
    published(press)
    assert mail_editions(timezone.now()) == 0 and delivered() == []
    later = timezone.now() + timedelta(days=8)
    acts.drop_unconfirmed(SYSTEM, at=later)  # type: ignore[call-arg]
    assert known() == {}
    assert drop_by_night(later) == 0


def test_an_embargo_is_kept(press: Press) -> None:
    subscribed()
    edition = published(press, public_at=timezone.now() + timedelta(days=1))
    assert mail_editions(timezone.now()) == 0 and delivered() == []
    with pytest.raises(NotFound):
        acts.mail_edition(SYSTEM, edition_id=edition.id)
    with seeing(SYSTEM.scope):
        assert not Mailed.objects.exists()
    moment = edition.public_at + timedelta(minutes=1)
    assert acts.mail_edition(SYSTEM, edition_id=edition.id, at=moment) == 1  # type: ignore[call-arg]


def test_whoever_confirms_later_is_not_sent_what_was_public_before(press: Press) -> None:
    published(press)
    subscribed()
    assert mail_editions(timezone.now()) == 0


def test_asking_again_tells_nothing_and_sends_one_link_an_hour(press: Press) -> None:
    first = browser().post("/programme/mail/", {"address": WHO})
    again = browser().post("/programme/mail/", {"address": WHO.lower()})
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert len(delivered()) == 1 and len(known()) == 1
    assert browser().post("/programme/mail/", {"address": "no address"}).status_code == 400
    assert "email" in page(browser(), "/programme/mail/")


def test_nobody_has_many_strangers_written_to(press: Press) -> None:
    asked = [browser().post("/programme/mail/", {"address": f"stranger{n}@example.org"}).status_code for n in range(7)]
    assert asked == [302] * 5 + [429] * 2 and len(known()) == 5


def test_links_hold_no_address_and_a_wrong_one_opens_nothing(press: Press, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        subscribed()
    assert WHO.lower() not in caplog.text.lower()
    with seeing(SYSTEM.scope):
        bodies = b"".join(bytes(each.body or b"") + bytes(each.leaf) for each in Entry.objects.all())
    assert b"example.org" not in bodies.lower()
    for address in ("confirm/x.y", "stop/x.y", f"stop/{subscriber_of(WHO).hex}.x"):
        page(browser(), f"/programme/mail/{address}", 404)
    with pytest.raises(NotFound):
        acts.end_mail(ANYBODY, subscriber_id=subscriber_of(WHO))
    assert known()
    with seeing(ANYBODY.scope):
        assert not Subscriber.objects.exists()


def test_a_mail_program_ends_it_by_itself(press: Press) -> None:
    subscribed()
    published(press)
    mail_editions(timezone.now())
    (message,) = delivered()
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address.startswith("https://tianqu.example/programme/mail/stop/") and address in message.body
    path = address.removeprefix("https://tianqu.example")
    program = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert program.get(path).status_code == 200 and known()
    answer = program.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and known() == {}  # RFC 8058: no other address
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_only_the_address_that_holds_a_secret_is_taken_from_elsewhere(press: Press) -> None:
    program = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert program.post("/programme/mail/", {"address": WHO}).status_code == 403 and known() == {}
    browser().post("/programme/mail/", {"address": WHO})
    (message,) = delivered()
    assert "List-Unsubscribe" not in message.extra_headers
    assert program.post(link_in(message, "confirm")).status_code == 403 and known()[WHO] is None


def test_whoever_asks_again_has_a_week_from_then(press: Press) -> None:
    first = timezone.now() - timedelta(days=6)
    acts.subscribe(ANYBODY, address=WHO, language="en", at=first)  # type: ignore[call-arg]
    acts.subscribe(ANYBODY, address=WHO, language="zh-hans")
    acts.drop_unconfirmed(SYSTEM, at=first + timedelta(days=7, hours=1))  # type: ignore[call-arg]
    assert set(known()) == {WHO}
    with seeing(SYSTEM.scope):
        assert Subscriber.objects.get().language == "zh-hans"
    acts.drop_unconfirmed(SYSTEM, at=timezone.now() + timedelta(days=8))  # type: ignore[call-arg]
    assert known() == {}
