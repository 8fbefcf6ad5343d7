"""Certificates of hours: issued, put on paper, revoked, outdated, and erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.certificates.api import Certificate
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.kernel.occasions.api import Booking, confirm_attendance
from tianqu.kernel.orders import api
from tianqu.packs.practice.models import Volunteer
from tianqu.packs.practice.services.tests.conftest import Neighbourhood
from tianqu.packs.practice.tests.stage import browser, page, there

ASK, ISSUE = "/certificates/of/practice", "/acts/certificates.issue"
NAME = "钱小二"


def served(neighbourhood: Neighbourhood) -> Actor:
    """A member of the team who was at an activity for an hour, and at a household for three quarters of one."""
    goer, occasion_id = neighbourhood.members[0], neighbourhood.stage.activity()
    there(goer, occasion_id, first=110, last=50)
    with seeing(SYSTEM.scope):
        booking = Booking.objects.get(occasion=occasion_id)
    confirm_attendance(neighbourhood.leader, occasion_id=occasion_id, booking_ids=[booking.id], words="在场")
    api.confirm_order(neighbourhood.resident, order_id=neighbourhood.visited(minutes=45))
    return goer


def issued(actor: Actor, **more: Any) -> str:
    """Issue a certificate of the last days; return the address of its page."""
    today = timezone.localdate()
    given = {
        "certificate_id": str(new_identifier()), "first_day": str(today - timedelta(days=2)), "last_day": str(today),
        "shown": ["number", "minutes", "period"], "deed": "issue",
    }  # fmt: skip
    answer = browser(actor).post(ASK, given | more)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def place_in_log() -> None:
    """Give every entry its index, as the sequencer would; it cannot look into a test's transaction."""
    first = Sequence.objects.count()
    waiting = Entry.objects.filter(sequence=None).order_by("id")
    Sequence.objects.bulk_create(Sequence(index=first + at, entry=entry) for at, entry in enumerate(waiting))


def number_of(actor: Actor) -> str:
    with seeing(SYSTEM.scope):
        return Volunteer.objects.get(person_id=actor.person_id).number


def test_hours_and_visits_stand_together(neighbourhood: Neighbourhood) -> None:
    goer = served(neighbourhood)
    seen = page(browser(goer), "/practice/me/")
    assert "1 hour" in seen and "45 minutes" in seen and "Company for somebody who lives alone" in seen
    assert "Neighbours" in seen and "zhangli team" in seen and "zhangli station" in seen and ASK in seen
    told = caller(goer).read("/practice/volunteer")
    assert told["minutes"] == 105
    (visit,) = told["visits"]
    assert (visit["minutes"], visit["team"], visit["book"]) == (45, "zhangli-aid", "practice.zhangli")
    assert caller(neighbourhood.members[1]).read("/practice/volunteer")["visits"] == []


def test_the_public_page_shows_what_was_chosen_and_never_the_name(neighbourhood: Neighbourhood) -> None:
    goer, public = served(neighbourhood), browser()
    number = number_of(goer)
    whole, bare = issued(goer), issued(goer, shown=[])
    place_in_log()
    for client in (public, browser(neighbourhood.leader)):
        seen = page(client, whole)
        assert number in seen and "1 hour 45 minutes" in seen and "in the log, entry" in seen
        assert NAME not in seen and "zhangli-aid" not in seen and "zhangli station" not in seen
    assert number not in page(public, bare) and "45 minutes" not in page(public, bare)
    with seeing(SYSTEM.scope):
        bodies = [bytes(one.body or b"").decode() for one in Entry.objects.filter(subject__startswith="certificate:")]
    assert len(bodies) == 2 and not any(NAME in body or str(goer.person_id) in body for body in bodies)
    assert public.get(f"{whole}zh.pdf").status_code == 404
    assert browser(neighbourhood.leader).get(f"{whole}zh.pdf").status_code == 404


