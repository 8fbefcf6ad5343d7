"""Describing a dataset, publishing versions of it, and who sees how much."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from tests.kernel.datasets.office import COLUMNS, ROWS, Office
from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound, NotPermitted, TooLarge
from tianqu.kernel.datasets import api
from tianqu.kernel.journal.api import ANYBODY, kept_entry
from tianqu.kernel.journal.models import Entry


def page(office: Office, code: str = "trade.by_county", *, actor=ANYBODY, **asked) -> api.Page:
    opened = api.open_version(actor, api.dataset_called(actor, code))
    return api.rows_page(opened, api.question_of({key: [value] for key, value in asked.items()}, opened.schema))


def test_everybody_reads_the_open_columns_and_the_office_all(office: Office) -> None:
    office.published()
    told = page(office)
    assert told.names == ("county", "day", "amount", "firms")
    assert told.rows[0][:1] == ("德城区",) and told.rows[0][2] == Decimal("1.50")
    assert page(office, actor=office.officer).rows[0][-1] == "张三"
    assert page(office, actor=office.other).names == told.names


def test_no_closed_value_is_in_any_open_part(office: Office, store: Path) -> None:
    dataset = office.published()
    version = api.versions_of(dataset)[0]
    open_parts = [part for part in version.manifest["parts"] if part["audience"] == "open"]
    assert len(open_parts) == 1
    for part in open_parts:
        content = (store / "parts" / part["sha256"][:2] / f"{part['sha256']}.parquet").read_bytes()
        assert hashlib.sha256(content).hexdigest() == part["sha256"]
        assert "张三".encode() not in content and b"manager" not in content
    assert "张三" not in orjson.dumps(version.sidecar).decode()


def test_a_version_is_public_in_the_log_by_its_hashes(office: Office) -> None:
    dataset = office.published()
    version = api.versions_of(dataset)[0]
    entry = kept_entry(f"dataset_version:{version.id}")
    assert entry is not None and entry.body is not None
    after = orjson.loads(entry.body)["after"]
    assert [part["sha256"] for part in after["parts"]] == [part["sha256"] for part in version.manifest["parts"]]
    assert after["rows"] == 4


def test_a_column_that_tells_of_persons_cannot_be_opened(office: Office) -> None:
    dataset = office.dataset()
    column = api.Column("manager", "text", personal=True)
    with pytest.raises(InvalidInputs) as refused:
        api.load_version(
            office.officer, dataset_id=dataset.id, path=office.file("负责人\n张三\n"), schema=api.Schema((column,))
        )
    assert refused.value.errors[0].field == "columns.1"
    assert api.versions_of(dataset) == []


def test_another_office_publishes_nothing_here(office: Office) -> None:
    dataset = office.dataset()
    before = Entry.objects.count()
    with pytest.raises(NotPermitted):
        api.load_version(office.other, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS))
    with pytest.raises(NotPermitted):
        api.describe_dataset(office.other, description=office.described(code="trade.mine"))
    with pytest.raises(NotPermitted):
        api.withdraw_dataset(office.other, dataset_id=dataset.id, reason="no")
    assert Entry.objects.count() == before


def test_a_closed_dataset_is_unknown_to_others(office: Office) -> None:
    office.published(access="closed")
    for actor in (office.other, office.stranger):
        with pytest.raises(NotFound):
            api.dataset_called(actor, "trade.by_county")
        assert api.catalogue(actor, api.CatalogueAsked()).total == 0
    assert api.catalogue(office.officer, api.CatalogueAsked(text="贸易")).total == 1


def test_a_shared_dataset_is_known_to_officials_only(office: Office) -> None:
    office.published(access="shared")
    assert page(office, actor=office.other).names == ("county", "day", "amount", "firms")
    with pytest.raises(NotFound):
        api.dataset_called(office.stranger, "trade.by_county")


def test_old_versions_stay(office: Office) -> None:
    dataset = office.published()
    api.load_version(
        office.officer, dataset_id=dataset.id, path=office.file(ROWS + "夏津县,2020-04-01,3,9,钱七\n"),
        schema=api.Schema(COLUMNS), expected_version=1,
    )  # fmt: skip
    dataset = api.dataset_called(ANYBODY, dataset.code)
    assert [version.number for version in api.versions_of(dataset)] == [2, 1]
    assert len(api.rows_page(api.open_version(ANYBODY, dataset), api.Question()).rows) == 5
    assert len(api.rows_page(api.open_version(ANYBODY, dataset, number=1), api.Question()).rows) == 4
    with pytest.raises(Conflict):
        api.load_version(
            office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS),
            expected_version=1,
        )  # fmt: skip


def test_a_dataset_is_opened_only_with_a_new_version(office: Office) -> None:
    dataset = office.published(access="closed")
    with pytest.raises(Conflict):
        api.change_dataset(office.officer, dataset_id=dataset.id, description=office.described(access="open"))
    api.load_version(
        office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS), access="open"
    )
    assert len(page(office).rows) == 4


@pytest.mark.parametrize("access", ["closed", "shared", "cells"])
def test_what_was_published_for_few_stays_theirs_when_the_dataset_is_opened(office: Office, access: str) -> None:
    bare = tuple(replace(column, closed=False) for column in COLUMNS)
    dataset = office.published(schema=api.Schema(bare), access=access, cells=("county",))
    api.load_version(
        office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS), access="open"
    )
    dataset = api.dataset_called(office.stranger, dataset.code)
    assert "manager" not in api.open_version(office.stranger, dataset).schema.names
    with pytest.raises(NotPermitted):
        api.open_version(office.stranger, dataset, number=1)
    assert "manager" in api.open_version(office.officer, dataset, number=1).schema.names


def test_the_same_file_gives_the_same_parts(office: Office) -> None:
    dataset = office.published()
    api.load_version(office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS))
    newest, first = api.versions_of(dataset)
    assert newest.manifest == first.manifest


def test_refused_rows_are_told_with_line_column_and_reason(office: Office) -> None:
    dataset = office.dataset()
    text = (
        ROWS + "夏津县,2020-13-01,3,9,钱七\n坏行,1\n"
        "平原县,2020-05-01,1.234,2,孙八\n武城县,2020年5月3日,１，０００.5,2,李九\n"
    )
    version, taken = api.load_version(
        office.officer, dataset_id=dataset.id, path=office.file(text), schema=api.Schema(COLUMNS)
    )
    assert (taken.rows, taken.refused.count) == (5, 3)
    assert [(each["line"], each["column"]) for each in version.report["rows"]] == [(6, "day"), (7, ""), (8, "amount")]
    assert page(office, **{"amount.ge": "1000"}).rows[0][0] == "武城县"


def test_a_key_tells_rows_apart(office: Office) -> None:
    text = "code,n\nb,1\na,2\nb,3\n,4\n"
    dataset = office.dataset()
    schema = api.Schema((api.Column("code", "text"), api.Column("n", "integer")), ("code",))
    version, _taken = api.load_version(office.officer, dataset_id=dataset.id, path=office.file(text), schema=schema)
    assert [each["line"] for each in version.report["rows"]] == [4, 5]
    assert page(office).rows == (("a", 2), ("b", 1))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": "Trade"}, "code"), ({"title": " "}, "title"), ({"domain": "magic"}, "domain"),
        ({"access": "all"}, "access"), ({"licence": "GPL"}, "licence"), ({"cell_least": 1}, "cell_least"),
    ],
)  # fmt: skip
def test_a_bad_description_names_its_field(office: Office, more: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputs) as refused:
        office.dataset(**more)
    assert [error.field for error in refused.value.errors] == [field]


def test_two_datasets_of_one_code(office: Office) -> None:
    office.dataset()
    with pytest.raises(Conflict) as refused:
        office.dataset()
    assert refused.value.field == "code"


def test_a_withdrawn_dataset_leaves_the_catalogue_and_keeps_its_address(office: Office) -> None:
    dataset = office.published()
    api.withdraw_dataset(office.officer, dataset_id=dataset.id, reason="另有新表")
    assert api.catalogue(ANYBODY, api.CatalogueAsked()).total == 0
    assert len(page(office).rows) == 4
    with pytest.raises(Conflict):
        api.load_version(office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=api.Schema(COLUMNS))


def test_a_file_of_other_columns_is_refused(office: Office) -> None:
    dataset = office.dataset()
    with pytest.raises(InvalidInput) as refused:
        api.load_version(
            office.officer, dataset_id=dataset.id, path=office.file("a,b\n1,2\n"), schema=api.Schema(COLUMNS)
        )
    assert refused.value.field == "file"


@pytest.mark.parametrize("cells", [("a", "b", "c", "d", "e"), ("county", "county")])
def test_cells_are_told_over_few_columns_each_once(office: Office, cells: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputs) as refused:
        office.dataset(access="cells", cells=cells)
    assert [each.field for each in refused.value.errors] == ["cells"]


def test_a_text_that_no_cell_of_a_workbook_holds_is_refused_and_not_cut(office: Office) -> None:
    for length, fits in ((32_767, True), (32_768, False)):
        dataset = office.published(
            f"note\n{'字' * length}\n", schema=api.Schema((api.Column("note", "text"),)), code=f"notes.n{length}"
        )
        export = api.export_rows(api.open_version(office.officer, dataset), api.Question(), "xlsx")
        if fits:
            assert len(b"".join(export.chunks)) > 1_000
        else:
            with pytest.raises(TooLarge) as told:
                list(export.chunks)
            assert told.value.value == 32_768 and told.value.remedy
