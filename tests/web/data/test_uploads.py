"""The desk of uploads: describe, upload, put the guess right, read, publish or drop; two officers; what others see."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.kernel.datasets.office import ROWS, Office
from tests.web.data.browsing import reader, text_of
from tianqu.base.errors import Conflict, NotPermitted
from tianqu.kernel.datasets import api, uploads
from tianqu.kernel.datasets.models import Upload
from tianqu.kernel.journal.api import Scope, seeing

HOME = "/data/trade.by_county/"
DESK = "/desk/data/trade.by_county/"
BAD = ROWS + "坏行,1\n夏津县,2020-13-01,3,9,钱七\n"


def send(client: Client, text: str | bytes = BAD, name: str = "rows.csv") -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(DESK + "upload", {"file": SimpleUploadedFile(name, content)})


def fields_of(page: str) -> dict[str, str]:
    """What the form of the columns would send as it stands."""
    form = page[page.index("data-describe") :]
    told = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]+)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            told[name[1]] = html.unescape(re.search(r' value="([^"]*)"', tag)[1])  # type: ignore[index]
    for name_, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        told[name_] = chosen[1] if chosen else ""
    told.pop("deed", None)
    return told


def described(office: Office, client: Client, text: str = BAD) -> tuple[str, Upload]:
    """An upload whose guess was confirmed as it stands."""
    address = send(client, text)["Location"]
    answer = client.post(address, fields_of(text_of(client, address)))
    assert answer.status_code == 302, answer.content.decode()
    return address, newest()


def newest() -> Upload:
    with seeing(Scope(everything=True)):
        return Upload.objects.order_by("-created_at").select_related("dataset").first()  # type: ignore[return-value]


def test_the_walk_from_a_file_to_a_version(office: Office) -> None:
    client = reader(office.officer)
    office.dataset()
    address = send(client)["Location"]
    page = text_of(client, address)
    assert "to be described" in page and "张三" in page and 'value="万元"' not in page
    told = fields_of(page)
    assert told["type-3"] == "decimal" and told["personal-5"] == "1" and told["closed-5"] == "1"
    told |= {"type-2": "date", "name-3": "amount", "title_en-3": "Amount", "unit-3": "万元", "note": "第一版"}
    assert client.post(address, told).status_code == 302
    waiting = text_of(client, address)
    assert "hx-get" in waiting and "<progress" in waiting
    assert client.get(address + "progress").status_code == 200
    uploads.run_upload(newest().id)
    done = client.get(address + "progress")
    assert done.status_code == 286 and done["HX-Refresh"] == "true"
    report = text_of(client, address)
    assert "ready to be published" in report and "This row has fewer cells" in report
    lines = client.get(address + "refused.csv").content.decode()
    assert "6," in lines and "7," in lines and "2020-13-01" in lines
    answer = client.post(address + "settle", {"deed": "publish"})
    assert answer.status_code == 302 and answer["Location"] == HOME
    published = text_of(reader(), HOME)
    assert "第一版" in published and "万元" in published and "张三" not in published
    assert newest().guess == {} and newest().state == "published"


def test_a_file_of_which_everybody_is_told_counts_has_them(office: Office) -> None:
    client = reader(office.officer)
    dataset = office.dataset(access="cells", cells=("column_1",), cell_least=3)
    more = {"德城区": 4, "陵城区": 3}
    rows = ROWS + "".join(f"{county},2020-04-0{n},1,1,丙\n" for county in more for n in range(1, more[county]))
    _address, upload = described(office, client, rows)
    uploads.run_upload(upload.id)
    assert newest().sidecar["first"] == []
    api.publish_upload(office.officer, upload_id=upload.id)
    dataset = api.dataset_called(office.stranger, dataset.code)
    page = api.cells_page(office.stranger, dataset, api.Question(group=("column_1",)))
    assert ("德城区", 5) in page.rows and ("乐陵市", None) in page.rows


def test_a_killed_worker_reads_again(office: Office) -> None:
    client = reader(office.officer)
    office.dataset()
    _address, upload = described(office, client)
    assert uploads.note_upload(office.officer, upload_id=upload.id, state="reading", stage="reading")
    uploads.run_upload(upload.id)  # the job that the dead worker left behind
    first = newest()
    assert first.fault == []
    assert first.state == "ready" and first.rows == 5 and first.refused == 1
    uploads.run_upload(upload.id)
    assert newest().parts == first.parts


def test_nobody_waits_for_a_reading_that_broke(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    client = reader(office.officer)
    office.dataset()
    address, upload = described(office, client)

    def breaks(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(uploads, "ingest", breaks)
        uploads.run_upload(upload.id)
    assert "could not be read to its end" in text_of(client, address)
    assert client.post(address, fields_of(text_of(client, address))).status_code == 302
    uploads.run_upload(upload.id)
    assert newest().state == "ready"


def test_a_fault_stands_at_its_column(office: Office) -> None:
    client = reader(office.officer)
    office.dataset()
    address = send(client)["Location"]
    told = fields_of(text_of(client, address))
    answer = client.post(address, told | {"name-2": "Bad Name"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "cannot be the name of a column" in page and 'href="#columns.2"' in page and 'value="Bad Name"' in page
    told.pop("closed-5")
    answer = client.post(address, told)
    assert answer.status_code == 400 and "tells of persons and would be open" in answer.content.decode()


def test_two_officers_of_one_dataset(office: Office) -> None:
    client = reader(office.officer)
    dataset = office.dataset()
    address, upload = described(office, client)
    uploads.run_upload(upload.id)
    api.load_version(office.officer, dataset_id=dataset.id, path=office.file(ROWS), schema=upload.columns)
    answer = client.post(address + "settle", {"deed": "publish"})
    assert answer.status_code == 409
    assert "Somebody published version 1" in html.unescape(answer.content.decode())
    assert client.post(address + "settle", {"deed": "follow"}).status_code == 302
    assert client.post(address + "settle", {"deed": "publish"})["Location"] == HOME
    assert api.dataset_called(office.officer, dataset.code).version == 2


def test_two_officers_of_one_description(office: Office) -> None:
    client = reader(office.officer)
    dataset = office.dataset()
    form = text_of(client, DESK + "change")
    seen = re.search(r'name="seen" value="([^"]+)"', form)[1]  # type: ignore[index]
    api.change_dataset(office.officer, dataset_id=dataset.id, description=office.described(title="别的"))
    told = {"seen": html.unescape(seen), "title": "我的", "title_en": "Mine", "domain": "industry",
            "unit": "c1.housing", "access": "open", "licence": "CC-BY-4.0", "frequency": "yearly",
            "cell_least": "10"}  # fmt: skip
    answer = client.post(DESK + "change", told)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody changed this dataset meanwhile" in page and 'value="我的"' in page


def test_a_dataset_is_described_and_taken_back_by_form(office: Office) -> None:
    client = reader(office.officer)
    told = {"code": "trade.form", "title": "表", "title_en": "Form", "domain": "health", "unit": "c1.housing",
            "access": "open", "licence": "CC-BY-4.0", "frequency": "yearly", "cell_least": "10"}  # fmt: skip
    assert client.post("/desk/data/new", told | {"code": "No Code"}).status_code == 400
    assert client.post("/desk/data/new", told)["Location"] == "/desk/data/trade.form/upload"
    assert "trade.form" in text_of(client, "/desk/data/")
    assert client.post("/desk/data/trade.form/withdraw", {"reason": " "}).status_code == 400
    assert client.post("/desk/data/trade.form/withdraw", {"reason": "另有新表"}).status_code == 302
    assert "/data/trade.form/" not in text_of(reader(), "/data/")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.exe", b"MZ"), ("rows.csv", b""), ("rows.xlsx", b"no workbook"), ("rows.parquet", b"PAR1 no PAR1"),
        ("rows.jsonl", b"{"), ("rows.csv", b"\xff\xfe\x00\xd8"), ("../../etc/passwd", b"a,b\n1,2\n"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused_in_words(office: Office, name: str, content: bytes) -> None:
    client = reader(office.officer)
    office.dataset()
    answer = send(client, content, name)
    assert answer.status_code in (400, 413), answer.status_code
    assert 'class="errors"' in answer.content.decode()


def test_nobody_else_sees_an_upload(office: Office) -> None:
    client = reader(office.officer)
    office.dataset()
    address, _upload = described(office, client)
    for place in ("", "progress", "refused.csv"):
        assert reader(office.other).get(address + place).status_code == 404
        assert reader().get(address + place).status_code in (302, 404)
    assert reader(office.other).post(address + "settle", {"deed": "drop"}).status_code == 404
    assert reader(office.other).get(DESK).status_code == 403


def test_what_nobody_settles_is_swept(office: Office, store: Path) -> None:
    client = reader(office.officer)
    office.dataset()
    send(client)
    assert len(list((store / "uploads").iterdir())) == 1
    assert uploads.sweep_uploads() == 0
    later = timezone.now() + timedelta(days=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads.timezone, "now", lambda: later)
        assert uploads.sweep_uploads() >= 1
    assert newest().state == "dropped" and newest().guess == {}
    assert list((store / "uploads").iterdir()) == []


def test_rows_that_were_read_as_open_are_not_published_as_counts(office: Office) -> None:
    client = reader(office.officer)
    dataset = office.dataset(cells=("column_1",), cell_least=3)
    _address, upload = described(office, client)
    uploads.run_upload(upload.id)
    api.change_dataset(
        office.officer, dataset_id=dataset.id,
        description=office.described(access="cells", cells=("column_1",), cell_least=3),
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        api.publish_upload(office.officer, upload_id=upload.id)
    assert refused.value.field == "access"
    page = f"/desk/data-uploads/{upload.id}/"
    assert client.post(page, fields_of(text_of(client, page, edit="1"))).status_code == 302
    uploads.run_upload(upload.id)
    version = api.publish_upload(office.officer, upload_id=upload.id)
    assert version.sidecar["first"] == [] and any(part["holding"] == "cells" for part in version.manifest["parts"])


def test_a_file_of_somebody_who_left_does_not_wait_for_ever(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    client = reader(office.officer)
    office.dataset()
    address, upload = described(office, client)

    def left(*_given: Any, **_named: Any) -> Any:
        raise NotPermitted("This post is not yours today.")

    monkeypatch.setattr(uploads, "actor_of", left)
    uploads.run_upload(upload.id)
    assert newest().state == "failed" and "holds no post for it any more" in text_of(client, address)


def test_a_name_that_comes_late_is_shown_before_anything_is_confirmed(office: Office) -> None:
    office.dataset()
    lines = ['{"n": 1}'] * 1_500 + ['{"n": 2, "late": "here"}']
    client = reader(office.officer)
    address = send(client, "\n".join(lines), "rows.jsonl")["Location"]
    page = text_of(client, address)
    assert fields_of(page)["name-2"] == "late"
    assert client.post(address, fields_of(page)).status_code == 302
    api.run_upload(newest().id)
    assert newest().rows == 1_501 and not newest().refused


def test_two_codes_that_are_one_in_sql_are_refused_in_words(office: Office) -> None:
    office.dataset()
    fields = {
        "code": "trade_by.county", "title": "另一个", "title_en": "Another", "domain": "industry",
        "unit": "c1.housing", "access": "open", "licence": "CC-BY-4.0", "frequency": "daily", "cells": "",
        "cell_least": "10",
    }  # fmt: skip
    answer = reader(office.officer).post("/desk/data/new", fields)
    assert answer.status_code == 409 and "but for dots and underscores" in answer.content.decode()
    assert reader(office.officer).post("/desk/data/new", fields | {"code": "trade.others"}).status_code == 302
