"""The stage of culture with positions on the map and a second troupe, laid anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.kernel.places.prefecture import PLACES, table
from tests.scenes import scene
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places.api import create_unit, load_places
from tianqu.packs.culture.declaring.acts import Priced, declare_contract, declare_troupe
from tianqu.packs.culture.tests.conftest import forget
from tianqu.packs.culture.tests.stage import DAY, Stage
from tianqu.packs.culture.tests.stage import build as build_culture

POSITIONS = {
    "P1": ("116.300", "37.450"), "P101": ("116.310", "37.440"), "P101009": ("116.330", "37.430"),
    "P102001": ("116.345", "37.425"),
}  # fmt: skip


def build() -> Stage:
    """Lay the stage by acts."""
    stage = build_culture()
    columns = ("code", "name", "name_en", "kind", "parent", "valid_from", "valid_to")
    rows = [row | dict(zip(("lon", "lat"), POSITIONS[row["code"]], strict=True))
            for row in table(PLACES, *columns) if row["code"] in POSITIONS]  # fmt: skip
    report = load_places(SYSTEM, rows=rows, update=True)
    assert not report.refusals, [str(refusal.error) for refusal in report.refusals]
    unit_id = create_unit(
        SYSTEM, code="c1.luyun", name="鲁韵剧团", kind="art_troupe", place_id=stage.prefecture.places["P101"].id
    )
    declare_troupe(
        stage.officer, unit_id=stage.unit_id, troupe="luyun", troupe_unit_id=unit_id, name="鲁韵团", name_en="Luyun",
    )  # fmt: skip
    today = timezone.localdate()
    declare_contract(
        stage.officer, number="3号", troupe="luyun", starts_on=today - 60 * DAY, ends_on=today + 60 * DAY,
        rating_floor=350, raters_least=2, offers=[Priced("opera", 250_000)],
    )  # fmt: skip
    return stage


@pytest.fixture
def stage(db: None, settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """Two troupes, two villages that lie near each other."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    forget()
    yield scene(build)
    forget()
