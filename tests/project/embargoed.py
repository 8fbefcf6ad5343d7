"""What is prepared out of sight: a release with its signatures, another edition, values, and data that is not open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import connection
from django.utils import timezone

from tests.kernel.releases.test_releases import EN, ZH, Press
from tests.orders.hotline import CALENDAR
from tests.project.reported_rows import REALM
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.datasets import api as datasets
from tianqu.kernel.figures import api as figures
from tianqu.kernel.journal.api import SYSTEM, place_entries, seeing
from tianqu.kernel.orders import api as orders
from tianqu.kernel.releases import api as releases
from tianqu.packs.opendata.acts import Fed, declare_system
from tianqu.packs.programme import acts
from tianqu.packs.programme.acts import SpeakerPost
from tianqu.packs.programme.mailing.working import mail_editions

OLD, NEW = "2020-known", "2021-marked"  # a release that everybody knows, and one before its time
TITLES = ("玄鸟情况", "Blackbird")
SECRET = "blackbird.rows"  # a dataset that is not open
FIGURE = "trade.blackbird"  # a figure that is defined and has no public value
ROWS = "county,kind\n德城区,玄鸟\n陵城区,玄鸟\n"
SCHEMA = datasets.Schema((datasets.Column("county", "text", "县市区"), datasets.Column("kind", "text", "玄鸟类别")))
MARKS = (NEW, *TITLES, SECRET, "玄鸟", "blackbird", "Blackbird")
RELATIONS = {
    "figures": [{"id": "trade.total", "unit": "CNY"}, {"id": "trade.least", "unit": "CNY", "printed": "220元"}],
    "relations": [{"at_most": {"figure": "trade.least", "limit": "trade.total"}, "across": ["as_of"]}],
}
_LATER = timedelta(days=1)  # longer than any walk, also where one scene serves many of them


@dataclass(frozen=True)
class Stage:
    """A press office with a public release, a conference to come, and a figure without a value."""

    press: Press
    part: str  # the SHA-256 of the rows that are not open, which lie in the store
    until: datetime | None  # when what is made is public; None for at once

    def made(self, what: str) -> None:
        """Make one thing out of sight, and let the worker do all that it does."""
        THINGS[what](self)
        work()


def work() -> None:
    """Do what the worker does with releases and figures."""
    mail_editions(timezone.now())
    figures.follow_versions()
    figures.check_now()
    releases.tell_errata()
    if not connection.in_atomic_block:  # nothing of a transaction that is open gets a place in the log
        place_entries()


def build(press: Press) -> Stage:
    """What everybody knows before."""
    orders.publish_calendar(SYSTEM, content=CALENDAR)
    items = REALM / "items" / "releases.yaml"
    orders.publish_items(SYSTEM, definitions=orders.items_in(items.read_bytes(), name=items.name))
    figures.define_figure(SYSTEM, definition=figures.read_definition({
        "code": FIGURE, "domain": "open-economy", "name": "某数", "name_en": "Something", "unit": "c1.housing",
        "formula": {"constant": "1"}, "periods": ["2020"],
    }))  # fmt: skip
    known = press.sign(press.drafted(code=OLD))
    releases.publish_release(press.writer, release_id=known.id, expected_revision=1)
    with seeing(SYSTEM.scope):
        unit_id = press.office.prefecture.units["c1.housing"].id
    acts.plan_conference(
        press.writer, conference_id=new_identifier(), unit_id=press.office.prefecture.units["city"].id,
        code="2021-conference", domain="open-economy", title="发布会", title_en="A conference", venue="厅",
        venue_en="Hall", starts_at=timezone.now() + timedelta(days=3), speakers=[SpeakerPost(unit_id, "长", "Head")],
        release_code=NEW,
    )  # fmt: skip
    run_system(press)
    figures.relate_figures(SYSTEM, relations=figures.read_relations(RELATIONS))
    taken = datasets.ingest(press.office.file(ROWS, name="blackbird.csv"), "csv", SCHEMA)
    work()  # or what it does for the first time would be taken for what it does about what is prepared
    return Stage(press, taken.parts[0].sha256, timezone.now() + _LATER)


def run_system(press: Press, *feeds: str) -> None:
    """An information system that feeds a dataset of everybody, and what is said beside."""
    declare_system(
        SYSTEM, system="known", unit_id=press.office.prefecture.units["c1.housing"].id, name="某系统",
        name_en="A system", since=date(2020, 1, 1), domains=["industry"],
        datasets=[Fed(code) for code in ("trade.by_county", *feeds)],
    )  # fmt: skip


def _release(stage: Stage) -> None:
    press = stage.press
    text, text_en = ZH.replace("外贸情况", TITLES[0]), EN.replace("# Trade", f"# {TITLES[1]}")
    release = press.sign(press.drafted(text=text, text_en=text_en, code=NEW))
    with seeing(press.writer.scope):
        releases.read_early(press.writer, release_id=release.id)
    releases.publish_release(press.writer, release_id=release.id, expected_revision=1, public_at=stage.until)


def _draft(stage: Stage) -> None:
    """A text that units are asked to sign, and that is not published yet: its order runs."""
    press = stage.press
    text, text_en = ZH.replace("外贸情况", TITLES[0]), EN.replace("# Trade", f"# {TITLES[1]}")
    release = press.drafted(text=text, text_en=text_en, code=NEW)
    releases.ask_signatures(press.writer, release_id=release.id, expected_revision=1)


def _edition(stage: Stage) -> None:
    """Another edition of what is known, before its time."""
    press = stage.press
    with seeing(press.writer.scope):
        known = releases.Release.objects.get(code=OLD)
    text, text_en = ZH.replace("外贸情况", TITLES[0]), EN.replace("# Trade", f"# {TITLES[1]}")
    releases.revise_release(
        press.writer, release_id=known.id, text=text, text_en=text_en, expected_revision=1
    )  # fmt: skip
    press.sign(press.known(known.id))
    releases.publish_release(
        press.writer, release_id=known.id, expected_revision=2, public_at=stage.until,
        erratum="玄鸟", erratum_en="Blackbird",
    )  # fmt: skip


def _value(stage: Stage) -> None:
    """A value of a year more, a corrected one that breaks a relation, and the first of a figure that has none."""
    for code, period in (("trade.total", "2021"), ("trade.total", "2020"), (FIGURE, "2020")):
        figure = figures.figure_called(code)
        computed = figures.compute(figures.definition_of(figure), "2019" if code != FIGURE else "2020")
        figures.record_value(
            SYSTEM, figure_id=figure.id, period=period, computed=computed,
            embargoed_until=stage.until,
        )  # fmt: skip


def _dataset(stage: Stage, *, access: str = "closed") -> None:
    """Rows that only an office reads, and a file that waits to be published."""
    office = stage.press.office
    dataset = datasets.describe_dataset(
        office.officer,
        description=office.described(code=SECRET, title="玄鸟", title_en="Blackbird", access=access),
    )
    path = office.file(ROWS, name="blackbird.csv")
    datasets.load_version(office.officer, dataset_id=dataset.id, path=path, schema=SCHEMA)
    run_system(stage.press, SECRET)
    datasets.upload_file(office.officer, dataset_id=dataset.id, file=BytesIO(ROWS.encode()), name="玄鸟.csv")


def _shared(stage: Stage) -> None:
    _dataset(stage, access="shared")


def _upload(stage: Stage) -> None:
    """A file that waits to become a version of an open dataset."""
    office = stage.press.office
    dataset = datasets.dataset_called(office.officer, "trade.by_county")
    datasets.upload_file(office.officer, dataset_id=dataset.id, file=BytesIO(ROWS.encode()), name="玄鸟.csv")


THINGS: dict[str, Callable[[Stage], Any]] = {
    "a release": _release, "a text that is being signed": _draft, "another edition": _edition, "values": _value,
    "closed data": _dataset, "shared data": _shared, "an upload": _upload,
}  # fmt: skip
