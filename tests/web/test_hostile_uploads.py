"""Files, bodies and words that nobody should send, at the doors where they are handed in."""

from __future__ import annotations

import io
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from PIL import ExifTags, Image

from tests.orders.conftest import hotline
from tests.orders.hotline import Hotline
from tests.web.api.calling import token_for
from tests.web.desk.browsing import browser, order_of, page_of
from tests.web.test_hostile import rows
from tianqu.base.identifiers import new_identifier
from tianqu.base.network import client_address, counted_address
from tianqu.kernel.files.api import StoredFile
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.orders.models import Event, Rating

__all__ = ["hotline"]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MACRO = "word/vbaProject.bin"


def png(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds a single row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def picture() -> bytes:
    """A photo with the place where it was taken, and a script behind its end."""
    image, kept, exif = Image.new("RGB", (64, 48), "green"), io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Make] = "MARKCAMERA"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (37.0, 26.0, 5.0)
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue() + b"<script>alert('behind')</script>"


def bomb() -> bytes:
    """A Word file of a few kilobytes that unpacks to hundreds of megabytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _megabyte in range(160):
                part.write(b"\0" * 1024**2)
    return kept.getvalue()


REFUSED = {
    "a drawing with a script": ("lamp.svg", SVG),
    "a page that says it is a picture": ("lamp.jpg", b"<!doctype html><script>alert(1)</script>"),
    "a picture of 50,000 by 50,000": ("lamp.png", png(50_000, 50_000)),
    "half a picture": ("lamp.jpg", picture()[:300]),
    "an archive that unpacks without end": ("lamp.docx", bomb()),
    "a program": ("lamp.pdf", b"MZ\x90\x00" + b"\0" * 200),
    "nothing": ("lamp.pdf", b""),
}


def by_api(token: str, name: str, content: bytes) -> Any:
    return Client(headers={"Authorization": f"Bearer {token}"}).post(
        "/api/v1/files", {"file": SimpleUploadedFile(name, content)}
    )


def by_page(hotline: Hotline, name: str, content: bytes) -> Any:
    given = {
        "step": "who", "title": "路灯不亮", "description": "三天了", "place": str(hotline.place_id), "identity": "open",
        "kind": "resident", "order_id": str(new_identifier()), "photos": SimpleUploadedFile(name, content),
    }  # fmt: skip
    return Client().post("/ask/road.lamp", given)


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.TIANQU_FILES_URL = str(tmp_path)


@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_file_is_refused_at_each_door(hotline: Hotline, what: str) -> None:
    name, content = REFUSED[what]
    token = token_for(hotline.clerk)
    before = rows()
    answer = by_api(token, name, content)
    assert answer.status_code in (400, 413), answer.content
    assert answer.json()["detail"]
    assert by_page(hotline, name, content).status_code in (400, 413)
    assert rows() == before
    with seeing(Scope(everything=True)):
        assert StoredFile.objects.filter(erased_at=None).count() == 0


def test_a_photo_comes_back_without_place_camera_and_script(hotline: Hotline) -> None:
    order_id = hotline.accepted()
    client, file = browser(hotline.clerk), SimpleUploadedFile("灯.jpg", picture())
    version = order_of(order_id).version
    sent = client.post(
        f"{page_of(order_id)}/attach", {"version": version, "attach-file": file, "attach-audience": "asker"}
    )
    assert sent.status_code == 302, sent.content.decode()
    with seeing(Scope(everything=True)):
        stored = StoredFile.objects.get()
    answer: Any = client.get(f"/files/{order_of(order_id).code}/{stored.id}")
    served = b"".join(answer.streaming_content)
    assert b"MARKCAMERA" not in served and b"<script>" not in served
    assert not Image.open(io.BytesIO(served)).getexif()
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-cache"  # whoever may not see it any more is asked again
    again = client.get(answer.request["PATH_INFO"], headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content


def test_a_visitor_hands_in_so_many_megabytes_and_no_file_fills_the_disk(hotline: Hotline, settings: Any) -> None:
    settings.TIANQU_UPLOAD_MB_AN_HOUR = 2
    code, content = order_of(hotline.accepted()).code, picture()
    asker = browser(hotline.resident)
    asker.post("/account/post/", {"post": "resident"})
    sent = [asker.post(f"/follow/{code}/attach", {"file": SimpleUploadedFile("a.jpg", content)}) for _each in range(3)]
    assert [each.status_code for each in sent] == [302, 302, 429]
    settings.TIANQU_FILES_FREE_MB_MIN = 2**40
    full = by_api(token_for(hotline.clerk), "b.pdf", b"%PDF-1.4\n%%EOF\n")
    assert full.status_code == 507 and full.json()["code"] == "store_full"


def test_a_large_file_has_no_name_on_the_disk_that_outlasts_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sent = b"x" * 4_000_000
    with RequestFactory().post("/", {"file": SimpleUploadedFile("a.jpg", sent)}).FILES["file"] as given:
        assert not list(tmp_path.iterdir())
        assert given.size == len(sent) and given.name == "a.jpg" and given.read() == sent


def test_a_form_that_cannot_be_taken_apart_is_no_fault_of_ours(hotline: Hotline) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + b"x" * 5_000 + b'.jpg"\r\n\r\n\r\n--b--'
    answer: Any = Client(headers={"Authorization": f"Bearer {token_for(hotline.clerk)}"}).generic(
        "POST", "/api/v1/files", form, "multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("address", "media_type"),
    [("/ask/road.lamp", "text/html"), ("/api/v1/files", "application/problem+json"),
     ("/open311/v2/requests.xml", "text/xml"), ("/open311/v2/requests.json", "application/json")],
)  # fmt: skip
def test_a_body_beyond_all_reason_is_refused_before_it_is_read(hotline: Hotline, address: str, media_type: str) -> None:
    class Unread(io.BytesIO):
        def read(self, *_arguments: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    environ = {
        "CONTENT_LENGTH": str(10 * 1024**3),
        "wsgi.input": Unread(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = Client().generic("POST", address, **environ)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert answer["Content-Type"].startswith(media_type)
    assert answer.content


TURNED = ("\u202e改了方向", "\u2067隔开", "响铃\x07", "半个字\ufffd")


@pytest.mark.parametrize("text", TURNED)
def test_words_of_every_kind_are_refused_where_they_turn_the_text(hotline: Hotline, text: str) -> None:
    """Comments, answers, ratings and objections, on the asker's page, the desk and by the API."""
    done, accepted = hotline.done(), hotline.accepted()
    asker, desk = browser(hotline.resident), browser(hotline.clerk)
    asker.post("/account/post/", {"post": "resident"})  # who asked holds a post besides
    token, code = {"Authorization": f"Bearer {token_for(hotline.clerk)}"}, order_of(done).code
    before = rows()
    version = order_of(accepted).version
    for sent in (
        asker.post(f"/follow/{code}/comment", {"comment": text}),
        asker.post(f"/follow/{code}/rate", {"satisfaction": "very", "solved": "yes", "text": text}),
        asker.post(f"/follow/{code}/object", {"objection": text}),
        desk.post(f"{page_of(accepted)}/finish", {"version": version, "finish-answer_public": text}),
        desk.post(f"{page_of(accepted)}/comment", {"version": version, "comment-text": text}),
    ):
        assert sent.status_code == 400, sent.request["PATH_INFO"]
    for act, body in (("comment", {"text": text}), ("finish", {"answer_public": text})):
        answer = Client(headers=token).post(
            f"/api/v1/orders/{order_of(accepted).code}/{act}", body, content_type="application/json"
        )
        assert answer.status_code in (400, 422), answer.content
    assert rows() == before
    with seeing(Scope(everything=True)):
        assert not Event.objects.filter(note__contains=text).exists()
        assert not Rating.objects.exists()


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("203.0.113.7", 0, "10.0.0.1"), ("203.0.113.7", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", 1, "203.0.113.7"),  # what the client wrote itself stands further left
        ("1.1.1.1, 203.0.113.7, 10.0.0.9", 2, "203.0.113.7"), ("", 1, "10.0.0.1"), ("203.0.113.7", 2, "10.0.0.1"),
    ],
)  # fmt: skip
def test_an_address_is_believed_as_far_as_our_proxies_saw_it(forwarded: str, proxies: int, address: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ, proxies=proxies) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
     ("::ffff:203.0.113.7", "203.0.113.7"), ("203.0.113.7", "203.0.113.7"), ("", "")],
)  # fmt: skip
def test_all_addresses_of_one_network_are_counted_together(address: str, counted: str) -> None:
    assert counted_address({"REMOTE_ADDR": address}, proxies=0) == counted
