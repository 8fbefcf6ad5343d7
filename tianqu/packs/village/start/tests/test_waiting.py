"""The top of a desk: what waits for each post, with counts and days, and that more rows take no more queries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.pack.api import Waiting
from tianqu.packs.village.desk.acts import ask_papers, begin_review
from tianqu.packs.village.desk.models import ReviewSubject
from tianqu.packs.village.findings.models import SubjectKind
from tianqu.packs.village.findings.tests.stage import BOOK, Stage
from tianqu.packs.village.meetings.procedure import MeetingBody
from tianqu.packs.village.start.waiting import waiting
from tianqu.packs.village.tests.matters import held, opened
from tianqu.packs.village.tests.test_register_pages import browser, text

pytestmark = pytest.mark.django_db


class Asked:
    """A request of somebody, as far as it is looked at here."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor


def told(actor: Actor) -> dict[str, Waiting]:
    """What waits for somebody, by its title."""
    set_scope(actor.scope)
    found = waiting(Asked(actor))  # type: ignore[arg-type]
    assert found is not None
    return {str(one.title): one for one in found}


def test_an_empty_desk_says_so_kindly(stage: Stage) -> None:
    page = text(browser(stage.accountant).get("/desk/"))
    assert "To do now" in page and "Nothing waits for you" in page and "Where to go" in page
    assert page.index("To do now") < page.index("Where to go")
    assert "没有等您办理的事项" in text(browser(stage.inspector, "zh-hans").get("/desk/"))
    villager = text(browser(stage.villages.villager).get("/desk/"))
    assert "To do now" not in villager and "/villages/own-wall" in villager
    assert waiting(Asked(stage.villages.villager)) is None  # type: ignore[arg-type]


def test_a_finding_waits_for_the_village_and_then_for_the_inspector(stage: Stage) -> None:
    finding_id = stage.open()
    one = told(stage.accountant)["Findings to answer"]
    assert (one.count, one.late) == (1, 0) and one.due_on is not None and one.due_on > timezone.localdate()
    assert set(told(stage.head)) == {"Findings to answer"}
    assert told(stage.auditor) == told(stage.inspector) == {}
    page = text(browser(stage.head).get("/desk/"))
    assert "Findings to answer" in page and "the first until" in page and "/villages/findings/?state=open" in page
    set_scope(stage.accountant.scope)
    stage.answer(finding_id)
    assert told(stage.accountant) == {}
    (decided,) = told(stage.inspector).values()
    assert decided.count == 1 and decided.since == timezone.localdate() and decided.address.endswith("?state=done")
    assert "Answered findings to close" in text(browser(stage.inspector).get("/desk/"))


def test_what_is_late_is_told_to_the_village_and_its_auditor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.open()
    later = timezone.localdate() + timedelta(days=60)
    monkeypatch.setattr(timezone, "localdate", lambda *_moment: later)
    assert told(stage.accountant)["Findings to answer"].late == 1
    one = told(stage.auditor)["Findings that no village answered in time"]
    assert (one.count, one.late) == (1, 1)
    assert "past its day" in text(browser(stage.auditor).get("/desk/"))


def test_papers_wait_for_the_village_until_a_day(stage: Stage) -> None:
    due_on = timezone.localdate() + timedelta(days=5)
    set_scope(stage.auditor.scope)
    review_id = new_identifier()
    begin_review(stage.auditor, subject=ReviewSubject.CONTRACT, subject_id=stage.contract_id, review_id=review_id)
    assert told(stage.auditor)["Contracts and vouchers drawn, to be looked at"].count == 1
    ask_papers(stage.auditor, review_id=review_id, text="请补发票", due_on=due_on, note_id=new_identifier())
    one = told(stage.accountant)["Contracts and vouchers for which papers are asked"]
    assert (one.count, one.due_on, one.late) == (1, due_on, 0)
    assert "in 5 days" in text(browser(stage.accountant).get("/desk/"))


def test_a_vote_waits_for_its_disclosure_and_for_a_second_person(stage: Stage) -> None:
    villages = stage.villages
    set_scope(stage.accountant.scope)
    held(villages, opened(villages), MeetingBody.MEMBERS, held_on=timezone.localdate())
    supervisor = villages.post("v102001", "village_supervisor")
    (attest,) = told(supervisor).values()
    assert str(attest.title) == "Votes to attest as a second person" and attest.due_on is not None
    assert "Votes to attest as a second person" not in told(stage.accountant)


def test_an_old_vote_is_to_be_disclosed_now(stage: Stage) -> None:
    villages = stage.villages
    set_scope(stage.accountant.scope)
    matter_id = opened(villages)
    for body in (MeetingBody.BRANCH, MeetingBody.COMMITTEES, MeetingBody.PARTY_MEMBERS, MeetingBody.MEMBERS):
        held(villages, matter_id, body)
    one = told(stage.accountant)["Matters to disclose"]
    assert (one.count, one.due_on, one.late) == (1, date(2025, 9, 28), 1)


def test_months_wait_that_hold_vouchers(stage: Stage) -> None:
    assert not [title for title in told(stage.accountant) if title.startswith("Months")]
    for day in (date(2024, 3, 5), timezone.localdate()):
        legs = [ledgers.NewLeg(stage.accounts["101"], 100), ledgers.NewLeg(stage.accounts["501"], -100)]
        ledgers.post_transfer(stage.accountant, book=BOOK, transfer_id=new_identifier(), day=day, legs=legs)
    (months,) = [one for title, one in told(stage.accountant).items() if title.startswith("Months to finish")]
    assert months.count == 1 and "month=2024-03" in months.address


def test_more_that_waits_takes_no_more_queries(stage: Stage) -> None:
    stage.open()
    few = queries_of(stage.accountant)
    set_scope(stage.auditor.scope)
    for number in range(3):
        set_scope(stage.accountant.scope)
        parcel_id = stage.villages.parcel(f"Z{number}")
        set_scope(stage.auditor.scope)
        stage.open(subject=SubjectKind.PARCEL, subject_id=parcel_id)
    assert queries_of(stage.accountant) == few <= 16
    assert queries_of(stage.inspector) <= 8


def queries_of(actor: Actor) -> int:
    set_scope(actor.scope)
    with CaptureQueriesContext(connection) as asked:
        waiting(Asked(actor))  # type: ignore[arg-type]
    return len(asked)
