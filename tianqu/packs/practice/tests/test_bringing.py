"""A register from before is brought in: each line once, refused lines with reasons, and told as counts only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tests.web.api.calling import ANYONE, caller
from tianqu.base.errors import InvalidInput, NotPermitted
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import SYSTEM, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.packs.practice.acts import declare_team
from tianqu.packs.practice.bringing.acts import LINES_MAX, RegisteredVolunteer, bring_volunteers, person_of
from tianqu.packs.practice.models import Membership, Volunteer
from tianqu.packs.practice.tests.stage import Stage

__all__ = ["store"]
LINE = RegisteredVolunteer(
    "00017", "zhangli-1", "李梅", "13800000000", date(1980, 5, 4), date(2019, 3, 5), ("cooking",), ("weekend-day",)
)


def lines(count: int) -> list[RegisteredVolunteer]:
    return [replace(LINE, reference=f"{number:05d}") for number in range(count)]


def outcomes(stage: Stage, sent: list[RegisteredVolunteer]) -> list[str]:
    return [one.outcome for one in bring_volunteers(stage.centre, lines=sent)]


def test_a_list_sent_again_changes_nothing(stage: Stage) -> None:
    sent = [*lines(12), lines(1)[0]]
    assert outcomes(stage, sent) == ["entered"] * 12 + ["unchanged"]
    with seeing(SYSTEM.scope):
        entries = Entry.objects.count()
    assert outcomes(stage, sent) == ["unchanged"] * 13
    assert outcomes(stage, lines(14)) == ["unchanged"] * 12 + ["entered"] * 2
    with seeing(SYSTEM.scope):
        assert Entry.objects.count() == entries + 2
        assert Volunteer.objects.count() == Membership.objects.count() == 14
        there = Volunteer.objects.get(person_id=person_of(lines(1)[0]))
        assert (there.station_id, there.since, there.skills) == ("zhangli", date(2019, 3, 5), ["cooking"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    (
        ({"team": "nowhere"}, "team"), ({"name": " "}, "name"),
        ({"born_on": date(2100, 1, 1)}, "born_on"), ({"since": date(2100, 1, 1)}, "since"),
        ({"since": date(1990, 1, 1)}, "since"), ({"skills": ("magic",)}, "skills"), ({"reach": "moon"}, "reach"),
        ({"reference": "x" * 41}, "reference"),
    ),
)  # fmt: skip
def test_a_line_that_is_refused_stops_no_other(stage: Stage, wrong: dict[str, Any], field: str) -> None:
    sent = [replace(LINE, reference="a"), replace(LINE, **{"reference": "b"} | wrong)]
    told = bring_volunteers(stage.centre, lines=sent)
    assert [one.outcome for one in told] == ["entered", "refused"]
    assert told[1].field == field and told[1].reason
    with seeing(SYSTEM.scope):
        assert Volunteer.objects.count() == 1


def test_who_may_bring_in_and_how_many(stage: Stage) -> None:
    with pytest.raises(NotPermitted):
        bring_volunteers(stage.leader, lines=lines(1))
    with pytest.raises(NotPermitted):
        bring_volunteers(stage.centre, lines=[*lines(1), replace(LINE, team="zhaozhuang-1")])
    for count in (0, LINES_MAX + 1):
        with pytest.raises(InvalidInput, match="taken at once"):
            bring_volunteers(stage.centre, lines=lines(count))
    with seeing(stage.stranger.scope):
        assert not Volunteer.objects.exists()
    line = {"reference": "7", "team": "zhangli-1", "name": "王强", "phone": "139", "born_on": "1970-01-01"}
    told = caller(stage.centre).done("/acts/practice.bring_volunteers", {"lines": [line | {"since": "2020-01-01"}]})
    assert told["result"] == [{"position": 0, "outcome": "entered", "field": "", "reason": ""}]


@pytest.fixture
def told(stage: Stage, store: Path) -> Iterator[Stage]:
    datasets.describe_declared()
    yield stage


def test_stations_and_teams_are_told_by_row_and_volunteers_by_count(told: Stage) -> None:
    declare_team(
        SYSTEM, team="zhangli-2", station="zhangli", name="普法队", name_en="Law team", service="law",
        since=date(2019, 5, 1),
    )  # fmt: skip
    outcomes(told, lines(12))
    place_all()
    for code in ("practice.stations", "practice.teams", "practice.volunteers"):
        datasets.materialise(code)
    set_scope(SYSTEM.scope)
    opened = datasets.open_version(SYSTEM, datasets.dataset_called(SYSTEM, "practice.teams"))
    question = datasets.Question(columns=("county", "station", "service", "since"))
    assert ("P1", "zhangli", "law", date(2019, 5, 1)) in datasets.rows_page(opened, question).rows
    assert len(ANYONE.read("/datasets/practice.stations/rows")["rows"]) == 2
    assert ANYONE.read("/datasets/practice.volunteers/cells", group="county")["rows"] == [{"county": "P1", "cases": 12}]
    assert ANYONE.get("/datasets/practice.volunteers/rows").status_code == 403


def test_nobody_is_brought_into_a_closed_team(stage: Stage) -> None:
    for is_open in (False, True):
        declare_team(
            SYSTEM, team="zhangli-1", station="zhangli", name="队", name_en="Team", service="ecology", is_open=is_open
        )
        told = bring_volunteers(stage.centre, lines=[LINE])
        assert [(one.outcome, one.field) for one in told] == [("entered", "") if is_open else ("refused", "team")]
    assert outcomes(stage, [replace(LINE, reference=" 00017 ")]) == ["unchanged"]
