"""Somebody who acts for a statistician's post: files while the deputation lasts, and neither before nor after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.api.calling import Caller
from tianqu.base.canonical import plain
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.places.api import Account, Post, actor_of, end_post, forget_actors, issue_token
from tianqu.packs.returns.models import Draft, Filing, Revision
from tianqu.packs.returns.tests.stage import GOOD, Stage, today
from tianqu.packs.returns.tests.test_pages import browser, page, text

DAYS = 3  # until the deputation is over
SENT = {"r0_exports": "60", "r0_imports": "40", "r0_total": "100", "action": "submit"}


@dataclass(frozen=True)
class Absence:
    """A statistician who is away, and a colleague in another post who stands in from ``begins`` on."""

    stage: Stage
    colleague: Account
    filing_id: UUID
    begins: int = 0

    def name(self) -> None:
        """The statistician names the colleague on their own desk."""
        desk = browser(self.stage.clerk)
        shown = page(desk, "/desk/deputy")
        assert "孙同事" in shown
        first = today() + timedelta(days=self.begins)
        answer = desk.post("/desk/deputy", {
            "person_id": str(self.colleague.person_id), "valid_from": first.isoformat(),
            "valid_to": (first + timedelta(days=DAYS)).isoformat(),
        })  # fmt: skip
        assert answer.status_code == 302, text(answer)

    @property
    def post(self) -> Post:
        with seeing(SYSTEM.scope):
            return Post.objects.get(deputy_of_id=self.stage.clerk.post_id)

    def actor(self) -> Actor:
        forget_actors()
        return actor_of(self.colleague, channel="api", post_id=self.post.id)

    def deputising(self) -> Client:
        """The colleague's browser, in the post of the statistician."""
        desk = browser(actor_of(self.colleague, channel="web"))
        answer = desk.post("/account/post/", {"post": str(self.post.id)})
        assert answer.status_code == 302, text(answer)
        return desk

    def state(self) -> tuple[str, int]:
        """Where the return stands, and how many revisions it has."""
        with seeing(SYSTEM.scope):
            order = Filing.objects.select_related("order").get(order_id=self.filing_id).order
            return order.state, Revision.objects.filter(filing_id=self.filing_id).count()


@pytest.fixture
def absence(stage: Stage) -> Absence:
    colleague = stage.prefecture.person("c1.housing", "test_clerk", name="孙同事")
    return Absence(stage, colleague, stage.filing(stage.open()))


def at(monkeypatch: pytest.MonkeyPatch, *, days: int) -> None:
    """Go on by some days."""
    moment: datetime = timezone.now() + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    forget_actors()
    # The door keeps who brings a token for five seconds, which nothing here waits for.
    monkeypatch.setattr("tianqu.web.api.doors._kept", {})


def test_a_deputy_files_by_the_page_and_it_says_who_did(absence: Absence) -> None:
    absence.name()
    own = browser(actor_of(absence.colleague, channel="web"))
    address = f"/returns/{absence.filing_id}/"
    assert own.get("/returns/").status_code == own.get(address).status_code == 403  # by their own post
    assert own.post(f"{address}fill", SENT | {"sent_id": str(new_identifier())}).status_code == 403
    assert absence.state() == ("dispatched", 0)
    desk = absence.deputising()
    assert str(absence.filing_id) in page(desk, "/returns/") and "Fill in" in page(desk, address)
    assert desk.post(f"{address}receive").status_code == 302
    answer = desk.post(f"{address}fill", SENT | {"action": "draft", "sent_id": str(new_identifier())})
    assert answer.status_code == 302
    with seeing(SYSTEM.scope):
        assert Draft.objects.filter(filing_id=absence.filing_id).exists()
    answer = desk.post(f"{address}fill", SENT | {"sent_id": str(new_identifier())})
    assert answer.status_code == 302, text(answer)
    assert absence.state() == ("done", 1)
    with seeing(SYSTEM.scope):
        revision = Revision.objects.get(filing_id=absence.filing_id)
    assert (revision.person_id, revision.post_id) == (absence.colleague.person_id, absence.post.id)
    assert revision.unit_id == absence.stage.units[0] and absence.stage.clerk.person_id != revision.person_id
    # Whom they stand in for sees it as filed, and the neighbour's returns stay the neighbour's.
    assert "filed" in page(browser(absence.stage.clerk), address)
    other = absence.stage.filing(absence.stage.open("2021"), place=1)
    assert desk.get(f"/returns/{other}/").status_code == 404
    with seeing(SYSTEM.scope):
        later = absence.stage.filing(absence.stage.open("2022"))
    assert desk.get(f"/returns/{later}/").status_code == 200


