"""A register from before is brought in: each line once, refused lines with reasons, and told as counts only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.datasets.conftest import store
from tests.kernel.datasets.happening import place_all
from tests.web.api.calling import ANYONE, caller
from tianqu.base.errors import Conflict, NotFound, NotPermitted, TianquError
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.journal.models import Entry
from tianqu.packs.practice.acts import declare_team
from tianqu.packs.practice.bringing.acts import person_of, register_volunteer, strike_volunteer
from tianqu.packs.practice.models import Membership, Volunteer
from tianqu.packs.practice.profiles.acts import record_consent
from tianqu.packs.practice.tests.stage import Stage, browser, page

__all__ = ["store"]
LINE: dict[str, Any] = {
    "team": "zhangli-1", "reference": "00017", "name": "李梅", "phone": "13800000000", "born_on": date(1980, 5, 4),
    "since": date(2019, 3, 5), "skills": ("cooking",), "times": ("weekend-day",),
}  # fmt: skip
HEADS = "志愿者姓名,队伍,原名册编号,电话,出生日期,注册日期,擅长什么,语言,方便的时间,能去多远\n"


def bring(actor: Actor, **other: Any) -> str:
    return register_volunteer(actor, **LINE | other)


def volunteers() -> list[Volunteer]:
    with seeing(SYSTEM.scope):
        return list(Volunteer.objects.order_by("reference"))


def test_a_line_sent_again_changes_nothing(stage: Stage) -> None:
    number = bring(stage.centre)
    with seeing(SYSTEM.scope):
        entries = Entry.objects.count()
    assert bring(stage.centre, reference=" 00017 ") == number
    with seeing(SYSTEM.scope):
        assert Entry.objects.count() == entries and Membership.objects.count() == 1
    (there,) = volunteers()
    assert (there.station_id, there.since, there.skills) == ("zhangli", date(2019, 3, 5), ["cooking"])
    assert there.person_id == person_of("zhangli-1", reference="00017")


def test_the_station_mends_what_stands_there(stage: Stage) -> None:
    number = bring(stage.centre, born_on=date(2012, 1, 1))
    record_consent(stage.centre, person_id=person_of("zhangli-1", reference="00017"), guardian="李父", relation="父亲")
    assert bring(stage.centre, born_on=date(2012, 1, 1), phone="139") == number
    assert volunteers()[0].consent_at is not None and volunteers()[0].phone == "139"
    assert bring(stage.centre, born_on=date(2012, 1, 2)) == number
    assert volunteers()[0].consent_at is None, "a consent is for the day of birth that it was given for"


@pytest.mark.parametrize(
    ("wrong", "field"),
    (
        ({"team": "nowhere"}, "team"), ({"name": " "}, "name"),
        ({"born_on": date(2100, 1, 1)}, "born_on"), ({"since": date(2100, 1, 1)}, "since"),
        ({"since": date(1990, 1, 1)}, "since"), ({"skills": ("magic",)}, "skills"), ({"reach": "moon"}, "reach"),
        ({"reference": "x" * 41}, "reference"), ({"reference": " "}, "reference"),
    ),
)  # fmt: skip
def test_a_line_that_is_refused_says_where(stage: Stage, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(TianquError) as refused:
        bring(stage.centre, **wrong)
    assert refused.value.field == field and not volunteers()


def test_who_may_bring_in(stage: Stage) -> None:
    for actor, other in ((stage.leader, {}), (stage.centre, {"team": "zhaozhuang-1"}), (stage.stranger, {})):
        with pytest.raises(NotPermitted):
            bring(actor, **other)
    bring(stage.centre)
    with seeing(stage.stranger.scope):
        assert not Volunteer.objects.exists()
    line = {name: list(value) if isinstance(value, tuple) else str(value) for name, value in LINE.items()}
    done = caller(stage.centre).done("/acts/practice.register_volunteer", line | {"reference": "7"})
    assert [one.number for one in volunteers()] == [volunteers()[0].number, done["result"]]


def test_a_sheet_is_brought_in_by_page_and_says_what_became_of_each_line(stage: Stage) -> None:
    sheet = HEADS + "".join((
        "李梅,zhangli-1,1,13800000000,1980-05-04,2019-03-05,烹饪,普通话,周末白天,在本村\n",
        "王强,nowhere,2,13900000000,1970-01-01,2019-03-05,,,,\n",
        "赵明,zhangli-1,3,13900000000,1970-01-01,2019-03-05,,,,\n",
        ",zhangli-1,4,13900000000,1970-01-01,2019-03-05,,,,\n",
    ))  # fmt: skip
    client = browser(stage.centre)
    for _time in range(2):
        answer = client.post("/desk/practice/volunteers/bring", {"file": io.BytesIO(sheet.encode())})
        text = answer.content.decode()
        assert "2 lines taken" in text and "There is no team nowhere." in text, text[-3000:]
        assert (
            '<td class="figure">3</td><td>Team</td>' in text
            and '<td class="figure">5</td><td>Name of the volunteer</td>' in text
        )
    assert [(one.reference, one.skills, one.languages, one.reach) for one in volunteers()] == [
        ("1", ["cooking"], ["zh"], "village"), ("3", [], [], "village"),
    ]  # fmt: skip
    shown = page(client, "/desk/practice/volunteers/?q=李梅")
    assert "李梅" in shown and "zhangli station" in shown and "赵明" not in shown
    assert page(browser(stage.leader), "/desk/practice/volunteers/", 403)
    told = caller(stage.centre).read("/practice/volunteers")["rows"]
    assert len(told) == 2 and not {"phone", "born_on"} & set(told[0])


def test_who_was_erased_does_not_come_back_with_the_list(stage: Stage) -> None:
    bring(stage.centre)
    bring(stage.centre, reference="00018", name="王强")
    with pytest.raises(NotFound):
        strike_volunteer(stage.centre, team="zhangli-1", reference="00019")
    with pytest.raises(NotPermitted):
        strike_volunteer(stage.leader, team="zhangli-1", reference="00017")
    client = browser(stage.centre)
    number = volunteers()[0].number
    form = {"team": "zhangli-1", "reference": "00017", "deed": "end"}
    assert client.post(f"/desk/practice/volunteers/declare?of={number}", form).status_code == 302
    assert [one.reference for one in volunteers()] == ["00018"]
    with seeing(SYSTEM.scope):
        bodies = Entry.objects.filter(subject=f"volunteer:{person_of('zhangli-1', reference='00017')}").values_list(
            "body"
        )
        assert {body for (body,) in bodies} == {None} and Membership.objects.count() == 1
    for same in ("00017", "０００１７", " 000\u200b17"):
        with pytest.raises(Conflict, match="was erased"):
            bring(stage.centre, reference=same)
    assert [one.reference for one in volunteers()] == ["00018"]


@pytest.fixture
def told(stage: Stage, store: Path) -> Iterator[Stage]:
    datasets.describe_declared()
    yield stage


def test_stations_and_teams_are_told_by_row_and_volunteers_by_count(told: Stage) -> None:
    declare_team(
        SYSTEM, team="zhangli-2", station="zhangli", name="普法队", name_en="Law team", service="law",
        since=date(2019, 5, 1),
    )  # fmt: skip
    for number in range(12):
        bring(told.centre, reference=str(number))
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
    said = {"team": "zhangli-1", "station": "zhangli", "name": "队", "name_en": "Team", "service": "ecology"}
    declare_team(SYSTEM, **said, is_open=False)
    with pytest.raises(Conflict, match="closed"):
        bring(stage.centre)
    declare_team(SYSTEM, **said)
    bring(stage.centre)
    declare_team(SYSTEM, **said, is_open=False)
    assert bring(stage.centre) == volunteers()[0].number, "whoever is there already stays"
