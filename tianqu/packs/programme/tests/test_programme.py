"""The programme: declared by an office, and each target beside the figure that shows whether it is reached."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.kernel.releases.test_releases import Press
from tests.web.api.calling import ANYONE, caller
from tianqu.base.canonical import plain
from tianqu.base.errors import NotFound, NotPermitted
from tianqu.packs.programme.aims import acts
from tianqu.packs.programme.aims.acts import Measure, Sense, Task
from tianqu.packs.programme.tests.test_conferences import browser, page


def declared(press: Press, *, figure: str = "trade.total", target: str = "200", **more: Any) -> dict[str, Any]:
    unit_id = press.office.prefecture.units["c1.housing"].id
    measure = Measure("贸易额", "trade", unit_id, figure, Decimal(target), more.pop("sense", Sense.AT_LEAST))
    return {
        "domain": "open-economy", "position": 1, "unit_id": press.office.prefecture.units["city"].id,
        "name": "对外开放", "name_en": "Open economy", "tasks": [Task("外贸", "Trade", (measure,))], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("target", "sense", "said"),
    [
        ("200", Sense.AT_LEAST, "reached"), ("230.25", Sense.AT_LEAST, "reached"), ("231", Sense.AT_LEAST, "not yet"),
        ("230.25", Sense.AT_MOST, "reached"), ("230", Sense.AT_MOST, "not yet"),
    ],
)  # fmt: skip
def test_a_target_stands_beside_its_figure(press: Press, target: str, sense: Sense, said: str) -> None:
    """By the exact value (230.25), not by the printed one (230.3)."""
    acts.declare_domain(press.writer, **declared(press, target=target, sense=sense))
    seen = page(browser(), "/programme/")
    assert "230.3 yuan" in seen and "/figures/trade.total/" in seen and "德城区住建局" in seen
    assert (f">{said}<" in seen) and (">not yet<" in seen) != (">reached<" in seen)
    (told,) = ANYONE.read("/programme/domains")
    assert told["tasks"][0]["measures"][0]["reached"] is (said == "reached")


def test_what_is_not_computed_yet_is_said_so(press: Press) -> None:
    from tests.kernel.figures.test_figures import define

    define(press.office, code="trade.later")
    acts.declare_domain(press.writer, **declared(press, figure="trade.later"))
    assert "no figure yet" in page(browser(), "/programme/")
    assert ANYONE.read("/programme/domains")[0]["tasks"][0]["measures"][0]["reached"] is None


def test_it_is_declared_by_its_office_alone_and_again_without_harm(press: Press) -> None:
    assert "No programme is declared yet" in page(browser(), "/programme/")
    for _again in range(2):
        acts.declare_domain(press.writer, **declared(press))
    acts.declare_domain(press.writer, **declared(press, target="300"))
    assert ">not yet<" in page(browser(), "/programme/")
    with pytest.raises(NotPermitted):
        acts.declare_domain(press.office.officer, **declared(press))
    with pytest.raises(NotFound):
        acts.declare_domain(press.writer, **declared(press, figure="trade.none"))
    body = {name: plain(value) for name, value in declared(press).items()}
    assert caller(press.writer).done("/acts/programme.declare_domain", body) == {"result": None}
    assert ">reached<" in page(browser(), "/programme/")