def test_after_the_last_day_the_page_files_nothing(absence: Absence, monkeypatch: pytest.MonkeyPatch) -> None:
    absence.name()
    desk, address = absence.deputising(), f"/returns/{absence.filing_id}/"
    at(monkeypatch, days=DAYS - 1)
    assert page(desk, address)  # the last day counts
    at(monkeypatch, days=1)
    assert desk.get(address).status_code == 403
    assert desk.post(f"{address}fill", SENT | {"sent_id": str(new_identifier())}).status_code == 403
    assert desk.post(f"{address}receive").status_code == 403
    assert desk.post("/account/post/", {"post": str(absence.post.id)}).status_code == 400
    assert absence.state() == ("dispatched", 0)
    assert page(browser(absence.stage.clerk), address)  # whoever was away is back


def test_nobody_stands_in_before_the_first_day(absence: Absence, monkeypatch: pytest.MonkeyPatch) -> None:
    early = Absence(absence.stage, absence.colleague, absence.filing_id, begins=2)
    early.name()
    desk, address = browser(actor_of(early.colleague, channel="web")), f"/returns/{early.filing_id}/"
    assert desk.post("/account/post/", {"post": str(early.post.id)}).status_code == 400
    assert desk.get(address).status_code == 403
    at(monkeypatch, days=2)
    assert early.deputising().post(f"{address}fill", SENT | {"sent_id": str(new_identifier())}).status_code == 302
    assert early.state() == ("done", 1)


def token(absence: Absence) -> Caller:
    actor = absence.actor()
    issued = issue_token(
        actor, account_id=absence.colleague.id, name="deputy", scopes=["*"], post_id=actor.post_id,
        expires_at=timezone.now() + timedelta(days=30),
    )  # fmt: skip
    return Caller({"Authorization": f"Bearer {issued.secret}", "Accept-Language": "en"})


def submitted(absence: Absence) -> dict[str, Any]:
    rows = [plain(GOOD)]
    return {"filing_id": str(absence.filing_id), "revision_id": str(new_identifier()), "rows": rows}


def test_a_deputy_files_by_the_api_while_it_lasts(absence: Absence, monkeypatch: pytest.MonkeyPatch) -> None:
    absence.name()
    program, sent = token(absence), submitted(absence)
    (line,) = program.read("/returns/filings")["rows"]
    assert line["id"] == str(absence.filing_id)
    for _again in range(2):
        assert program.done("/acts/returns.submit_filing", sent) == {"result": 1}
    assert absence.state() == ("done", 1)
    second = absence.stage.filing(absence.stage.open("2021"))
    at(monkeypatch, days=DAYS)
    for answer in (
        program.get("/returns/filings"), program.get(f"/returns/filings/{second}"),
        program.post("/acts/returns.submit_filing", submitted(absence) | {"filing_id": str(second)}),
        program.post("/acts/returns.submit_filing", sent),  # not even what was done before is told
    ):  # fmt: skip
        assert answer.status_code in (401, 403), (answer.status_code, answer.content)
    assert absence.state() == ("done", 1)
    with seeing(SYSTEM.scope):
        assert not Revision.objects.filter(filing_id=second).exists()


def test_a_deputation_ends_with_the_post(absence: Absence) -> None:
    absence.name()
    desk, program = absence.deputising(), token(absence)
    assert absence.stage.clerk.post_id is not None
    end_post(SYSTEM, post_id=absence.stage.clerk.post_id, on=today())
    address = f"/returns/{absence.filing_id}/"
    assert desk.get(address).status_code == 403
    assert desk.post(f"{address}fill", SENT | {"sent_id": str(new_identifier())}).status_code == 403
    assert program.post("/acts/returns.submit_filing", submitted(absence)).status_code in (401, 403)
    assert absence.state() == ("dispatched", 0)
