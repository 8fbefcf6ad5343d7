"""Notices: told once, to the right one, by the way they chose, whatever crashes in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.acts import _REGISTRY
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Acting, Actor, Scope, act, registered_acts, seeing, set_scope
from tianqu.kernel.notices import delivery as delivering
from tianqu.kernel.notices import templates
from tianqu.kernel.notices.api import (
    Digest,
    NoticeTemplate,
    deliver_due,
    erase_notices,
    mark_read,
    notices_of,
    queue_digests,
    queue_notice,
    register_link,
    register_templates,
    set_address,
    set_preference,
    unread_count,
    words_of,
)
from tianqu.kernel.notices.models import Delivery, Notice
from tianqu.kernel.notices.sending import Letter, SendingFailed

pytestmark = pytest.mark.django_db(transaction=True)

DONE = NoticeTemplate(
    code="test.done",
    title="Request %(code)s is done",
    body="What came of it: %(answer)s. Due %(due)s.",
    times=frozenset({"due"}),
)
FACTS = {"code": "D7-K2", "answer": "修好了 😀", "due": "2026-03-02T09:30:00+00:00"}


def anybody(acting: Acting, /, **arguments: Any) -> None:
    """Everybody may."""


@pytest.fixture(autouse=True)
def acts() -> Iterator[dict[str, Any]]:
    """Acts of some room above, and a template of its own."""
    before, words, links = registered_acts(), dict(templates._TEMPLATES), dict(templates._LINKS)
    register_templates(DONE)
    register_link("order", lambda identifier: f"/orders/{identifier}")

    @act("test.tell", may=anybody)
    def tell(acting: Acting, *, times: int = 1, fail: bool = False, **facts: Any) -> None:
        acting.record("order:1", after={"told": True})
        for _time in range(times):
            queue_notice(acting, **({"code": "test.done", "parameters": FACTS, "subject": "order:1"} | facts))
        if fail:
            raise InvalidInput("The act fails after all.")

    @act("test.erase", may=anybody)
    def erase(acting: Acting, **facts: Any) -> int:
        acting.record("order:1", after={})
        return erase_notices(acting, **facts)

    @act("test.person", may=anybody)
    def person(acting: Acting, *, person_id: UUID, email: str, language: str) -> None:
        acting.record(f"person:{person_id}", after={})
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO places_person (id, name, name_en, phone, email, language, created_at)"
                " VALUES (%s, '王某', '', '', %s, %s, now())",
                [person_id, email, language],
            )

    yield {"tell": tell, "erase": erase, "person": person}
    for registry, kept in ((_REGISTRY, before), (templates._TEMPLATES, words), (templates._LINKS, links)):
        registry.clear()
        registry.update(kept)


def resident(email: str = "", language: str = "en") -> Actor:
    person_id = new_identifier()
    registered_acts()["test.person"].perform(SYSTEM, person_id=person_id, email=email, language=language)
    return Actor(channel="web", person_id=person_id, scope=Scope(person_id=person_id))


def later(minutes: int) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


class TestQueueing:
    def test_a_notice_goes_once_however_often_it_is_queued(self, acts: dict[str, Any]) -> None:
        reader = resident("wang@example.org")
        acts["tell"](SYSTEM, times=3, key="order:1:done", person_id=reader.person_id)
        acts["tell"](ANYBODY, key="order:1:done", person_id=reader.person_id)
        assert deliver_due().sent == 1
        assert deliver_due().sent == 0
        assert len(mail.outbox) == 1

    def test_a_notice_falls_with_its_act(self, acts: dict[str, Any]) -> None:
        reader = resident("wang@example.org")
        with pytest.raises(InvalidInput, match="after all"):
            acts["tell"](SYSTEM, fail=True, key="k", person_id=reader.person_id)
        with seeing(SYSTEM.scope):
            assert not Notice.objects.exists()

    def test_a_missing_parameter_stops_the_act(self, acts: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput, match="answer, due"):
            acts["tell"](SYSTEM, key="k", person_id=uuid4(), parameters={"code": "x"})

    def test_a_notice_to_nobody_stops_the_act(self, acts: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            acts["tell"](SYSTEM, key="k")

    def test_a_notice_waits_for_its_time(self, acts: dict[str, Any]) -> None:
        acts["tell"](SYSTEM, key="k", address="a@example.org", due_at=later(30))
        assert deliver_due().sent == 0
        assert deliver_due(now=later(31)).sent == 1


class TestSending:
    def test_mail_says_it_in_the_readers_language_with_a_link(self, acts: dict[str, Any], settings: Any) -> None:
        reader = resident("wang@example.org")
        settings.TIANQU_ORIGIN = "https://tianqu.example"
        acts["tell"](SYSTEM, key="k", person_id=reader.person_id)
        deliver_due()
        (message,) = mail.outbox
        assert message.subject == "Request D7-K2 is done"
        assert "修好了 😀. Due 2 Mar 2026 17:30" in message.body
        assert "https://tianqu.example/orders/1" in message.body
        assert message.to == ["wang@example.org"]
        assert message.extra_headers["Message-ID"].endswith("@tianqu.example>")

    def test_the_digest_is_complete_in_both_languages(self) -> None:
        facts = {"day": "2026-11-22", "late": 1, "today": 2, "back": 0, "lines": "· x"}
        chinese = words_of(code="digest", parameters=facts, subject="", language="zh-hans")
        english = words_of(code="digest", parameters=facts, subject="", language="en")
        assert chinese != english
        assert "1" in chinese.title
        assert "· x" in chinese.body

    def test_a_title_cannot_smuggle_a_header(self, acts: dict[str, Any]) -> None:
        acts["tell"](SYSTEM, key="k", address="a@example.org", parameters=FACTS | {"code": "x\r\nBcc: all@example.org"})
        assert deliver_due().sent == 1
        assert "\n" not in mail.outbox[0].subject
        assert "Bcc" not in mail.outbox[0].message()

    def test_a_bare_address_is_forgotten_once_it_was_written_to(self, acts: dict[str, Any]) -> None:
        acts["tell"](SYSTEM, key="k", address="a@example.org", language="en")
        deliver_due()
        with seeing(SYSTEM.scope):
            assert Notice.objects.get().address == ""
            assert Delivery.objects.get().address == ""

    def test_a_person_chooses_what_comes_and_how(self, acts: dict[str, Any]) -> None:
        reader = resident("wang@example.org")
        set_preference(reader, code="*", channel="mail", wanted=False)
        acts["tell"](SYSTEM, key="1", person_id=reader.person_id)
        assert deliver_due().sent == 0
        set_preference(reader, code="test.done", channel="mail", wanted=True)
        set_address(reader, channel="mail", address="other@example.org")
        acts["tell"](SYSTEM, key="2", person_id=reader.person_id)
        assert deliver_due().sent == 1
        assert mail.outbox[0].to == ["other@example.org"]
        set_scope(reader.scope)
        assert unread_count(reader) == 2

    def test_a_unit_is_told_at_its_own_address(self, acts: dict[str, Any]) -> None:
        unit = uuid4()
        set_address(SYSTEM, channel="mail", address="unit@example.org", unit_id=unit)
        acts["tell"](SYSTEM, key="1", unit_id=unit)
        deliver_due()
        assert mail.outbox[0].to == ["unit@example.org"]

    @pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # imported by Apprise
    @pytest.mark.parametrize(
        "address", ["json://localhost:5432", "http://10.0.0.1/", "file:///etc/passwd", "slack://", "wecombot://x y"]
    )
    def test_no_address_points_into_our_own_network(self, address: str) -> None:
        with pytest.raises(InvalidInput):
            set_address(resident(), channel="apprise", address=address)

    @pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
    def test_an_address_of_a_known_service_is_taken(self) -> None:
        reader = resident()
        set_address(reader, channel="apprise", address="wecombot://693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa")
        set_address(reader, channel="apprise", address="")

    def test_only_a_units_own_people_set_its_address(self) -> None:
        with pytest.raises(NotPermitted):
            set_address(resident(), channel="mail", address="a@example.org", unit_id=uuid4())


class Post:
    """A way out of the house that fails as told, and remembers what went through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: int = 0) -> None:
        self.failures, self.went = failures, []
        monkeypatch.setattr(delivering, "send", self.send)

    def send(self, letter: Letter) -> None:
        assert not connection.in_atomic_block, "no transaction waits for a mail server"
        if self.failures:
            self.failures -= 1
            raise SendingFailed("TimeoutError")
        self.went.append(letter.identifier)


