"""Loading many rows: taken once, left alone the second time, refused by line with nothing half written."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.kernel.places.prefecture import HEAD, KEEPER, Prefecture, table
from tianqu.base.errors import NotPermitted
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, seeing
from tianqu.kernel.places import api
from tianqu.kernel.places.loading import LoadReport


def reasons(report: LoadReport) -> dict[int, str]:
    return {refusal.line: str(refusal.error) for refusal in report.refusals}


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_entry")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def place_rows(text: str) -> list[dict[str, str]]:
    return table(text.strip(), "code", "name", "kind", "parent", "valid_from", "valid_to")


def test_a_second_run_changes_nothing_and_leaves_no_entry(prefecture: Prefecture) -> None:
    rows = place_rows("P103,新店街道,township,P1,,\nP103001,新村,village,P103,,")
    assert api.load_places(SYSTEM, rows=rows).accepted == 2
    before = entries()
    report = api.load_places(SYSTEM, rows=rows)
    assert (report.accepted, report.unchanged, report.refused) == (0, 2, 0)
    assert entries() == before


def test_what_acts_have_changed_since_stays(prefecture: Prefecture) -> None:
    rows = table("t101,新湖街道办事处,township_government,P101,", "code", "name", "kind", "place", "parent")
    api.change_unit(SYSTEM, unit_id=prefecture.units["t101"].id, name="新湖街道", phone="0534-2345678")
    assert api.load_units(SYSTEM, rows=rows).unchanged == 1
    assert api.unit_called("t101").name == "新湖街道"
    assert api.load_units(SYSTEM, rows=rows, update=True).accepted == 1
    assert api.unit_called("t101").name == "新湖街道办事处"


def test_rows_may_stand_in_any_order(prefecture: Prefecture) -> None:
    rows = place_rows("N1001001,深处村,village,N1001,,\nN1001,深处镇,township,N1,,\nN1,深处县,county,P,,")
    assert api.load_places(SYSTEM, rows=rows).accepted == 3
    assert api.place_called("N1001001").path == "P.N1.N1001.N1001001"


def test_each_bad_row_is_refused_by_its_line(prefecture: Prefecture) -> None:
    rows = place_rows(
        """
B1,好地方,township,P1,,
B-2,坏代码,township,P1,,
B3,,township,P1,,
B4,无上级,township,NOWHERE,,
B5,坏日期,township,P1,2023-02-30,
B6,倒日期,township,P1,2023-02-01,2022-01-01
B7,古时候,township,P1,1834-01-01,
P2,占用,county,P,2020-01-01,
B8,孤儿,village,B4,,
B9,坏类别,Town Ship,P1,,
B1,同码,township,P1,2021-01-01,
"""
    )
    report = api.load_places(SYSTEM, rows=rows)
    assert report.accepted == 1
    said = reasons(report)
    assert sorted(said) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert "cannot be the code" in said[3] and "name" in said[4] and "NOWHERE" in said[5]
    assert "not a date" in said[6] and "not after" in said[7] and "1834" in said[8]
    assert "Another place has the code" in said[9] and "no place B4" in said[10] and "kind" in said[11]
    assert "Another place has the code" in said[12]


def test_positions_and_yes_and_no(prefecture: Prefecture) -> None:
    rows = table(
        "B1,甲,township,P1,116.3,37.4,yes\nB2,乙,township,P1,200,37.4,\nB3,丙,township,P1,116.3,,\nB4,丁,township,P1,,,maybe\n"
        "B5,戊,township,P1,nan,37,\nB6,己,township,P1,east,37,",
        "code", "name", "kind", "parent", "lon", "lat", "position_invented",
    )  # fmt: skip
    report = api.load_places(SYSTEM, rows=rows)
    assert report.accepted == 1 and api.place_called("B1").position_invented
    assert sorted(reasons(report)) == [3, 4, 5, 6, 7]


def test_successions_need_a_place_that_ends_and_one_that_holds(prefecture: Prefecture) -> None:
    columns = ("from_code", "to_code", "on", "kind", "derived")
    rows = table(
        "P102001,P101009,2023-06-30,merge,published\nP101001,P101002,2023-06-30,merge,published\n"
        "P101001,P101009,2023-06-30,eaten,published\nP101001,P101009,,merge,published\n"
        "P101001,P102001,2023-06-30,merge,published",
        *columns,
    )  # fmt: skip
    report = api.load_places(SYSTEM, rows=[], successions=rows)
    assert report.accepted == 1
    said = reasons(report)
    assert "P102001 ends on" in said[2] and "P101002 holds on" in said[3]
    assert "not among" in said[4] and "empty" in said[5]


def test_units_wait_for_what_they_are_parts_of(prefecture: Prefecture) -> None:
    columns = ("code", "name", "kind", "place", "parent")
    rows = table(
        "b.2,二科,section,P1,b.1\nb.1,一局,bureau,P1,\nb.3,三科,section,P1,b.9\nb.4,四局,bureau,NOWHERE,", *columns
    )
    report = api.load_units(SYSTEM, rows=rows)
    assert report.accepted == 2
    assert api.unit_called("b.2").parent_id == api.unit_called("b.1").id
    said = reasons(report)
    assert "b.9" in said[4] and "NOWHERE" in said[5]


def test_persons_posts_and_deputies(prefecture: Prefecture) -> None:
    api.register_role(HEAD)
    columns = ("login", "name", "role", "unit", "valid_from", "valid_to", "deputy_of")
    rows = table(
        "head,王主任,test_head,t101,2020-01-01,,\nhead,王主任,test_head,t102,2020-01-01,,\n"
        "deputy,李副主任,test_head,t101,2026-01-01,2026-02-01,head\nnobody,某人,test_head,t999,,,\n"
        "nobody,某人,unheard_of,t101,,,\nnobody,某人,test_head,t101,,,ghost\nno login,某人,test_head,t101,,,",
        *columns,
    )  # fmt: skip
    report = api.load_posts(SYSTEM, rows=rows, password="a-demo-password-7")
    assert report.accepted == 3 and sorted(reasons(report)) == [5, 6, 7, 8]
    head, deputy = (api.Account.objects.get(login=login) for login in ("head", "deputy"))
    assert head.check_password("a-demo-password-7")
    assert len(api.held_posts(head.person_id)) == 2
    assert api.Post.objects.get(person_id=deputy.person_id).deputy_of_id is not None
    assert api.load_posts(SYSTEM, rows=rows, password=None).accepted == 0
    with seeing(SYSTEM.scope):
        assert api.Person.objects.count() == 2


def test_only_within_reach(prefecture: Prefecture) -> None:
    api.register_role(KEEPER)
    api.register_role(api.Role("test_local_keeper", "Local", ("places.*",), reach="place"))
    local = api.actor_of(prefecture.person("c1.housing", "test_local_keeper"), channel="web")
    rows = place_rows("L1,我处,township,P1,,\nL2,他处,township,P2,,\nL3,外处,prefecture,,,")
    report = api.load_places(local, rows=rows)
    assert report.accepted == 1 and sorted(reasons(report)) == [3, 4]
    posts = table("x.y,某人,test_keeper,t101\nz.z,某人,test_clerk,t201", "login", "name", "role", "unit")
    assert sorted(reasons(api.load_posts(local, rows=posts))) == [2, 3]
    with pytest.raises(NotPermitted):
        api.load_places(ANYBODY, rows=rows)
