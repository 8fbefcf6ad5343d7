"""What the document says of values that packs choose from is what the packs themselves say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tianqu.packs.practice.models import SERVICES as PACKS_SERVICES
from tianqu.packs.practice.profiles.acts import LANGUAGES, REACHES, SKILLS, TIMES
from tianqu.packs.programme.acts import CODE
from tianqu.packs.village.measuring.endpoints import WalkedCornerBody
from tianqu.web.api.choices import CHOICES, PROFILE, SERVICES, TIME_OF_DAY
from tianqu.web.api.dataset_acts import DescriptionBody


def test_what_volunteers_and_teams_choose_from() -> None:
    assert SERVICES == PACKS_SERVICES
    assert {"skills": SKILLS, "languages": LANGUAGES, "times": TIMES, "reach": REACHES} == PROFILE


@pytest.mark.parametrize("code", ["", "ab", "abc", "2021-02-trade", "-abc", "Abc", "a" * 80, "a" * 81])
def test_codes_of_the_programme(code: str) -> None:
    assert taken("programme.declare_domain.domain", code) is bool(CODE.match(code))


@pytest.mark.parametrize("typed", ["19:00", "9:05", "00:00", "23:59", "24:00", "19:60", "19", "19:00:00", " 19:00"])
def test_times_of_day(typed: str) -> None:
    try:
        known = bool(datetime.strptime(typed, "%H:%M"))
    except ValueError:
        known = False
    assert taken("rosters.add_shifts.starts", typed) is known
    assert CHOICES["rosters.add_shifts.ends"] is TIME_OF_DAY


def test_a_measures_target_is_a_number() -> None:
    target = TypeAdapter(CHOICES["Measure.target"])
    assert target.validate_python("12.50") == Decimal("12.50")
    assert target.json_schema()["type"] == "number"
    for wrong in ("NaN", "1e400", 10**16, "."):
        assert not taken("Measure.target", wrong)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    described = {"title": "甲", "title_en": "A", "domain": "culture", "unit": "c1.culture"}
    assert DescriptionBody.model_validate(described | {"cell_least": 10.0}).cell_least == 10
    with pytest.raises(ValidationError):
        DescriptionBody.model_validate(described | {"cell_least": 10.5})
    assert WalkedCornerBody.model_validate({"lon_7": 2.0, "lat_7": 3}).lon_7 == 2
    with pytest.raises(ValidationError):
        WalkedCornerBody.model_validate({"lon_7": 2.5, "lat_7": 3})


def taken(of: str, value: Any) -> bool:
    try:
        TypeAdapter(CHOICES[of]).validate_python(value)
    except ValidationError:
        return False
    return True
