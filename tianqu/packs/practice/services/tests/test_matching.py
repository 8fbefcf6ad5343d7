"""Matching: one question says who fits and why the others do not; it is checked against a plain walk over everybody."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as some

from tianqu.base.errors import NotFound
from tianqu.base.masking import masked_names
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.orders import api
from tianqu.packs.practice.acts import declare_station
from tianqu.packs.practice.models import Membership, Station, Team, Volunteer
from tianqu.packs.practice.profiles.acts import LANGUAGES, REACHES, SKILLS, TIMES, record_consent
from tianqu.packs.practice.services.matching import OPEN_MAX, Matching, Need, left_out_said, reasons, times_wanted
from tianqu.packs.practice.services.queries import match
from tianqu.packs.practice.services.tests.conftest import Neighbourhood, volunteer

YEAR = timedelta(days=366)
VILLAGE, TOWNSHIP, COUNTY = "P.P1.P101.P101009", "P.P1.P101", "P.P1"


def need(**changes: Any) -> Need:
    return Need(**({"village": VILLAGE, "township": TOWNSHIP, "county": COUNTY, "on": timezone.localdate()} | changes))


def asked(**changes: Any) -> Matching:
    with seeing(SYSTEM.scope):
        return match(need(**changes), limit=1000)


def takers(found: Matching) -> set[str]:
    return {one.taker for one in found.found}


def number(person_id: Any) -> str:
    with seeing(SYSTEM.scope):
        return "volunteer:" + Volunteer.objects.get(person_id=person_id).number


def test_reasons_are_said_in_words(neighbourhood: Neighbourhood) -> None:
    found = asked(skills=("caring",), languages=("dialect",), lon=116.30, lat=37.44, service="aid")
    team = found.found[0]
    assert team.taker == "team:zhangli-aid" and team.grounds["able"] == 2
    with translation.override("en"):
        said, left_out = reasons(team.grounds), left_out_said(found.left_out, "team")
    assert "in the same village" in said and "2 members fit" in said and "speaks: the local dialect" in said
    assert "0.0 hours in 30 days" in said
    assert left_out == ["1 do another kind of service"]


def test_who_is_under_age_is_never_matched_without_consent(neighbourhood: Neighbourhood) -> None:
    born = timezone.localdate() - 15 * YEAR
    young = volunteer(neighbourhood.stage, "小李", born_on=born, phone="13700000005")
    assert number(young.person_id) not in takers(asked())
    assert asked().left_out["volunteer", "minor"] == 1
    assert young.person_id is not None
    record_consent(neighbourhood.leader, person_id=young.person_id, guardian="李大", relation="父亲")
    assert number(young.person_id) in takers(asked())
    eighteen = timezone.localdate().replace(year=timezone.localdate().year - 18)
    grown = volunteer(neighbourhood.stage, "小张", born_on=eighteen, phone="13700000006")
    tomorrow = volunteer(neighbourhood.stage, "小赵", born_on=eighteen + timedelta(days=1), phone="13700000007")
    assert number(grown.person_id) in takers(asked()) and number(tomorrow.person_id) not in takers(asked())


def test_load_counts_and_who_has_enough_is_left_out(neighbourhood: Neighbourhood) -> None:
    free = number(neighbourhood.alone.person_id)
    before = {one.taker: one.score for one in asked().found}
    for count in range(OPEN_MAX):
        api.assign_order(neighbourhood.centre, order_id=neighbourhood.order(), taker=free)
        busy = {one.taker: one for one in asked().found}
        if count < OPEN_MAX - 1:
            assert busy[free].score < before[free] and busy[free].grounds["busy"] == count + 1
    assert free not in takers(asked()) and asked().left_out["volunteer", "busy"] >= 1


def test_hours_of_the_last_thirty_days_come_from_the_ledger(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.visited(minutes=180)
    goer = number(neighbourhood.members[0].person_id)
    before = {one.taker: one for one in asked().found}[goer]
    api.confirm_order(neighbourhood.resident, order_id=order_id)
    after = {one.taker: one for one in asked().found}[goer]
    assert (before.grounds["minutes"], after.grounds["minutes"]) == (0, 180)
    with translation.override("en"):
        assert "3.0 hours in 30 days" in reasons(after.grounds)
    later = {one.taker: one for one in asked(on=timezone.localdate() + timedelta(days=40)).found}[goer]
    assert later.grounds["minutes"] == 0


def test_an_order_that_nobody_fits_waits_for_the_centre(neighbourhood: Neighbourhood) -> None:
    order_id = neighbourhood.order(form={"for_whom": "elder", "skills": ["medicine"]})
    with seeing(SYSTEM.scope):
        assert not api.offers_of(order_id).exists()
    with pytest.raises(NotFound):
        api.claim_order(neighbourhood.alone, order_id=order_id)


@pytest.mark.parametrize(
    ("day", "window", "times"),
    [
        (None, "", ()), (None, "evening", ("weekday-evening", "weekend-evening")),
        (date(2026, 12, 5), "day", ("weekend-day",)), (date(2026, 12, 4), "any", ("weekday-day", "weekday-evening")),
    ],
)  # fmt: skip
def test_a_wished_day_and_its_part_are_times_of_profiles(day: date | None, window: str, times: tuple[str, ...]) -> None:
    assert times_wanted(day, window) == times


@pytest.mark.parametrize(
    ("text", "masked"),
    [("谢谢钱小二！", "谢谢钱**！"), ("多亏张三丰大爷", "多亏张**大爷"), ("电话 138 0000-1234 9", "电话 *****"),
     ("Thanks to all 12 of you", "Thanks to all 12 of you")],
)  # fmt: skip
def test_names_and_numbers_are_masked(text: str, masked: str) -> None:
    assert masked_names(text, ["钱小二", "", "二"]) == masked


def why(one: Volunteer, asked_for: Need, station: Station) -> str:
    """By hand why a volunteer of the county may not be asked; "" for who may."""
    path = str(station.place_path)
    far = 0 if path.startswith(asked_for.village) else 1 if path.startswith(asked_for.township) else 2
    born, on = one.born_on, asked_for.on
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    grounds = {
        "own": one.person_id == asked_for.asker_id or one.phone in asked_for.asker_phones,
        "minor": age < 18 and one.consent_at is None, "closed": not station.is_open,
        "far": far > REACHES.index(one.reach), "skill": not set(asked_for.skills) <= set(one.skills),
        "language": not set(asked_for.languages) <= set(one.languages),
        "time": bool(asked_for.times) and not set(asked_for.times) & set(one.times),
    }  # fmt: skip
    return next((ground for ground, holds in grounds.items() if holds), "")


NEEDS = some.fixed_dictionaries({
    "skills": some.lists(some.sampled_from(SKILLS[:3]), unique=True, max_size=2).map(tuple),
    "languages": some.lists(some.sampled_from(LANGUAGES[:2]), unique=True, max_size=2).map(tuple),
    "times": some.lists(some.sampled_from(TIMES), unique=True, max_size=2).map(tuple),
    "service": some.sampled_from(["", "aid", "ecology", "law"]),
    "village": some.sampled_from([VILLAGE, "P.P1.P102.P102001"]),
    "asker_phones": some.sampled_from([(), ("13700000002",), ("13611110000", "1")]),
    "place": some.sampled_from([(None, None), (116.30, 37.44), (116.90, 37.10)]),
    "first": some.integers(0, 70),
})  # fmt: skip


@pytest.fixture
def crowd(neighbourhood: Neighbourhood) -> Neighbourhood:
    """Sixty more volunteers of every kind, some in the teams, at stations near, far away, closed, and elsewhere; two
    of them have enough to do."""
    stage, today = neighbourhood.stage, timezone.localdate()
    for code, is_open in (("wangzhuang", True), ("shut", False)):
        declare_station(
            SYSTEM, station=code, unit_id=stage.prefecture.units["t102"].id, name=code, name_en=code, is_open=is_open,
            place_id=stage.prefecture.places["P102001"].id, lon=Decimal("116.9"), lat=Decimal("37.1"),
        )  # fmt: skip
    kinds = product(((0, 1), (1,), (2,), ()), ((0,), (0, 1)), REACHES, (True, True, False))
    for count, (skills, languages, reach, grown) in enumerate(list(kinds)[:60]):
        volunteer(
            stage, f"众{count}", skills=[SKILLS[one] for one in skills], reach=reach,
            languages=[LANGUAGES[one] for one in languages], times=[TIMES[count % 4]], phone=f"136{count:08}",
            born_on=today - (30 if grown else 16) * YEAR, team=("", "zhangli-1", "zhangli-aid")[count % 3],
            station=("zhaozhuang", "wangzhuang", "zhangli", "shut", "wangzhuang", "zhangli", "zhangli")[count % 7],
        )  # fmt: skip
    for busy in (neighbourhood.alone, neighbourhood.members[0]):
        for _count in range(OPEN_MAX):
            api.assign_order(neighbourhood.centre, order_id=neighbourhood.order(), taker=number(busy.person_id))
    return neighbourhood


def test_nobody_is_matched_who_is_left_out_and_it_is_always_the_same(crowd: Neighbourhood) -> None:
    with seeing(SYSTEM.scope):
        everybody = list(Volunteer.objects.select_related("station").order_by("number"))
        teams = list(Team.objects.select_related("station"))
        members = {team.code: set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
                   for team in teams}  # fmt: skip
    here = [one for one in everybody if str(one.station.place_path).startswith(COUNTY)]
    busy = {number(one.person_id) for one in (crowd.alone, crowd.members[0])}

    @settings(max_examples=60)
    @given(told=NEEDS)
    def holds(told: dict[str, Any]) -> None:
        first, village, (lon, lat) = told.pop("first"), told.pop("village"), told.pop("place")
        again = tuple(f"volunteer:{one.number}" for one in everybody[first : first + 3])
        wanted = need(village=village, township=village.rpartition(".")[0], lon=lon, lat=lat, **told, asked=again)
        with seeing(SYSTEM.scope):
            found = match(wanted, limit=1000)
            assert found == match(wanted, limit=1000)
            for limit in (1, 3, 8):
                assert match(wanted, limit=limit) == Matching(found.found[:limit], found.left_out)
        reason = {one.person_id: why(one, wanted, one.station) for one in here}
        left = {
            f"volunteer:{one.number}": reason[one.person_id] or ("asked" if f"volunteer:{one.number}" in again else "")
            or ("busy" if f"volunteer:{one.number}" in busy else "")
            for one in here
        }  # fmt: skip
        able = {person for person, ground in reason.items() if not ground}
        own = {one.person_id for one in everybody if one.phone in wanted.asker_phones}
        for team in (one for one in teams if str(one.place_path).startswith(COUNTY)):
            left[f"team:{team.code}"] = (
                "own" if members[team.code] & own else "closed" if not (team.is_open and team.station.is_open)
                else "service" if wanted.service not in ("", team.service)
                else "" if members[team.code] & able else "nobody"
            )  # fmt: skip
        assert takers(found) == {taker for taker, ground in left.items() if not ground}
        counted = Counter((taker.partition(":")[0], ground) for taker, ground in left.items() if ground)
        assert found.left_out == counted
        for one in found.found:
            kind, _, code = one.taker.partition(":")
            assert one.grounds["able"] == (len(members[code] & able) if kind == "team" else 1)
        assert [one.score for one in found.found] == sorted((one.score for one in found.found), reverse=True)

    holds()
