"""What packs declare as datasets is checked before anything starts, and told from what their acts really record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.kernel.datasets.happening import COLUMNS, place_all
from tests.kernel.datasets.office import Office
from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import ANYBODY
from tianqu.kernel.pack.api import PackFaults, check_packs
from tianqu.packs.hotline.datasets import REQUESTS, counted_row
from tianqu.packs.opendata.pack import PACK
from tianqu.packs.village.datasets import CONTRACTS, contract_row

SOUND = PACK.datasets[0]
KEY = ("subject",)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (replace(SOUND, domain="astrology"), "names the domain 'astrology'"),
        (replace(SOUND, unit=""), "names no kind of office"),
        (replace(SOUND, licence="WTFPL"), "names the licence 'WTFPL'"),
        (replace(SOUND, schema=api.Schema(COLUMNS[1:], ())), "needs an open text column called subject"),
        (
            replace(SOUND, schema=api.Schema((COLUMNS[0], api.Column("state", "text")), KEY)),
            "does not say at which path of the after-image its column state stands",
        ),
        (
            replace(SOUND, schema=api.Schema((COLUMNS[0], replace(COLUMNS[-1], closed=False)), KEY)),
            "would open its column name, which tells of persons",
        ),
        (replace(SOUND, access="cells"), "names 1 to 4 columns over which its cells are told"),
        (replace(SOUND, access="cells", cells=("colour",)), "tells cells over colour"),
    ],
)
def test_a_fault_is_a_sentence(declared: api.DatasetDeclaration, said: str) -> None:
    with pytest.raises(PackFaults) as refused:
        check_packs([replace(PACK, datasets=(declared,))])
    assert any(said in fault for fault in refused.value.faults), refused.value.faults


def test_places_and_offices_come_from_the_journal(office: Office) -> None:
    api.describe_declared()
    place_all()
    for code, kind in (("places.units", office.prefecture.units), ("places.places", office.prefecture.places)):
        api.materialise(code)
        dataset = api.dataset_called(ANYBODY, code)
        opened = api.open_version(ANYBODY, dataset)
        page = api.rows_page(opened, api.Question(columns=("code", "name"), limit=100))
        assert len(page.rows) == dataset.rows == len(kind)
        assert {name for _code, name in page.rows} == {each.name for each in kind.values()}


def test_a_request_tells_neither_words_nor_persons() -> None:
    told = counted_row(
        {
            "code": "A1", "title": "邻居吵", "description": "张三", "place_path": "p.c.t.v", "family": "resident",
            "done_at": "2026-01-05T00:00:00+00:00", "due_done_at": "2026-01-04T00:00:00+00:00", "unit_id": "u",
        }
    )  # fmt: skip
    assert told["late"] is True and told["township"] == "p.c.t" and told["elsewhere"] is False
    assert not {"title", "description", "address", "form"} & set(told)
    assert not {"place", "title", "description"} & set(REQUESTS.schema.open.names)
    assert counted_row({"family": "village_finding"})["elsewhere"] is True


def test_a_contract_keeps_its_parties_closed() -> None:
    row = contract_row({"terms": {"area_mu_4": 12_5000, "rent_year_fen": 100_050, "lessee": "张三"}, "state": "ended"})
    assert (row["area_mu"], row["rent_year"], row["instalments"]) == ("12.5", "1000.5", 0)
    assert not {"lessee", "lessor", "number"} & set(CONTRACTS.schema.open.names)
