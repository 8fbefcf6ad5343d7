"""Nothing is told before its time: every public address answers, byte by byte, as if what is prepared were not there.

Every address of the installation is filled with the codes of what is prepared, and asked before and after it is, with
its searches. The one thing that may differ is the log, which grows with every act: what it grows by names nothing.

Which test shows which door:

* pages, API, search, counts, catalogues, file names and headers: ``test_every_door_answers_as_if_it_were_not_there``,
  by account ``test_people_with_accounts_who_read_nothing_early_are_told_the_same``; what is sent there, and every act,
  ``test_embargo_acts``; what is written elsewhere, ``test_embargo_writing``;
* caches: the same, which compare each header, and ``test_what_was_seen_before_is_not_told_to_be_the_same``;
* timing: of jobs ``test_the_worker_does_nothing_about_it_before_its_time``, of answers the count of queries that all of
  ``test_embargo_acts`` compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from tests.kernel.datasets.conftest import office, store
from tests.kernel.releases.test_releases import press
from tests.project.crawling import PARAMETER, SEARCHES, Visitor, inputs_of, patterns
from tests.project.embargoed import FIGURE, MARKS, NEW, OLD, SECRET, THINGS, TITLES, Stage, build, work
from tests.project.outsiders import OUTSIDERS, outsider
from tianqu.base.identifiers import new_identifier
from tianqu.gateways.ckan.actions import ACTIONS
from tianqu.gateways.ckan.packages import figure_name, name_of
from tianqu.kernel.figures.models import FigureValue
from tianqu.kernel.journal.api import SYSTEM, place_entries, published_entries, seeing
from tianqu.kernel.orders.api import forget_catalogue
from tianqu.kernel.orders.models import Order
from tianqu.kernel.places import permissions
from tianqu.kernel.releases.models import Edition, Release
from tianqu.packs.programme.tests.test_mail import delivered, subscribed
from tianqu.web import middleware

__all__ = ["office", "press", "store"]
pytestmark = pytest.mark.django_db(transaction=True)  # the log takes in only what is committed
LOG = re.compile(r"/(?:log|proof|api/v1/journal)(?:/|$)")  # the log, whose entries are looked at by themselves
DRAWN = re.compile(
    r"(name=\"(?:sent_id|certificate_id|client_id|plan_id|order_id|call|seed)\"[^>]* value=\")[0-9a-f-]{16,36}(?=\")"
)
CODES = (NEW, OLD, SECRET, FIGURE, "trade.total", "trade.by_county", "2021-conference")
VALUES: dict[str, tuple[str, ...]] = {
    "code": CODES, "slug": (NEW, OLD, "city", "P1"), "number": ("1", "2"), "period": ("2021", "2020"),
    "file": ("zh.pdf", "en.docx", "zh.page"), "form": ("json", "csv", "jsonl", "parquet"), "int": ("1", "2"),
    "row": ("0",), "str": (NEW, OLD), "item": ("releases.signature",), "index": ("0",),
    "asked": ("data/FIGURES", f"data/FIGURES/.{FIGURE.replace('.', '-')}.", "dataflow/all", "codelist/all",
              "availableconstraint/FIGURES"),
    "name": (*ACTIONS, FIGURE, SECRET),
}  # fmt: skip
PACKAGES = tuple(map(name_of, (SECRET, "trade.by_county"))) + tuple(map(figure_name, (FIGURE, "trade.total")))
ASKED = (
    *(f"/ckan/api/3/action/package_show?id={name}" for name in PACKAGES),
    *(f"/ckan/api/3/action/resource_show?id={name}.csv" for name in PACKAGES),
    *(f"/ckan/api/3/action/datastore_info?id={name}.csv" for name in PACKAGES),
    *(f"/ckan/api/3/action/datastore_search?resource_id={name}.csv" for name in PACKAGES),
    *(f"/ckan/api/3/action/{action}_show?id={name}" for action, name in (
        ("organization", "c1-housing"), ("group", "figures"), ("group", "open-economy"), ("tag", "玄鸟"))),
    *(f"/ckan/api/3/action/package_search?q={words}" for words in ("blackbird", quote("玄鸟"), "trade")),
    "/ckan/api/3/action/organization_list?all_fields=true", "/ckan/api/3/action/group_list?all_fields=true",
    "/ckan/api/3/action/package_search?facet.field=[%22organization%22,%22groups%22,%22tags%22]",
    "/api/v1/datasets?facets=true", "/api/v1/datasets?sort=rows", "/data/?sort=rows", "/data/?access=closed",
    "/data/?access=shared", "/data/?office=c1.housing", f"/figures/{FIGURE}/?period=2020&number=1",
    "/figures/trade.total/?period=2021", "/figures/trade.total/?period=2020&number=2", "/figures/?domain=open-economy",
    "/sdmx/2.1/data/FIGURES?startPeriod=2020", "/releases/?after=2100-01-01T00:00:00%2B00:00|" + "0" * 32,
    "/programme/?year=2021", "/conferences/?year=2021", "/api/v1/orders?limit=100", "/open311/v2/requests.json",
    "/opendata/systems/known/", "/api/v1/opendata/systems/known", "/opendata/systems/?domains=industry",
    "/nowhere", "/robots.txt", "/sitemap.xml", "/favicon.ico",
)  # fmt: skip

TELLING = {  # the doors at which something is told once it is public
    "a release": (
        "/releases/", "/releases/feed.atom", f"/releases/{NEW}/", f"/releases/{NEW}/1/", f"/releases/{NEW}/1/zh.pdf",
        "/api/v1/releases", f"/api/v1/releases/{NEW}", "/conferences/2021-conference/",
        "/api/v1/programme/conferences/2021-conference",
    ),
    "values": (
        "/figures/", "/figures/feed.atom", "/figures/trade.total/", f"/figures/{FIGURE}/", "/figures/check",
        "/figures/check.json", "/api/v1/figures", f"/api/v1/figures/{FIGURE}", "/api/v1/figures/trade.total/series",
        "/json-stat/figures.json", "/json-stat/figures/trade.total.json", f"/json-stat/figures/{FIGURE}.json",
        "/sdmx/2.1/data/FIGURES", "/sdmx/2.1/codelist/all", "/dcat/catalog.jsonld", f"/dcat/figures/{FIGURE}.jsonld",
        "/dcat/figures/trade.total/file.json", "/ckan/api/3/action/package_list", "/ckan/api/3/action/package_search",
        *(f"/ckan/api/3/action/package_show?id={figure_name(code)}" for code in (FIGURE, "trade.total")),
        f"/ckan/api/3/action/datastore_search?resource_id={figure_name(FIGURE)}.csv",
    ),
}  # fmt: skip


@pytest.fixture
def stage(press: Any, own_log: Path) -> Iterator[Stage]:
    forget_catalogue()
    yield build(press)
    forget_catalogue()


def filled(stage: Stage) -> Iterator[str]:
    """Each address, with each of its parameters taking each of its values, the others their first ones."""
    choices_of = {**VALUES, "digest": (stage.part,), "sha256": (stage.part,), "uuid": (str(_UUID),)}
    seen: set[str] = set()
    for pattern in patterns():
        if pattern.startswith("^") or "(?P" in pattern:
            continue
        found = list(PARAMETER.finditer(pattern))
        choices = [choices_of.get(match["name"]) or choices_of.get(match["kind"] or "str", CODES) for match in found]
        for place, options in enumerate(choices or [("",)]):
            for option in options:
                chosen = [option if each == place else choices[each][0] for each in range(len(found))]
                values = iter(chosen)
                address = "/" + PARAMETER.sub(lambda _match, values=values: next(values), pattern)
                if address not in seen:
                    seen.add(address)
                    yield address


_UUID = new_identifier()


class Stranger(Visitor):
    """Somebody who is nobody, and asks each time from another address, so that no limit of calls stands between."""

    def __init__(self, language: str = "zh-hans") -> None:
        super().__init__("stranger", Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language))
        self._asked = count(1)

    def get(self, address: str, **query: str) -> Any:
        return self.client.get(address, query, REMOTE_ADDR=str(IPv4Address("10.0.0.0") + next(self._asked)))


def answers(addresses: list[str]) -> dict[str, str]:
    """What a stranger is told at each address, and by each search of what is prepared.

    What is told in Chinese is asked in English too.
    """
    english = Stranger("en")
    told = told_to(Stranger(), addresses)
    pages = [address for address in dict.fromkeys(addresses) if told[address].startswith("200")]
    return told | {f"{address} in English": plain(english.text(address)) for address in pages}


def told_to(visitor: Visitor, addresses: list[str]) -> dict[str, str]:
    """What somebody is told at each address, and by each search of what is prepared."""
    told: dict[str, str] = {}
    for address in dict.fromkeys(addresses):
        page = visitor.text(address)
        told[address] = plain(page)
        if "?" in address or not page.startswith("200"):
            continue
        for field in sorted(inputs_of(page) & {*SEARCHES}):
            for words in (*TITLES, NEW, SECRET):
                asked = f"{address}?{field}={quote(words)}"
                told[asked] = plain(visitor.text(asked))
    return told


def plain(page: str) -> str:
    """An answer without the five things that are others each time that the same is asked."""
    # A form's token against forgery is masked anew in each page, so that nobody reads it off compressed answers.
    page = re.sub(r"(?<=name=\"csrfmiddlewaretoken\" value=\")\w{64}(?=\")", "", page)
    # A page that nobody may keep expires in the second in which it was asked for. Any other's time is compared.
    page = re.sub(r"Expires: [^\n]*(?=\nCache-Control: max-age=0)", "", page)
    # A form brings the identifier of what it will make, or the seed of what will be drawn.
    page = DRAWN.sub(r"\1", page)
    # Each message of SDMX has a name of its own, drawn by lot.
    page = re.sub(r"(?<=<mes:ID>)M[0-9a-f]{32}(?=<)", "", page)
    # A message of structures is prepared when it is asked for; that of data with its newest value, and is compared.
    return re.sub(r"(<mes:Structure .{,2000}?<mes:Prepared>)[^<]*", r"\1", page, flags=re.S)


def differences(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    """Where two walks were told other things, with the first lines that differ."""
    found = []
    for address in sorted({*before, *after}):
        was, now = before.get(address, ""), after.get(address, "")
        if was != now and not LOG.match(address):
            lines = zip(was.splitlines() or [""], now.splitlines() or [""], strict=False)
            found.append((address, str(next((pair for pair in lines if pair[0] != pair[1]), "longer"))[:400]))
    return found


QUICK = ("a release", "values", "closed data")


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in QUICK else pytest.mark.slow) for what in THINGS]
)  # fmt: skip
def test_every_door_answers_as_if_it_were_not_there(stage: Stage, what: str) -> None:
    check_doors(stage, what)


@pytest.mark.parametrize("what", TELLING)
def test_the_doors_tell_it_once_it_is_public(stage: Stage, what: str) -> None:
    """What was compared would have shown it: the same thing, made without an embargo, is told at these doors."""
    before = answers(list(TELLING[what]))
    replace(stage, until=None).made(what)
    after = answers(list(TELLING[what]))
    assert [address for address in TELLING[what] if before[address] == after[address]] == []


def check_doors(stage: Stage, what: str) -> None:
    """Ask every door, make something out of sight, and ask again."""
    addresses = [*filled(stage), *ASKED]
    assert len(addresses) > 400
    before = answers(addresses)
    size = published_entries(limit=1)[0].index + 1
    stage.made(what)
    after = answers(addresses)
    assert differences(before, after) == []
    assert [(address, mark) for address, page in after.items() for mark in leaked(page, address)] == []
    check_log(since=size)


def leaked(page: str, address: str) -> list[str]:
    """What is told of what is prepared, but for what was asked for."""
    told = (address, address.replace("-", "."))  # the catalogues' names of packages mean codes with dots
    asked = {mark for mark in MARKS for each in told if mark in each or quote(mark) in each}
    known = {mark for mark in MARKS for each in (*asked, FIGURE) if mark in each}
    return [mark for mark in MARKS if mark not in known and mark in page]


def check_log(*, since: int) -> None:
    """The log says of what is prepared that something was done, and not what; of closed data, not with which."""
    leaves = [entry.leaf for entry in published_entries(limit=500) if entry.index >= since]
    assert leaves, "what is prepared is in the log"
    assert [(leaf, mark) for leaf in leaves for mark in MARKS if mark in leaf.decode()] == []
    acts = {orjson.loads(leaf)["act"] for leaf in leaves}
    assert {act for act in acts if not act.startswith("datasets.")} <= {"sealed", "opendata.declare_system"}


@pytest.mark.parametrize(("what", "told"), [("a release", "another edition"), ("values", "values")])
def test_the_worker_does_nothing_about_it_before_its_time(
    stage: Stage, settings: Settings, what: str, told: str
) -> None:
    """Nobody tells by when a job runs, writes into the log or sends a mail that something is prepared."""
    settings.TIANQU_ORIGIN = "https://tianqu.example"
    subscribed("somebody@example.org")
    assert traces_of_jobs(stage, what) == (0, 0, 0)
    assert traces_of_jobs(replace(stage, until=None), told) > (0, 0, 0)  # they would have been seen


def traces_of_jobs(stage: Stage, what: str) -> tuple[int, int, int]:
    """Make something, and let the worker work: how much more is in the log, was sent by mail, and is left for it."""
    THINGS[what](stage)
    delivered()
    place_entries()
    size, left = published_entries(limit=1)[0].index, ProcrastinateJob.objects.count()
    work()
    return published_entries(limit=1)[0].index - size, len(delivered()), ProcrastinateJob.objects.count() - left


@pytest.mark.slow
@pytest.mark.parametrize("who", OUTSIDERS[1:])
def test_people_with_accounts_who_read_nothing_early_are_told_the_same(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """A villager, and officers of another county, at every door that is open to them."""
    settings.TIANQU_API_TOKEN_PER_MINUTE = 1_000_000
    # When they were seen themselves is told to them, and would change during a walk that takes long.
    monkeypatch.setattr(middleware, "SEEN_EVERY_SECONDS", timedelta(days=1).total_seconds())
    monkeypatch.setattr(permissions, "TOKEN_USE_NOTED_EVERY", timedelta(days=1))
    own = ["/account/accesses/", "/api/v1/own/accesses"]  # what they exported by a walk is told there: asked between
    addresses = [each for each in (*filled(stage), *ASKED) if each not in own]
    person = outsider(stage.press.office.prefecture, who)
    before = told_to(person, addresses) | told_to(person, own)
    for what in ("a release", "values", "closed data", "an upload"):
        stage.made(what)
    after = told_to(person, own) | told_to(person, addresses)
    assert len(after) > len(addresses) > 2000  # the searches of what is open to them are among them
    assert differences(before, after) == []
    assert [(address, mark) for address, page in after.items() for mark in leaked(page, address)] == []


@pytest.mark.slow
def test_what_is_prepared_is_found_by_no_identifier(stage: Stage) -> None:
    """Whoever guesses or overhears the identifier of something learns no more than from another one."""
    for what in ("a release", "values"):
        stage.made(what)
    with seeing(SYSTEM.scope):
        ids = {
            *(each.id for each in Release.objects.filter(code=NEW)),
            *(each.id for each in Edition.objects.filter(release__code=NEW)),
            *(each.id for each in FigureValue.objects.exclude(embargoed_until=None)), *(
                each.id for each in Order.objects.all()
            ),
        }  # fmt: skip
        codes = {each.code for each in Order.objects.all()}
    assert len(ids) > 4 and codes
    stranger = Stranger()
    nobody, wrong = str(_UUID), []
    for address in filled(stage):
        if nobody in address:
            told = plain(stranger.text(address)).replace(nobody, "…")
            for each in map(str, ids):
                now = plain(stranger.text(address.replace(nobody, each))).replace(each, "…")
                wrong += [(address, each)] if now != told else []
    assert wrong == []