class TestTryingAgain:
    def test_a_failure_is_tried_again_later_and_later(
        self, acts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post = Post(monkeypatch, failures=2)
        acts["tell"](SYSTEM, key="k", address="a@example.org")
        assert deliver_due().failed == 1
        assert deliver_due().failed == 0
        assert deliver_due(now=later(1) + timedelta(seconds=1)).failed == 1
        assert deliver_due(now=later(2)).sent == 0
        assert deliver_due(now=later(10)).sent == 1
        assert len(post.went) == 1

    def test_after_eight_attempts_it_is_given_up_and_the_address_forgotten(
        self, acts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        Post(monkeypatch, failures=100)
        acts["tell"](SYSTEM, key="k", address="secret@example.org")
        results = [deliver_due(now=later(1_000 * turn)) for turn in range(1, 12)]
        assert sum(result.failed for result in results) == 7
        assert sum(result.given_up for result in results) == 1
        assert "secret@example.org" not in caplog.text
        with seeing(SYSTEM.scope):
            delivery = Delivery.objects.get()
        assert (delivery.address, delivery.error, delivery.attempts) == ("", "TimeoutError", 8)

    def test_a_worker_killed_while_sending_is_relieved_when_its_claim_runs_out(
        self, acts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post = Post(monkeypatch)
        acts["tell"](SYSTEM, key="k", address="a@example.org")
        with monkeypatch.context() as killed:

            def die(delivery: Delivery) -> str:
                raise KeyboardInterrupt

            killed.setattr(delivering, "_sent", die)
            with pytest.raises(KeyboardInterrupt):
                deliver_due()
        assert deliver_due().sent == 0
        assert deliver_due(now=later(11)).sent == 1
        assert len(post.went) == 1

    def test_two_workers_send_nothing_twice(self, acts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        post = Post(monkeypatch)
        for number in range(60):
            acts["tell"](SYSTEM, key=f"k{number}", address=f"a{number}@example.org")

        def work() -> None:
            deliver_due()
            connection.close()

        workers = [threading.Thread(target=work) for _worker in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        deliver_due()
        assert len(post.went) == len(set(post.went)) == 60

    def test_one_run_has_a_limit(self, acts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        Post(monkeypatch)
        for number in range(5):
            acts["tell"](SYSTEM, key=f"k{number}", address="a@example.org")
        assert deliver_due(limit=2).sent == 2
        assert deliver_due(limit=2).sent == 2
        assert deliver_due(limit=2).sent == 1


class TestTheList:
    def test_everybody_sees_their_own_and_nobody_elses(self, acts: dict[str, Any]) -> None:
        reader, other = resident(), resident()
        acts["tell"](SYSTEM, key="1", person_id=reader.person_id)
        set_scope(other.scope)
        assert notices_of(other, language="en") == []
        assert not Notice.objects.exists()
        set_scope(reader.scope)
        (listed,) = notices_of(reader, language="en")
        assert listed.words.title == "Request D7-K2 is done"
        assert listed.words.link == "/orders/1"
        assert not Delivery.objects.exists()

    def test_a_unit_sees_its_own(self, acts: dict[str, Any]) -> None:
        unit = uuid4()
        clerk = Actor(channel="web", person_id=uuid4(), unit_id=unit, scope=Scope(unit_ids=(unit,)))
        acts["tell"](SYSTEM, key="1", unit_id=unit)
        set_scope(clerk.scope)
        assert unread_count(clerk) == 1

    def test_what_was_read_counts_no_more(self, acts: dict[str, Any]) -> None:
        reader, other = resident(), resident()
        for number in range(3):
            acts["tell"](SYSTEM, key=str(number), person_id=reader.person_id)
        set_scope(reader.scope)
        newest = notices_of(reader, language="en")[0]
        assert mark_read(other, notice_ids=[newest.id]) == 0
        assert mark_read(reader, notice_ids=[newest.id]) == 1
        set_scope(reader.scope)
        assert unread_count(reader) == 2
        assert len(notices_of(reader, language="en", unread=True)) == 2
        assert mark_read(reader) == 2

    def test_pages_follow_each_other(self, acts: dict[str, Any]) -> None:
        reader = resident()
        for number in range(5):
            acts["tell"](SYSTEM, key=str(number), person_id=reader.person_id)
        set_scope(reader.scope)
        first = notices_of(reader, language="en", limit=3)
        second = notices_of(reader, language="en", limit=3, before=first[-1].id)
        assert len({notice.id for notice in [*first, *second]}) == 5

    def test_nobody_who_has_not_signed_in_marks_anything(self) -> None:
        with pytest.raises(NotPermitted):
            mark_read(ANYBODY)


class TestDigests:
    def test_a_digest_comes_once_a_day(self, acts: dict[str, Any]) -> None:
        clerk = resident("clerk@example.org")
        assert clerk.person_id is not None
        digest = Digest(person_id=clerk.person_id, late=2, today=1, back=0, lines=["D7-K2 路灯不亮"])
        for _time in range(2):
            queue_digests(SYSTEM, day=date(2026, 3, 2), digests=[digest])
        deliver_due()
        (message,) = mail.outbox
        assert message.subject == "Your day: 2 late, 1 due today, 0 came back"
        assert "D7-K2 路灯不亮" in message.body

    def test_only_the_worker_queues_digests(self) -> None:
        with pytest.raises(NotPermitted):
            queue_digests(ANYBODY, day=date(2026, 3, 2), digests=[])


def test_erasing_a_person_empties_what_they_were_told(acts: dict[str, Any]) -> None:
    reader = resident("wang@example.org")
    acts["tell"](SYSTEM, key="1", person_id=reader.person_id)
    assert acts["erase"](SYSTEM, person_id=reader.person_id) == 1
    assert deliver_due().sent == 0
    with seeing(SYSTEM.scope):
        notice = Notice.objects.get()
    assert (notice.parameters, notice.address) == ({}, "")
    assert notices_of(reader, language="en") == []
