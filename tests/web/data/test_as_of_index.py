"""A dataset as of any moment of the public log, by page, by the API and as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest
from django.test import Client

from tests.kernel.datasets.happening import declared, happen, replayed
from tests.kernel.datasets.office import Office
from tests.web.data.browsing import reader, text_of
from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import log_size


@pytest.fixture
def things(office: Office) -> api.DatasetDeclaration:
    """Two versions of a dataset, between which things come, change and go."""
    declaration = declared()
    happen(declaration, ("a", {"state": "open", "told": {"amount": 1}}), ("b", {"state": "open"}))
    api.materialise(declaration.code)
    happen(declaration, ("a", {"state": "done", "told": {"amount": 2}}))
    happen(declaration, ("b", None), ("c", {"state": "open", "told": {"amount": 7}}))
    api.materialise(declaration.code)
    return declaration


def told(declaration: api.DatasetDeclaration, **query: Any) -> Any:
    """What the API answers about the rows."""
    return Client().get(f"/api/v1/datasets/{declaration.code}/rows", {"limit": 100, **query})


def test_every_index_is_told_over_the_api_as_a_replay_has_it(things: api.DatasetDeclaration) -> None:
    first = api.versions_of(api.dataset_called(api_reader(), things.code))[-1].journal_index
    seen = set()
    for index in range(first, log_size() + 1):
        rows = orjson.loads(told(things, as_of_index=index).content)["rows"]
        found = {row["subject"]: (row["state"], row["amount"]) for row in rows}
        assert found == replayed(things, index=index), index
        seen.add(str(sorted(found.items())))
        groups = Client().get(f"/api/v1/datasets/{things.code}/groups", {"as_of_index": index}).json()
        assert groups["rows"] == [{"count": len(found)}]
    assert len(seen) == 4  # as first published, with one changed, with one gone, with one come


def api_reader() -> Any:
    """Anybody."""
    from tianqu.kernel.journal.api import ANYBODY

    return ANYBODY


def test_the_page_and_the_file_show_the_same_moment(things: api.DatasetDeclaration) -> None:
    versions = api.versions_of(api.dataset_called(api_reader(), things.code))
    client = reader()
    index = next(  # the first at which one has changed
        each for each in range(versions[1].journal_index, log_size()) if replayed(things, index=each)["a"][0] == "done"
    )
    home = f"/data/{things.code}/"
    page = text_of(client, home + "rows", as_of_index=index)
    assert f"when the public log held {index:,} entries" in page and "<td>done</td>" in page and "<td>b</td>" in page
    assert f"/data/{things.code}/v2/rows/" not in page  # between two versions a row has no page of its own
    assert "as_of_index" in text_of(client, home + "versions") and "<td>done</td>" not in text_of(
        client, home + "rows", as_of_index=index - 1
    )
    filtered = text_of(client, home + "rows", as_of_index=index, **{"state.contains": "done"})
    assert "<td>a</td>" in filtered and "<td>b</td>" not in filtered
    answer = client.get(home + "export.csv", {"as_of_index": index})
    assert f"-at-{index}.csv" in answer["Content-Disposition"] and "Link" not in answer
    lines = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert {line["subject"]: line["state"] for line in lines} == {"a": "done", "b": "open"}


@pytest.mark.parametrize("index", ["-1", "x", "1.5", "9" * 16, "0x1"])
def test_what_is_no_index_is_refused_by_name(things: api.DatasetDeclaration, index: str) -> None:
    answer = told(things, as_of_index=index)
    assert answer.status_code == 400 and b"as_of_index" in answer.content
    assert reader().get(f"/data/{things.code}/rows", {"as_of_index": index}).status_code == 400


def test_it_is_refused_beside_a_version_and_before_the_first(things: api.DatasetDeclaration, office: Office) -> None:
    both = told(things, as_of_index=log_size(), version=1)
    assert both.status_code == 400 and b"as_of_index" in both.content
    assert reader().get(f"/data/{things.code}/v1/rows", {"as_of_index": 5}).status_code == 400
    assert orjson.loads(told(things, as_of_index=0).content)["rows"] == []  # nothing had happened
    office.published()  # what is not read from the log was not there before its first version
    assert Client().get("/api/v1/datasets/trade.by_county/rows", {"as_of_index": 0}).status_code == 404
