"""Plans of seasons that were made before tours were a room of the kernel read as they did."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.owner import as_owner
from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.tours.api import do_tour
from tianqu.packs.culture.tests.season.test_season import done, in_days, planned, read
from tianqu.packs.culture.tests.stage import Stage

# A tour as it stood in its old table, which this test lays again.
BACK = """
SET CONSTRAINTS ALL IMMEDIATE;
SELECT set_config('tianqu.everything', 'on', true);
CREATE TABLE culture_season AS
SELECT id, unit_id, place_path, name, stand, asked_at, published_at, changed_at, version, person_id, post_id,
    (terms - 'visits_a_day') || jsonb_build_object('shows_a_day', terms -> 'visits_a_day') terms, given, shows,
    unserved, cost, bound, proved, moved, done, E'100% of the budget\\nis spent'::text failed,
    (SELECT jsonb_object_agg(key, value -> 'by') FROM jsonb_each(told -> 'carriers')) contracts,
    '[["troupe", "meihua", "2026-01-01", "2026-01-02"], ["weather", "P101009", "2026-01-01", "2026-01-02"]]'::jsonb outs
FROM tours_tour;
ALTER TABLE tours_stop DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tours_tour DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY;
DELETE FROM tours_stop;
DELETE FROM tours_tour;
ALTER TABLE tours_stop ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY;
ALTER TABLE tours_tour ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY;
SELECT set_config('tianqu.everything', '', true);
"""


def shown(stage: Stage, plan_id: Any) -> dict[str, Any]:
    """What everybody and the office see of a plan."""
    plan, stops = read(stage, plan_id), ANYONE.read("/tours/stops", tour_id=plan_id)
    for one in plan["visits"]:
        del one["confirmed"]  # no column of the tables then
    return {"plan": plan, "stops": [one | {"version": 1, "confirmed": True} for one in stops]}


def test_an_old_plan_reads_as_it_did(stage: Stage) -> None:
    stage.ordered()
    stage.ordered(place="P102001", first_day=in_days(2), last_day=in_days(9))
    stage.ordered("film", first_day=in_days(2), last_day=in_days(2))
    plan_id = planned(stage, budget_fen=600_000)
    done(stage.officer, "publish", plan_id)
    do_tour(plan_id)
    before = shown(stage, plan_id)
    assert len(before["stops"]) == 2 and before["plan"]["published_at"] is not None
    as_owner(BACK)
    assert caller(stage.officer).get(f"/tours/{plan_id}").status_code == 404
    as_owner(import_module("tianqu.packs.culture.migrations.0040_season_moved").MOVE)
    after = shown(stage, plan_id)
    assert after["stops"] == before["stops"]
    outs, faults = after["plan"].pop("outs"), after["plan"].pop("faults")
    assert after["plan"] == {name: value for name, value in before["plan"].items() if name not in ("outs", "faults")}
    assert [one[0] for one in outs] == ["carrier", "weather"]
    assert [one["message"] % one["values"] for one in faults] == ["100% of the budget", "is spent"]
