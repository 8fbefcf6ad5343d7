"""kill -9 of real processes at work on datasets: the last good version is read, and the next run completes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.kernel.datasets.dying import POINTS, killed
from tests.kernel.datasets.happening import declared, happen, replayed, shown
from tests.kernel.datasets.office import COLUMNS, ROWS, Office
from tests.waiting import until
from tianqu.base.errors import Conflict
from tianqu.kernel.datasets import api, storage, sweeping, uploads
from tianqu.kernel.datasets.models import Upload, Version
from tianqu.kernel.journal.api import SYSTEM, log_size, seeing

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MORE = ROWS + "夏津县,2020-04-01,3,9,钱七\n"
SECONDS_MAX = 60


def each_part_is_whole(store: Path) -> None:
    for path in (store / "parts").rglob("*.parquet"):
        assert storage.sha256_of(path)[0] == path.stem


def nothing_is_left(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep takes what the dead process left, and nothing of what stands."""
    monkeypatch.setattr(sweeping, "KEPT_FOR", timedelta(seconds=-1))
    api.sweep()
    assert [path for path in (store / "making").rglob("*") if path.is_file()] == []
    assert {path.stem for path in (store / "parts").rglob("*.parquet")} == sweeping.named_parts()


def materialised(code: str) -> None:
    """Materialise as soon as the dead process's connection has given up the dataset's lock."""

    def done() -> bool:
        try:
            api.materialise(code)
        except Conflict:
            return False
        return True

    until("the lock of the dead process is gone", done, seconds=SECONDS_MAX)


@pytest.mark.parametrize("point", POINTS)
def test_while_materialising(office: Office, store: Path, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declaration = declared()
    happen(declaration, *((f"s{n}", {"state": "open", "told": {"amount": n}}) for n in range(50)))
    api.materialise(declaration.code)
    before, index = shown(declaration), log_size()
    happen(declaration, *((f"s{n}", {"state": "done"}) for n in range(20)), ("s30", None))
    killed(point, "materialise", declaration.code.rpartition("_")[2])
    each_part_is_whole(store)
    wanted = replayed(declaration, index=log_size())
    assert shown(declaration) == (wanted if point == "published" else before)
    materialised(declaration.code)
    assert shown(declaration) == wanted and shown(declaration, index=index) == before
    assert api.dataset_called(SYSTEM, declaration.code).version == 2
    nothing_is_left(store, monkeypatch)
    assert shown(declaration) == wanted


@pytest.mark.parametrize("point", POINTS)
def test_while_publishing_a_file(office: Office, store: Path, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = office.published()
    path = office.file(MORE)
    killed(point, "load", dataset.code, path)
    each_part_is_whole(store)
    dataset = api.dataset_called(office.officer, dataset.code)
    assert rows_of(office, dataset) == (5 if point == "published" else 4)
    if point != "published":
        assert dataset.version == 1 and Version.objects.count() == 1
        api.load_version(office.officer, dataset_id=dataset.id, path=path, schema=api.Schema(COLUMNS))
    nothing_is_left(store, monkeypatch)
    assert rows_of(office, api.dataset_called(office.officer, dataset.code)) == 5


def rows_of(office: Office, dataset: api.Dataset) -> int:
    return len(api.rows_page(api.open_version(office.officer, dataset), api.Question()).rows)


@pytest.mark.parametrize(("deed", "point"), [("read", "writing"), ("read", "named"), ("publish", "publishing")])
def test_an_upload(office: Office, store: Path, deed: str, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = office.published()
    with office.file(MORE).open("rb") as file:
        upload = api.upload_file(office.officer, dataset_id=dataset.id, file=file, name="more.csv")
    api.describe_upload(office.officer, upload_id=upload.id, schema=api.Schema(COLUMNS))
    if deed == "publish":
        api.run_upload(upload.id)
    killed(point, deed, upload.id)
    each_part_is_whole(store)
    assert rows_of(office, api.dataset_called(office.officer, dataset.code)) == 4
    assert state_of(upload.id) == ("ready" if deed == "publish" else "reading")
    api.run_upload(upload.id)  # the job that the dead worker left behind; nothing is left to do for one that is ready
    uploads.publish_upload(office.officer, upload_id=upload.id)
    assert state_of(upload.id) == "published"
    assert rows_of(office, api.dataset_called(office.officer, dataset.code)) == 5
    nothing_is_left(store, monkeypatch)


def state_of(upload_id: UUID) -> str:
    with seeing(SYSTEM.scope):
        return str(Upload.objects.get(id=upload_id).state)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_while_exporting(office: Office, store: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = office.published()
    killed("sending", "export", dataset.code, form)
    opened = api.open_version(office.officer, dataset)
    assert len(b"".join(api.export_rows(opened, api.Question(sort="county"), form).chunks)) > 100
    assert rows_of(office, dataset) == 4
    nothing_is_left(store, monkeypatch)
