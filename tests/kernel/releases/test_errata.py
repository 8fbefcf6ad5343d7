"""A release that quotes what prints otherwise now is told to its press office, once, and to nobody before its time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.kernel.figures.test_figures import TEXT, YEARS, compute
from tests.kernel.releases.test_releases import EN, ZH, Press, press
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.notices.api import Notice
from tianqu.kernel.releases import api

__all__ = ["press"]


def publish_rows(press: Press, last: str) -> None:
    """Another version of the rows of trade, which the figures follow by themselves."""
    dataset = datasets.dataset_called(press.office.officer, "trade.by_county")
    path = press.office.file(TEXT.replace("80\n", f"{last}\n"))
    datasets.load_version(press.office.officer, dataset_id=dataset.id, path=path, schema=YEARS)
    figures.follow_versions()


def notices() -> list[tuple[object, str]]:
    with seeing(SYSTEM.scope):
        found = Notice.objects.filter(code="release_erratum_due").order_by("queued_at")
        return [(each.unit_id, each.parameters["lines"]) for each in found]


def test_the_press_office_is_told_once_what_prints_otherwise(press: Press) -> None:
    edition = press.published()
    assert api.tell_errata() == 0
    publish_rows(press, "90")
    assert (api.tell_errata(), api.tell_errata()) == (1, 0)
    ((unit_id, lines),) = notices()
    assert unit_id == press.office.prefecture.units["city"].id
    assert lines.split("\n") == [
        "trade.total: 230.3元 → 240.3元 (230.3 yuan → 240.3 yuan)",
        "trade.total.change: 15.1% → 20.1% (15.1% → 20.1%)",
    ]
    release = press.known(edition.release_id)
    api.revise_release(press.writer, release_id=release.id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(release.id))
    api.publish_release(
        press.writer, release_id=release.id, expected_revision=2, erratum="一行数据更正", erratum_en="A row was wrong"
    )
    assert api.errata_due() == [] and api.tell_errata() == 0 and len(notices()) == 1


def test_what_prints_as_it_did_is_no_erratum(press: Press) -> None:
    press.published()
    publish_rows(press, "80.02")
    with seeing(SYSTEM.scope):
        assert figures.FigureValue.objects.filter(figure__code="trade.total").count() == 2
    assert api.tell_errata() == 0


def test_nobody_is_told_of_a_release_whose_time_has_not_come(press: Press) -> None:
    press.published(public_at=timezone.now() + timedelta(hours=1))
    publish_rows(press, "90")
    assert api.tell_errata() == 0 and notices() == []


def test_every_release_is_looked_at_however_many_there_are(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianqu.kernel.releases.errata.EDITIONS_AT_ONCE", 1)
    press.published()
    later = press.signed(code="2021-trade-2")
    api.publish_release(press.writer, release_id=later.id, expected_revision=1)
    publish_rows(press, "90")
    assert [one.edition.release.code for one in api.errata_due()] == ["2021-trade", "2021-trade-2"]


def test_an_edition_that_waits_for_its_embargo_is_held_against_nothing(press: Press) -> None:
    edition = press.published()
    dataset = datasets.dataset_called(press.office.officer, "trade.by_county")
    path = press.office.file(TEXT.replace("80\n", "90\n"))
    datasets.load_version(press.office.officer, dataset_id=dataset.id, path=path, schema=YEARS)
    end = timezone.now() + timedelta(hours=1)
    for code in ("trade.total", "trade.total.change"):
        compute(press.office, figures.figure_called(code), embargoed_until=end)
    release = press.known(edition.release_id)
    api.revise_release(press.writer, release_id=release.id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(release.id))
    api.publish_release(
        press.writer, release_id=release.id, expected_revision=2, erratum="一行数据更正", erratum_en="A row was wrong",
        public_at=end,
    )  # fmt: skip
    assert api.errata_due() == []
