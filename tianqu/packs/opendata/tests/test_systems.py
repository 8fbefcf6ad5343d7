"""The register of information systems: declared by its office, read by everybody, silent about hidden datasets."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.kernel.datasets.office import Office
from tests.web.api.calling import ANYONE, caller
from tests.web.data.browsing import reader, text_of
from tianqu.base.errors import NotFound
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.datasets.api import Dataset, dataset_called
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.places.api import actor_of
from tianqu.packs.opendata.acts import Fed, declare_system
from tianqu.packs.opendata.models import Feed, System
from tianqu.packs.opendata.queries import feeders_of

LIST, FORM, BRING = "/opendata/systems/", "/desk/opendata/systems/declare", "/desk/opendata/systems/bring"
HEALTH = {
    "system": "health", "unit_id": "c1.housing", "name": "健康平台", "name_en": "Health platform",
    "domains": ["health", "civil"], "since": "2016-05-01", "cloud_since": "2019-03-01", "datasets": "trade.by_county",
}  # fmt: skip


def kept(code: str) -> System:
    with seeing(SYSTEM.scope):
        return System.objects.get(code=code)


def fed(code: str) -> set[str]:
    """The codes of everything that a system feeds."""
    with seeing(SYSTEM.scope):
        ids = Feed.objects.filter(system=code).values("dataset_id")
        return set(Dataset.objects.filter(id__in=ids).values_list("code", flat=True))


def declare(actor: Actor, office: Office, unit: str = "c1.housing", **more: Any) -> None:
    told: dict[str, Any] = {"system": "health", "name": "健康平台", "name_en": "Health platform"}
    told |= {"since": date(2016, 5, 1), "unit_id": office.prefecture.units[unit].id}
    declare_system(actor, **(told | more))


def codes(**query: str) -> list[str]:
    return [row["code"] for row in ANYONE.read("/opendata/systems", **query)["rows"]]


def test_an_office_declares_what_it_runs(office: Office) -> None:
    office.published()
    desk = reader(office.officer)
    refused = desk.post(FORM, HEALTH | {"until": "2015-01-01", "datasets": "trade.by_county"})
    assert refused.status_code == 400 and "健康平台" in refused.content.decode()
    for _again in range(2):
        assert desk.post(FORM, HEALTH).status_code == 302
    with seeing(SYSTEM.scope):
        assert Entry.objects.filter(act="opendata.declare_system").count() == 1
    for language, words in (("en", "Health platform"), ("zh-hans", "健康平台")):
        assert words in text_of(reader(language=language), LIST)
        page = text_of(reader(language=language), f"{LIST}health/")
        assert words in page and 'href="/data/trade.by_county/"' in page
    (told,) = ANYONE.read("/opendata/systems")["rows"]
    assert told["domains"] == ["civil", "health"] and told["datasets"] == [{"dataset": "trade.by_county"}]
    assert told["on_cloud"] is True and told["until"] is None
    assert desk.post(FORM, HEALTH | {"datasets": "", "cloud_since": ""}).status_code == 302
    assert fed("health") == set() and ANYONE.read("/opendata/systems/health")["on_cloud"] is False


def test_by_program(office: Office) -> None:
    office.published()
    unit_id = str(office.prefecture.units["c1.housing"].id)
    sent = HEALTH | {"unit_id": unit_id, "datasets": [{"dataset": "trade.by_county"}]}
    caller(office.officer).done("/acts/opendata.declare_system", sent)
    assert fed("health") == {"trade.by_county"}
    wrong = caller(office.officer).post("/acts/opendata.declare_system", sent | {"domains": ["magic"]})
    assert wrong.status_code == 422
    assert caller(office.other).post("/acts/opendata.declare_system", sent).status_code == 403


def test_it_is_found_by_name_unit_domain_and_cloud(office: Office) -> None:
    today = timezone.localdate()
    declare(SYSTEM, office, domains=["health"], cloud_since=date(2019, 3, 1))
    declare(SYSTEM, office, "c2.housing", system="roads", name="道路", name_en="Roads", domains=["transport"])
    declare(
        SYSTEM, office, system="gone", name="停用", name_en="Gone", cloud_since=date(2019, 3, 1),
        until=today - timedelta(days=1),
    )  # fmt: skip
    assert codes() == ["gone", "health", "roads"]
    assert codes(q="道") == codes(q="road") == codes(unit_id="c2.housing") == codes(domains="transport") == ["roads"]
    assert codes(on_cloud="true") == ["health"] and codes(on_cloud="false") == ["gone", "roads"]
    page = text_of(reader(), LIST, on_cloud="yes", domains="health")
    assert "Health platform" in page and "Roads" not in page and "Gone" not in page
    for wrong in ({"on_cloud": "maybe"}, {"domains": "magic"}):
        assert reader().get(LIST, wrong).status_code == 400
    body = b"".join(reader().get("/opendata/systems.csv?q=道").streaming_content)  # type: ignore[attr-defined]
    assert "道路" not in body.decode() and "Roads" in body.decode() and "Health" not in body.decode()
    assert ANYONE.read("/opendata/systems", limit=2)["next"]


def test_nobody_declares_for_another_unit(office: Office) -> None:
    declare(office.other, office, "c2.housing", system="roads")
    for wrong in (
        HEALTH | {"unit_id": "c2.housing", "datasets": ""},  # to give another unit a system
        HEALTH | {"system": "roads", "datasets": ""},  # to take one from it
    ):
        assert reader(office.officer).post(FORM, wrong).status_code in (403, 409)
    assert not System.objects.filter(code="health").exists()
    assert kept("roads").unit_id == office.prefecture.units["c2.housing"].id
    clerk = actor_of(office.prefecture.person("c1.housing", "clerk", name="何某"), channel="web")
    assert reader(clerk).post(FORM, HEALTH).status_code == 403
    assert reader().post(FORM, HEALTH).status_code in (302, 403) and not System.objects.filter(code="health").exists()


def test_the_steward_of_a_place_moves_a_system_between_its_units(office: Office) -> None:
    steward = actor_of(office.prefecture.person("city", "data_steward", name="钱总"), channel="web")
    declare(office.officer, office)
    declare(steward, office, "c2.housing")
    assert kept("health").place_path == office.prefecture.places["P2"].path
    assert reader(office.officer).post(FORM, HEALTH | {"datasets": ""}).status_code == 409


def test_a_bad_line_of_a_sheet_stops_no_other(office: Office) -> None:
    office.published()
    desk = reader(office.officer)
    template = desk.get("/desk/opendata/systems/template.csv").getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    heads = next(iter(template.splitlines())).split(",")
    good = ["健康平台", "Health platform", "health", "c1.housing", "health", "2016-05-01", "", "", "trade.by_county"]
    assert len(heads) == len(good)
    lines = [good, ["道路", "Roads", "roads", "c1.housing", "", "2016-05-01", "", "", "no.such"],
             ["水务", "Water", "water", "c2.housing", "", "2016-05-01", "", "", ""],
             ["档案", "Archive", "archive", "c1.housing", "医疗卫生", "2016年5月1日", "", "", ""]]  # fmt: skip
    sheet = "".join(csv_line(line) for line in (heads, *lines)).encode()
    for _again in range(2):
        answer = desk.post(BRING, {"file": io.BytesIO(sheet)}).content.decode()
        assert "2 lines taken" in answer and '<td class="figure">3</td><td>Datasets it feeds</td>' in answer
        assert '<td class="figure">4</td>' in answer and '<td class="figure">5</td>' not in answer
    assert codes() == ["archive", "health"] and kept("archive").domains == ["health"]


def test_a_hidden_dataset_is_named_to_nobody_else(office: Office) -> None:
    """The office sees it, a stranger and another office do not; naming it is naming what is not there."""
    office.published()
    office.dataset(code="secret.rows", title="玄鸟", title_en="Blackbird", access="closed")
    feeds = [Fed("trade.by_county"), Fed("secret.rows")]
    declare(office.officer, office, datasets=[Fed("trade.by_county")], domains=["health"])
    addresses = (LIST, f"{LIST}health/", "/opendata/systems.csv", "/api/v1/opendata/systems", "/data/trade.by_county/")
    seen = [told(who, address) for who in (None, office.other) for address in addresses]
    declare(office.officer, office, datasets=feeds, domains=["health"])
    assert [told(who, address) for who in (None, office.other) for address in addresses] == seen
    assert "trade.by_county" in seen[0] and not any("secret.rows" in page for page in seen)
    assert "secret.rows" in told(office.officer, LIST) and "Blackbird" in told(office.officer, f"{LIST}health/")
    assert caller(office.officer).read("/opendata/systems/health")["datasets"][0] == {"dataset": "secret.rows"}
    errors = []
    for code in ("secret.rows", "no.such"):
        with pytest.raises(NotFound) as refused:
            declare(office.other, office, "c2.housing", system="x1", datasets=[Fed(code)])
        errors.append(refused.value)
    assert (errors[0].message, errors[0].field, errors[0].remedy) == (
        errors[1].message, errors[1].field, errors[1].remedy,
    )  # fmt: skip
    assert reader().get("/data/secret.rows/").status_code == 404
    assert "Health platform" in told(office.officer, "/data/secret.rows/")


def test_what_an_office_cannot_know_of_stays_fed(office: Office) -> None:
    office.published()
    office.dataset(code="secret.rows", access="closed")
    declare(SYSTEM, office, "c2.housing", datasets=[Fed("trade.by_county"), Fed("secret.rows")])
    desk = reader(office.other)
    assert "secret.rows" not in desk.get(f"{FORM}?of=health").content.decode()
    sent = HEALTH | {"unit_id": "c2.housing", "cloud_since": "", "domains": []}
    assert desk.post(FORM, sent | {"datasets": "trade.by_county"}).status_code == 302
    with seeing(SYSTEM.scope):
        assert Entry.objects.filter(act="opendata.declare_system").count() == 1
    assert desk.post(FORM, sent | {"datasets": ""}).status_code == 302
    assert fed("health") == {"secret.rows"}


def test_the_wall_hides_what_is_fed(office: Office) -> None:
    """A query that forgot its scope is told no more."""
    office.dataset(code="secret.rows", access="closed")
    declare(office.officer, office, datasets=[Fed("secret.rows")])
    for actor, count in ((office.officer, 1), (office.other, 0), (office.stranger, 0)):
        with seeing(actor.scope):
            assert Feed.objects.count() == count


def test_a_dataset_names_the_systems_that_feed_it(office: Office) -> None:
    dataset = office.published()
    assert "Systems that feed it" not in text_of(reader(), "/data/trade.by_county/")
    with CaptureQueriesContext(connection) as alone:
        reader().get("/data/trade.by_county/")
    for number in range(5):
        declare(SYSTEM, office, system=f"s{number}", name_en=f"System {number}", datasets=[Fed("trade.by_county")])
    with CaptureQueriesContext(connection) as fed_by_five:
        page = text_of(reader(), "/data/trade.by_county/")
    assert len(fed_by_five.captured_queries) == len(alone.captured_queries)
    assert 'href="/opendata/systems/s4/"' in page and "System 4" in page
    assert "供给此数据集的系统" in text_of(reader(language="zh-hans"), "/data/trade.by_county/")
    with seeing(SYSTEM.scope), CaptureQueriesContext(connection) as asked:
        assert len(feeders_of(dataset_called(SYSTEM, dataset.code))) == 5
    assert sum("opendata_" in query["sql"] for query in asked.captured_queries) == 1


def test_the_list_asks_no_more_for_more_rows(office: Office) -> None:
    office.published()
    counts = []
    for number in range(6):
        declare(SYSTEM, office, system=f"s{number}", datasets=[Fed("trade.by_county")])
        if number in (0, 5):
            with CaptureQueriesContext(connection) as captured:
                reader().get(LIST)
            counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1]


def told(who: Actor | None, address: str) -> str:
    """What somebody is told, without the token of the page."""
    if address.startswith("/api/"):
        program = caller(who) if who is not None else ANYONE
        return str(program.get(address.removeprefix("/api/v1")).content)
    answer = reader(who).get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    page = body.decode()
    return page.partition("<main")[2] or page