def test_the_paper_in_both_languages_and_its_code(neighbourhood: Neighbourhood) -> None:
    goer = served(neighbourhood)
    address, mine = issued(goer), browser(goer)
    assert mine.get(f"{address}zh.pdf").status_code == 409  # on its way into the log
    place_in_log()
    made = {}
    for language in ("zh", "en"):
        answer = mine.get(f"{address}{language}.pdf")
        made[language] = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert answer["Content-Type"] == "application/pdf" and made[language].startswith(b"%PDF-")
        assert made[language] == b"".join(mine.get(f"{address}{language}.pdf").streaming_content)  # type: ignore[attr-defined]
    assert made["zh"] != made["en"] and mine.get(f"{address}fr.pdf").status_code == 404
    entry = Entry.objects.select_related("sequence").get(subject__startswith="certificate:")
    scanned = f"{address}?entry={entry.sequence.index}&leaf="
    assert "was forged" in page(mine, f"{scanned}{'0' * 64}")
    assert "names this very certificate" not in page(mine, address)


def test_revoked_and_outdated_is_told(neighbourhood: Neighbourhood) -> None:
    goer = served(neighbourhood)
    first, second = issued(goer), issued(goer)
    assert "booked for this period since" not in page(browser(), first)
    api.confirm_order(neighbourhood.resident, order_id=neighbourhood.visited(minutes=30, left=120))
    assert "booked for this period since" in page(browser(), first) and "1 hour 45 minutes" in page(browser(), first)
    with seeing(SYSTEM.scope):
        certificate_id = Certificate.objects.get(code=second.rstrip("/").rpartition("/")[2]).id
    given = {"deed": "revoke", "certificate_id": str(certificate_id)}
    assert browser(neighbourhood.members[1]).post(ASK, given).status_code == 404
    assert browser(goer).post(ASK, given).status_code == 302
    assert "was revoked" in page(browser(), second) and "was revoked" not in page(browser(), first)
    assert "revoked" in page(browser(goer), ASK)


def test_what_is_refused(neighbourhood: Neighbourhood) -> None:
    goer, other = served(neighbourhood), neighbourhood.members[1]
    today = timezone.localdate()  # the hours may have been yesterday's, just after midnight
    given = {"kind": "practice", "certificate_id": str(UUID(int=7)), "last_day": str(today)}
    given |= {"first_day": str(today - timedelta(days=1))}
    tomorrow, before = str(today + timedelta(days=1)), str(today - timedelta(days=300))
    for changes, status in (
        ({"last_day": tomorrow}, 400),
        ({"first_day": tomorrow}, 400),
        ({"first_day": before, "last_day": before}, 409),
        ({"shown": ["name"]}, 400),
    ):
        assert caller(goer).post(ISSUE, given | changes).status_code == status, changes
    assert caller(other).post(ISSUE, given).status_code == 409  # nothing was booked
    assert caller(neighbourhood.resident).post(ISSUE, given).status_code == 404  # no profile
    code = caller(goer).done(ISSUE, given)
    assert caller(goer).done(ISSUE, given) == code  # safe to send twice
    assert caller(goer).post(ISSUE, given | {"first_day": before}).status_code == 409
    assert browser(goer).post(ASK, {"deed": "issue", "first_day": "soon"}).status_code == 400
    assert Client(SERVER_NAME="localhost").get(ASK).status_code in (302, 403)
    for wrong in ("00000000000", "x"):
        assert browser().get(f"/certificates/{wrong}/").status_code in (400, 404)


def test_erasing_the_profile_takes_what_the_paper_said(neighbourhood: Neighbourhood) -> None:
    goer = served(neighbourhood)
    address = issued(goer)
    place_in_log()
    assert browser(goer).get(f"{address}zh.pdf").status_code == 200
    caller(goer).done("/acts/practice.erase_profile", {})
    with seeing(SYSTEM.scope):
        kept = Certificate.objects.get()
    assert (kept.content, kept.person_id) == ("", None)
    assert browser(goer).get(f"{address}zh.pdf").status_code == 404
    seen = page(browser(), address)
    assert "has been erased here" in seen and "in the log, entry" in seen
