"""A troupe's certificate of shows given and paid, from the office's book: for the troupe, its office, and everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.web.api.calling import caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.models import Entry, Sequence
from tianqu.packs.culture.shows import acts
from tianqu.packs.culture.tests.stage import DAY, PRICE, Stage, browser, page

ASK, ISSUE = "/certificates/of/culture_shows?of=meihua", "/acts/certificates.issue"


def asked(**more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "certificate_id": str(new_identifier()), "kind": "culture_shows", "subject": "meihua",
        "first_day": str(today - timedelta(days=30)), "last_day": str(today), **more,
    }  # fmt: skip


def place_in_log() -> None:
    """Give every entry its index, as the sequencer would; it cannot look into a test's transaction."""
    first = Sequence.objects.count()
    waiting = Entry.objects.filter(sequence=None).order_by("id")
    Sequence.objects.bulk_create(Sequence(index=first + at, entry=entry) for at, entry in enumerate(waiting))


def paid(stage: Stage) -> None:
    show_id = stage.confirmed(5, 4)
    acts.pay_show(stage.officer, show_id=show_id)


def test_a_troupe_has_its_paid_shows_certified(stage: Stage) -> None:
    assert caller(stage.troupe).post(ISSUE, asked()).status_code == 409  # nothing is paid yet
    paid(stage)
    stage.committed()  # what is set aside alone is not certified
    code = caller(stage.troupe).done(ISSUE, asked())["result"]
    place_in_log()
    seen = page(browser(), f"/certificates/{code}/")
    assert "Certificate of shows given and paid" in seen and f"¥{PRICE // 100:,}.00" in seen and "meihua troupe" in seen
    for language in ("zh", "en"):
        for client in (browser(stage.troupe), browser(stage.officer)):
            answer = client.get(f"/certificates/{code}/{language}.pdf")
            assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert browser(stage.far_troupe).get(f"/certificates/{code}/zh.pdf").status_code == 404
    own = page(browser(stage.troupe), ASK)
    assert f"/certificates/{code}/" in own and "Revoke it" in own
    paid(stage)
    assert "More was booked for this period since" in page(browser(), f"/certificates/{code}/")


def test_nobody_else_has_it_certified_or_revokes_it(stage: Stage) -> None:
    paid(stage)
    given = asked()
    for actor in (stage.far_troupe, stage.far_officer, stage.post, stage.villager()):
        assert caller(actor).post(ISSUE, given).status_code == 403
    assert caller(stage.officer).post(ISSUE, given | {"subject": "nobody"}).status_code == 404
    first = caller(stage.officer).done(ISSUE, given)["result"]
    assert caller(stage.troupe).done(ISSUE, given)["result"] == first  # safe to send twice, for both sides
    revoke = {"certificate_id": given["certificate_id"]}
    assert caller(stage.far_troupe).post("/acts/certificates.revoke", revoke).status_code == 404
    caller(stage.troupe).done("/acts/certificates.revoke", revoke)
    assert "was revoked" in page(browser(), f"/certificates/{first}/")
    yesterday = str(timezone.localdate() - DAY)
    late = asked(first_day=yesterday, last_day=yesterday)
    assert caller(stage.troupe).post(ISSUE, late).status_code == 409
