"""Answer templates: whose they are, and who may change them."""

from __future__ import annotations

import pytest

from tests.orders.hotline import Hotline
from tianqu.base.errors import NotFound, NotPermitted
from tianqu.kernel.orders import api


def test_a_unit_keeps_its_own_words_and_shares_those_of_all(hotline: Hotline) -> None:
    keeper = hotline.post("c1.housing", "unit_head")
    mine = api.save_template(
        keeper, title="路灯", text="已派人更换灯具。", item_code="road.lamp", unit_id=hotline.unit_id
    )
    office = hotline.post("city.centre", "administrator")
    shared = api.save_template(office, title="感谢", text="感谢您的来电。")
    assert [each.id for each in api.answer_templates(hotline.clerk, item_code="road.lamp")] == [mine, shared]
    assert [each.id for each in api.answer_templates(hotline.clerk, item_code="water.none")] == [shared]
    assert [each.id for each in api.answer_templates(hotline.stranger)] == [shared]
    with pytest.raises(NotPermitted):
        api.save_template(keeper, title="统一", text="统一答复。")
    with pytest.raises(NotPermitted):
        api.save_template(keeper, template_id=shared, title="改", text="改。", unit_id=hotline.unit_id)
    api.retire_template(keeper, template_id=mine)
    assert [each.id for each in api.answer_templates(hotline.clerk)] == [shared]
    with pytest.raises(NotFound):
        api.retire_template(keeper, template_id=mine)
