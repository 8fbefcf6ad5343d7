"""A disk that is full is told as what it is, nothing is lost by it, and with room again the same is done."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.kernel.datasets.happening import declared, happen, shown
from tests.kernel.datasets.office import COLUMNS, Office
from tianqu.kernel.datasets import api, storage
from tianqu.kernel.datasets.engine import forget_engine
from tianqu.kernel.datasets.models import Version
from tianqu.kernel.journal.api import SYSTEM

DISK_BYTES = 8 * 1024 * 1024
LEFT_BYTES = 64 * 1024


@pytest.fixture
def disk(store: Path, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A disk of a few MB, that only root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = hasattr(os, "geteuid") and os.geteuid() == 0 and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], stderr=subprocess.DEVNULL
    )  # fmt: skip
    if not mounted:
        pytest.skip("only root can make a disk to be filled")
    settings.TIANQU_DATASETS_URL, settings.TIANQU_FILES_FREE_MB_MIN = str(folder / "datasets"), 0
    forget_engine()
    yield folder
    forget_engine()
    subprocess.check_call(["umount", "--lazy", str(folder)])


def fill(disk: Path) -> Path:
    """Leave nearly nothing free; removing the file that is returned makes room again."""
    facts, filler = os.statvfs(disk), disk / "filler"
    filler.write_bytes(b"x" * (facts.f_bavail * facts.f_frsize - LEFT_BYTES))
    return filler


def large_file(office: Office) -> Path:
    """Rows that no compression makes small."""
    lines = (f"{os.urandom(30).hex()},2020-01-01,1.00,{n},x" for n in range(20_000))
    return office.file("县市区,日期,金额,企业数,负责人姓名\n" + "\n".join(lines) + "\n", "large.csv")


def left_behind(disk: Path) -> list[Path]:
    return [path for path in (disk / "datasets" / "making").rglob("*") if path.is_file()]


def test_a_file_is_published(office: Office, disk: Path) -> None:
    dataset = office.published()
    filler, path = fill(disk), large_file(office)

    def load() -> api.Version:
        return api.load_version(office.officer, dataset_id=dataset.id, path=path, schema=api.Schema(COLUMNS))[0]

    with pytest.raises(api.DiskFull, match="disk is full"):
        load()
    assert left_behind(disk) == [] and Version.objects.count() == 1
    opened = api.open_version(office.officer, api.dataset_called(office.officer, dataset.code))
    assert len(api.rows_page(opened, api.Question()).rows) == 4
    filler.unlink()
    assert load().rows == 20_000


def test_a_file_is_uploaded_and_read(office: Office, disk: Path) -> None:
    dataset, path = office.published(), large_file(office)

    def upload() -> api.Upload:
        with path.open("rb") as file:
            return api.upload_file(office.officer, dataset_id=dataset.id, file=file, name="large.csv")

    filler = fill(disk)
    with pytest.raises(api.DiskFull):
        upload()
    assert left_behind(disk) == []
    filler.unlink()
    kept = upload()
    api.describe_upload(office.officer, upload_id=kept.id, schema=api.Schema(COLUMNS))
    filler = fill(disk)
    api.run_upload(kept.id)
    told = api.upload_with(office.officer, kept.id)
    assert told.state == "failed" and "disk is full" in told.fault[0]["message"]
    filler.unlink()
    api.describe_upload(office.officer, upload_id=kept.id, schema=api.Schema(COLUMNS))
    api.run_upload(kept.id)
    assert api.upload_with(office.officer, kept.id).rows == 20_000


def test_the_journal_is_materialised(office: Office, disk: Path) -> None:
    declaration = declared()
    happen(declaration, ("a", {"state": "open"}))
    api.materialise(declaration.code)
    happen(declaration, *((f"s{n}", {"state": os.urandom(60).hex()}) for n in range(3_000)))
    filler = fill(disk)
    with pytest.raises(api.DiskFull):
        api.materialise(declaration.code)
    assert left_behind(disk) == [] and shown(declaration) == {"a": ("open", None)}
    filler.unlink()
    version = api.materialise(declaration.code)
    assert version is not None and version.rows == 3_001


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_file_is_exported(office: Office, disk: Path, form: str) -> None:
    dataset = office.dataset()
    api.load_version(office.officer, dataset_id=dataset.id, path=large_file(office), schema=api.Schema(COLUMNS))
    opened = api.open_version(office.officer, api.dataset_called(office.officer, dataset.code))
    filler = fill(disk)
    with pytest.raises(api.DiskFull):
        list(api.export_rows(opened, api.Question(sort="county"), form).chunks)
    assert left_behind(disk) == []
    filler.unlink()
    assert list(api.export_rows(opened, api.Question(sort="county"), form).chunks)


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_part_gets_no_name(office: Office, store: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on every machine, with the last step of writing refused."""
    dataset = office.published()

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    def load(text: str) -> Callable[[], Any]:
        return lambda: api.load_version(
            SYSTEM, dataset_id=dataset.id, path=office.file(text), schema=api.Schema(COLUMNS)
        )

    again = load("县市区,日期,金额,企业数,负责人姓名\n禹城市,2021-01-01,1,1,x\n")
    with monkeypatch.context() as patched, pytest.raises(api.DiskFull):
        patched.setattr(storage.os, name, full)
        again()
    assert Version.objects.count() == 1 and [path for path in (store / "making").iterdir() if path.is_file()] == []
    again()
    assert Version.objects.count() == 2
