"""A release from its first draft to its second edition: what blocks it, who sees it when, and the same bytes again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.kernel.datasets.office import Office
from tests.kernel.datasets.office import build as build_office
from tests.kernel.figures.test_figures import BEFORE, TEXT, TOTAL, YEARS, compute, define
from tests.scenes import scene
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, seeing, set_scope
from tianqu.kernel.places.api import actor_of, can
from tianqu.kernel.releases import api

ZH = "# 外贸情况\n\n2020年，全县贸易额{{ figure trade.total }}，{{ figure trade.total change }}。\n"
EN = "# Trade\n\nIn 2020 trade came to {{ figure trade.total }}, {{ figure trade.total change }}.\n"


@dataclass(frozen=True)
class Press:
    """A press office of the prefecture, and a unit whose figures are quoted."""

    office: Office
    writer: Actor
    figure: figures.Figure

    def drafted(self, *, text: str = ZH, text_en: str = EN, code: str = "2021-trade") -> api.Release:
        unit = self.office.prefecture.units["city"].id
        release_id = api.draft_release(
            self.writer, code=code, unit_id=unit, issuer="新闻办", issuer_en="Press office", periods=["2020"]
        )
        api.revise_release(self.writer, release_id=release_id, text=text, text_en=text_en, expected_revision=0)
        return self.known(release_id)

    def known(self, release_id: Any) -> api.Release:
        set_scope(self.writer.scope)
        return api.Release.objects.get(id=release_id)

    def signed(self, **more: Any) -> api.Release:
        release = self.drafted(**more)
        return self.sign(release)

    def sign(self, release: api.Release) -> api.Release:
        api.ask_signatures(self.writer, release_id=release.id, expected_revision=release.revision)
        api.sign_figures(
            self.office.officer, release_id=release.id, unit_id=self.office.prefecture.units["c1.housing"].id,
            expected_revision=release.revision,
        )  # fmt: skip
        return self.known(release.id)

    def published(self, **more: Any) -> api.Edition:
        release = self.signed()
        return api.publish_release(self.writer, release_id=release.id, expected_revision=1, **more)


def build() -> Press:
    """Publish a dataset and its figures, and let somebody write."""
    office = build_office()
    office.published(TEXT, schema=YEARS)
    figure = define(office)
    compute(office, figure)
    growth = define(
        office, code="trade.total.change", formula={"growth": [TOTAL, BEFORE]}, counts="%", step="0.1"
    )  # fmt: skip
    compute(office, growth)
    writer = actor_of(office.prefecture.person("city", "press_officer", name="郑新闻"), channel="web")
    return Press(office, writer, figure)


@pytest.fixture
def press(db: None, store: Path, tmp_path: Path) -> Press:
    press = scene(build, files=store)
    return replace(press, office=replace(press.office, folder=tmp_path))


def correct_a_row(press: Press) -> None:
    dataset = datasets.dataset_called(press.office.officer, "trade.by_county")
    path = press.office.file(TEXT.replace("80\n", "90\n"))
    datasets.load_version(press.office.officer, dataset_id=dataset.id, path=path, schema=YEARS)
    for code in ("trade.total", "trade.total.change"):
        compute(press.office, figures.figure_called(code))


def test_a_release_prints_its_figures_and_comes_out_the_same_again(press: Press) -> None:
    edition = press.published()
    page = api.paper_of(edition, "zh.page")
    assert page is not None and "230.3元" in page.decode() and "增长15.1%" in page.decode()
    english = api.paper_of(edition, "en.page")
    assert english is not None and "230.3 yuan" in english.decode() and "up 15.1%" in english.decode()
    again = api.rerun_edition(edition)
    assert again.same and again.renderer and len(again.hashes) == 6


def test_a_rerun_after_a_correction_gives_the_old_bytes(press: Press) -> None:
    edition = press.published()
    correct_a_row(press)
    assert api.rerun_edition(edition).same


def test_an_erratum_lists_every_figure_that_prints_otherwise_and_keeps_the_old_bytes(press: Press) -> None:
    first = press.published()
    correct_a_row(press)
    release = press.known(first.release_id)
    with pytest.raises(Conflict):  # what was signed prints otherwise now
        api.publish_release(
            press.writer, release_id=release.id, expected_revision=1, erratum="更正", erratum_en="Corrected"
        )
    api.revise_release(press.writer, release_id=release.id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(release.id))
    with pytest.raises(InvalidInput) as refused:
        api.publish_release(press.writer, release_id=release.id, expected_revision=2)
    assert refused.value.field == "erratum"
    second = api.publish_release(
        press.writer, release_id=release.id, expected_revision=2, erratum="一行数据更正", erratum_en="A row was wrong"
    )
    assert second.changes == [
        {
            "figure": "trade.total", "was": {"zh": "230.3元", "en": "230.3 yuan"},
            "now": {"zh": "240.3元", "en": "240.3 yuan"},
        },
        {"figure": "trade.total.change", "was": {"zh": "15.1%", "en": "15.1%"}, "now": {"zh": "20.1%", "en": "20.1%"}},
    ]  # fmt: skip
    assert [each.number for each in api.public_editions(press.known(release.id))] == [2, 1]
    assert b"230.3" in (api.paper_of(first, "en.page") or b"")


@pytest.mark.parametrize(
    ("text", "text_en", "said"),
    [
        (ZH + "\n共有15家。\n", EN, "15"),
        (ZH.replace("trade.total ", "trade.none "), EN, "trade.none"),
        (ZH + "\n居全省首位。\n", EN, "首位"),
        (ZH, "# Trade\n\nTrade grew.\n", "trade.total"),
    ],
)
def test_a_text_with_faults_does_not_go_to_its_units(press: Press, text: str, text_en: str, said: str) -> None:
    release = press.drafted(text=text, text_en=text_en)
    proof = api.proof_read(press.writer, release, api.revision_of(release), now=timezone.now())
    assert not proof.sound
    assert any(said in finding.excerpt for finding in (*proof.findings, *proof.findings_en))
    with pytest.raises(api.ProseFaults):
        api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    assert api.signatures_of(release) == []


def test_nothing_is_published_unsigned_refused_or_signed_for_another_text(press: Press) -> None:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    unit = press.office.prefecture.units["c1.housing"].id

    def publish(revision: int) -> None:
        api.publish_release(press.writer, release_id=release.id, expected_revision=revision)

    with pytest.raises(Conflict):
        publish(1)
    told = api.sign_figures(
        press.office.officer, release_id=release.id, unit_id=unit, expected_revision=1, refused="口径不对"
    )
    assert told == "refused"
    with pytest.raises(Conflict):
        publish(1)
    api.revise_release(press.writer, release_id=release.id, text=ZH, text_en=EN, expected_revision=1)
    with pytest.raises(Conflict):
        publish(2)
    assert api.public_releases(ANYBODY) == []


def test_only_the_unit_signs_its_figures_and_once(press: Press) -> None:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    unit, other = (press.office.prefecture.units[code].id for code in ("c1.housing", "c2.housing"))
    for actor, unit_id in ((press.office.other, unit), (press.writer, unit), (ANYBODY, unit)):
        with pytest.raises((NotPermitted, NotFound)):
            api.sign_figures(actor, release_id=release.id, unit_id=unit_id, expected_revision=1)
    with pytest.raises(NotFound):
        api.sign_figures(press.office.other, release_id=release.id, unit_id=other, expected_revision=1)
    api.sign_figures(press.office.officer, release_id=release.id, unit_id=unit, expected_revision=1)
    with pytest.raises(Conflict):
        api.sign_figures(press.office.officer, release_id=release.id, unit_id=unit, expected_revision=1)


def test_the_office_that_writes_signs_for_no_part_of_it(press: Press) -> None:
    release = press.drafted()
    api.ask_signatures(press.writer, release_id=release.id, expected_revision=1)
    set_scope(press.writer.scope)
    (signature,) = api.signatures_of(release)
    above_all = replace(SYSTEM, unit_id=press.writer.unit_id)
    assert can(above_all, "releases.sign", signature) and api.may_sign(SYSTEM, release, signature)
    assert not api.may_sign(above_all, release, signature)
    with pytest.raises(NotPermitted, match="does not sign for others"):
        api.sign_figures(above_all, release_id=release.id, unit_id=signature.unit_id, expected_revision=1)


def test_two_officers_on_one_text(press: Press) -> None:
    release = press.drafted()
    with pytest.raises(Conflict) as refused:
        api.revise_release(press.writer, release_id=release.id, text="# 另", text_en="# Other", expected_revision=0)
    assert refused.value.field == "expected_revision"
    assert api.revision_of(press.known(release.id)).text == ZH


def test_before_its_time_a_release_is_not_there(press: Press) -> None:
    edition = press.published(public_at=timezone.now() + timedelta(hours=1))
    for actor in (ANYBODY, press.office.other):
        assert api.public_releases(actor) == []
        with pytest.raises(NotFound):
            api.public_release(actor, "2021-trade")
        assert not api.Edition.objects.filter(id=edition.id).exists()
        assert api.paper_of(edition, "zh.pdf") is None
    api.read_early(press.writer, release_id=edition.release_id)


def test_others_write_nothing(press: Press) -> None:
    unit = press.office.prefecture.units["city"].id
    for actor in (press.office.officer, press.office.other, ANYBODY):
        with pytest.raises(NotPermitted):
            api.draft_release(actor, code="2021-x", unit_id=unit, issuer="x", issuer_en="x", periods=[])
    release = press.drafted()
    with pytest.raises((NotPermitted, NotFound)):
        api.revise_release(
            press.office.other, release_id=release.id, text="# x", text_en="# x", expected_revision=1
        )  # fmt: skip


def test_an_embargoed_figure_is_published_with_its_embargo_and_not_before(press: Press) -> None:
    """Whoever writes sees it before everybody does; nobody else sees it through what they write."""
    end = timezone.now() + timedelta(days=1)
    late = define(press.office, code="trade.late", formula=TOTAL)
    compute(press.office, late, embargoed_until=end)
    text = "# 外贸\n\n贸易额{{ figure trade.late }}。\n"
    release = press.signed(text=text, text_en="# Trade\n\nTrade came to {{ figure trade.late }}.\n", code="2021-late")
    with pytest.raises(api.ProseFaults) as refused:
        api.publish_release(press.writer, release_id=release.id, expected_revision=1)
    assert refused.value.findings[0].kind is api.Kind.EMBARGOED_FIGURE
    assert api.newest_edition(release) is None
    edition = api.publish_release(press.writer, release_id=release.id, expected_revision=1, public_at=end)
    assert api.rerun_edition(edition).same


def test_another_edition_is_not_there_before_its_time(press: Press) -> None:
    first = press.published()
    correct_a_row(press)
    api.revise_release(press.writer, release_id=first.release_id, text=ZH, text_en=EN, expected_revision=1)
    press.sign(press.known(first.release_id))
    api.publish_release(
        press.writer, release_id=first.release_id, expected_revision=2, erratum="更正", erratum_en="Corrected",
        public_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    (listed,) = api.public_releases(ANYBODY)
    assert (listed.edition, listed.corrected_at) == (1, first.public_at)
    assert [each.number for each in api.public_editions(listed.release)] == [1]
    assert api.edition_numbered(listed.release).number == 1


def test_a_figure_that_is_renamed_changes_no_edition(press: Press) -> None:
    edition = press.published()
    define(press.office, name="进出口", name_en="Imports and exports")
    assert api.rerun_edition(edition).same


def test_releases_of_one_moment_are_all_listed_page_by_page(press: Press) -> None:
    moment = timezone.now()
    for number in range(3):
        release = press.signed(code=f"2021-trade-{number}")
        api.publish_release(press.writer, release_id=release.id, expected_revision=1, public_at=moment)
    seen, after = [], ""
    while page := api.public_releases(ANYBODY, after=after, limit=1):
        seen.append(page[0].release.code)
        after = page[0].mark
    assert sorted(seen) == [f"2021-trade-{number}" for number in range(3)]


def test_what_is_written_and_signed_is_behind_the_walls_of_the_database(press: Press) -> None:
    """Also from whoever asks the database and not the room: a correction's text, and figures that are to be signed."""
    first = press.published()
    api.revise_release(press.writer, release_id=first.release_id, text=ZH, text_en=EN, expected_revision=1)
    api.ask_signatures(press.writer, release_id=first.release_id, expected_revision=2)

    def seen(actor: Actor) -> tuple[list[int], list[int]]:
        with seeing(actor.scope):
            texts = api.Revision.objects.filter(release_id=first.release_id).order_by("number")
            signatures = api.Signature.objects.filter(release_id=first.release_id).order_by("revision")
            return list(texts.values_list("number", flat=True)), list(signatures.values_list("revision", flat=True))

    for actor in (ANYBODY, press.office.other):
        assert seen(actor) == ([1], [])
    for actor in (press.writer, press.office.officer):
        assert seen(actor) == ([1, 2], [1, 2])


def test_asking_again_for_what_is_published_leaves_it_published(press: Press) -> None:
    edition = press.published()
    api.ask_signatures(press.writer, release_id=edition.release_id, expected_revision=1)
    assert press.known(edition.release_id).state == "edition"
