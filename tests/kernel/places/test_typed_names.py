"""What somebody typed is a place: by its code, by a name that fits only one, within their own reach first."""

from __future__ import annotations

import pytest

from tests.kernel.places.prefecture import Prefecture
from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.places.api import actor_of, place_typed


@pytest.mark.parametrize("typed", ["P102001", "王庄村委会", "王庄", " Wangzhuang ", "wangzhuang", "王庄村委会 P102001"])
def test_a_code_and_a_name_that_fits_one_mean_a_place(prefecture: Prefecture, typed: str) -> None:
    assert place_typed(typed).code == "P102001"


def test_several_of_one_name_are_told_with_what_they_lie_in_and_their_codes(prefecture: Prefecture) -> None:
    with pytest.raises(InvalidInput) as refused:
        place_typed("庄村委会", field="village")
    assert refused.value.field == "village"
    for part in ("新华街道王庄村委会 (P102001)", "宁津镇赵庄村委会 (P201001)"):
        assert part in str(refused.value.parameters["names"])
    assert "Wangzhuang, Xinhua" in str(refused.value.parameters["names_en"])


@pytest.mark.parametrize("typed", ["", "\0", "没有这个村", "王庄坊", "村" * 200])
def test_what_is_none_or_only_alike_is_refused(prefecture: Prefecture, typed: str) -> None:
    with pytest.raises(NotFound):
        place_typed(typed)


def test_the_kind_narrows_what_a_name_means(prefecture: Prefecture) -> None:
    assert place_typed("宁津", kind="county").code == "P2"
    with pytest.raises(NotFound):
        place_typed("宁津", kind="village")


def test_a_name_means_what_lies_within_reach_first(prefecture: Prefecture) -> None:
    clerk = actor_of(prefecture.person("t102", "test_head"), channel="web")
    assert place_typed("庄村委会", actor=clerk).code == "P102001"
    assert place_typed("赵庄", actor=clerk).code == "P201001"
    with pytest.raises(NotFound, match="within your reach"):
        place_typed("赵庄", actor=clerk, beyond=False)
