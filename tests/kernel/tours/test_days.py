"""Days at the end of the calendar are refused, or lead nowhere; nothing breaks of them."""

from __future__ import annotations

from tests.kernel.occasions.stage import browser
from tests.kernel.tours.test_film_van import Stage, in_days, stage
from tests.web.api.calling import ANYONE, caller
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.tours.api import do_tour

__all__ = ["stage"]
LAST, FIRST = "9999-12-31", "0001-01-01"


def test_a_tour_on_the_last_day_of_all_is_refused(stage: Stage) -> None:
    given = {"kind": "test_van", "name": "放映", "first_on": LAST, "last_on": LAST}
    called = {**given, "tour_id": str(new_identifier()), "unit_id": str(stage.driver.unit_id)}
    assert caller(stage.driver).post("/acts/tours.plan", called).status_code == 400
    form = {**given, "sent_id": str(new_identifier()), "visits_a_day": "2", "opens": "14:00", "closes": "22:00"}
    assert browser(stage.driver).post("/desk/tours/new?kind=test_van", form).status_code == 400


def test_what_falls_out_on_the_last_day_of_all_changes_nothing(stage: Stage) -> None:
    stage.van.ask("a", "P.P1.P101.P101009", in_days(1), in_days(3))
    tour_id = stage.planned()
    van = {"cause": "carrier", "carrier": "van"}
    for first, last in ((LAST, LAST), (FIRST, FIRST)):
        stage.done("fall_out", tour_id, **van, first_on=first, last_on=last)
        assert browser(stage.driver).get(f"/desk/tours/{tour_id}/").status_code == 200
        do_tour(tour_id)
    wrong = {"tour_id": str(tour_id), **van, "first_on": FIRST, "last_on": LAST}
    assert caller(stage.driver).post("/acts/tours.fall_out", wrong).status_code == 400
    assert browser(stage.driver).post(f"/desk/tours/{tour_id}/out", {**wrong, "deed": "out"}).status_code == 400
    moved = {"tour_id": str(tour_id), "deed": "move", "visit": "a", "carrier": "van", "on": LAST, "starts": 1_400}
    assert caller(stage.driver).post("/acts/tours.change", moved).status_code == 409


def test_nothing_is_asked_of_days_that_nobody_believes(stage: Stage) -> None:
    for day in (LAST, FIRST):
        assert ANYONE.get("/tours/stops", first_day=day).status_code == 400
