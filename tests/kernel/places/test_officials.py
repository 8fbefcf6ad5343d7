"""Lists of officials: within the reader's reach by the query itself, and not by the database's wall alone."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.kernel.places.prefecture import Prefecture
from tianqu.base.errors import NotFound, NotPermitted
from tianqu.kernel.journal.api import SYSTEM, Actor, set_scope
from tianqu.kernel.places import api, officials

HEAD_OF_COUNTY = api.Role("test_county_head", "Head", ("administration.see", "places.*"), reach="place")


@pytest.fixture
def head(prefecture: Prefecture) -> Actor:
    """Who administers one county, P1, and finds the wall behind the query open."""
    api.register_role(HEAD_OF_COUNTY)
    return api.actor_of(prefecture.person("c1.housing", HEAD_OF_COUNTY.code, name="县里"), channel="web")


@pytest.fixture
def no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database show everything, so that only the query narrows."""
    monkeypatch.setattr(officials, "set_scope", lambda _scope: set_scope(SYSTEM.scope))


@pytest.mark.usefixtures("no_wall")
def test_reach_is_in_the_query(prefecture: Prefecture, head: Actor) -> None:
    near = prefecture.person("c1.housing", "test_clerk", name="近处")
    far = prefecture.person("c2.housing", "test_clerk", name="远处")
    assert {person.name for person in api.officials(head)} == {"县里", "近处"}
    assert api.person_file(head, person_id=near.person_id).account == near
    with pytest.raises(NotFound):
        api.person_file(head, person_id=far.person_id)
    assert {person.name for person in api.officials(SYSTEM)} >= {"近处", "远处"}
    names = [
        name for _post, name in api.colleagues(head, unit_id=prefecture.units["c2.housing"].id, on=timezone.localdate())
    ]
    assert names == [""]


def test_pages_hold_each_official_once(prefecture: Prefecture, head: Actor) -> None:
    made = {prefecture.person("c1.housing", "test_clerk", name=f"甲{number}").person_id for number in range(5)}
    seen, after = [], None
    for _page in range(10):
        rows = api.officials(head, after=after, limit=2)
        if not rows:
            break
        seen += [row.id for row in rows]
        after = rows[-1].id
    assert len(seen) == len(set(seen)) and made < set(seen)


def test_not_for_everybody(prefecture: Prefecture) -> None:
    clerk = api.actor_of(prefecture.person("t101", "test_clerk"), channel="web")
    with pytest.raises(NotPermitted):
        api.officials(clerk)
    with pytest.raises(NotPermitted):
        api.person_file(clerk, person_id=clerk.person_id or prefecture.units["t101"].id)
