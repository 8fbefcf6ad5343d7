"""Whoever reads requests, and nothing of villages, meets no finding among them: in no list, count, search or file."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.orders.api import Order
from tianqu.packs.village.findings.models import EffectKind
from tianqu.packs.village.findings.tests.stage import Stage
from tianqu.packs.village.tests.test_register_pages import browser, text

WORD, ASKED = "租期过长", "租期"  # what the auditor wrote, and what somebody looks for
READERS = [("v102001", "clerk"), ("c1.housing", "supervisor")]


@pytest.fixture
def finding_id(stage: Stage) -> UUID:
    """A finding that was answered and is to be inspected, beside one that is new."""
    stage.open(text=f"{WORD}二")
    return stage.answered((EffectKind.DEBT_SETTLED, 700))


def codes() -> list[str]:
    with seeing(SYSTEM.scope):
        return list(Order.objects.values_list("code", flat=True))


@pytest.mark.parametrize("post", READERS)
def test_readers_of_requests_meet_no_finding(stage: Stage, finding_id: UUID, post: tuple[str, str]) -> None:
    reader = stage.villages.post(*post)
    cache.clear()
    marks = [WORD, "合同 C1", "合同C1", str(finding_id), *codes()]
    desk, program = browser(reader), caller(reader)
    for address in ("/inbox/", f"/inbox/?q={ASKED}", "/inbox/?state=done", "/inbox/requests.csv", f"/search?q={ASKED}",
                    "/desk/", "/"):  # fmt: skip
        page = text(desk.get(address))
        assert not [mark for mark in marks if mark in page], address
    for query in ({}, {"text": ASKED}, {"text": codes()[0]}, {"state": "done"}):
        assert program.read("/orders", **query)["rows"] == [], query
    assert refusals(reader) <= {403, 404}  # 403: a clerk asks for no proposal, of whatever


def refusals(reader: Actor) -> set[int]:
    """How every address of a single request answers for each finding, to a desk and to a program."""
    desk, program = browser(reader), caller(reader)
    found = set()
    for code in codes():
        found |= {desk.get(f"/orders/{code}").status_code, desk.get(f"/orders/{code}/likes").status_code}
        for more in ("", "/timeline", "/acts", "/as-of/9", "/proposal"):
            answer = program.get(f"/orders/{code}{more}")
            found.add(answer.status_code)
            assert WORD not in answer.content.decode()
        assert ANYONE.get(f"/public/orders/{code}").status_code == 404
    return found


def test_no_figure_of_requests_counts_findings(stage: Stage, finding_id: UUID) -> None:
    supervisor = caller(stage.villages.post("c1.housing", "supervisor"))
    stage.close(finding_id)
    month = f"{timezone.localdate():%Y-%m}"
    assert supervisor.read("/demand", by="item", period=month) == []
    assert supervisor.read("/timeliness", by="item", period=month) == []
    assert ANYONE.read("/public/orders")["rows"] == []
