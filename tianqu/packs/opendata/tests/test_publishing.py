"""The step that publishes a realm's bulletins: which are public, and which wait for their units."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.kernel.datasets.conftest import store
from tests.kernel.releases.test_releases import EN, ZH, Press, press
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.releases.api import releases_in_hand, sign_figures
from tianqu.packs.opendata.publishing import releases_of_year

__all__ = ["press", "store"]


def realm(folder: Path) -> DemoStage:
    """A realm with a bulletin that is published, and one that is left to be signed."""
    told = {"title": "外贸情况", "title_en": "Trade", "periods": ["2020"]}
    listed = [{"code": "2021-signed", **told}, {"code": "2021-waiting", "unsigned": True, **told}]
    told_of_office = {"unit": "city", "issuer": "新闻办", "issuer_en": "Press office"}
    (folder / "releases.yaml").write_text(yaml.safe_dump({**told_of_office, "releases": listed}), encoding="utf-8")
    (folder / "releases").mkdir()
    for each in listed:
        for language, text in (("zh", ZH), ("en", EN)):
            path = folder / "releases" / f"{each['code']}.{language}.txt"
            path.write_text(text.partition("\n\n")[2], encoding="utf-8")
    return DemoStage(folder, "P", 7, 0, 0, lambda _done, _total: None)


def test_an_unsigned_bulletin_waits_for_its_unit(press: Press, tmp_path: Path) -> None:
    stage, signer = realm(tmp_path), press.office.officer
    assert [releases_of_year(stage) for _again in range(2)] == [2, 0]
    standing = {each.release.code: each.standing for each in releases_in_hand(signer)}
    assert standing == {"2021-signed": "public", "2021-waiting": "signing"}
    (waiting,) = releases_in_hand(signer, standing="signing")
    (asked,) = waiting.missing
    sign_figures(signer, release_id=waiting.release.id, unit_id=asked.unit_id, expected_revision=1)
    assert releases_in_hand(signer, standing="signing") == []
