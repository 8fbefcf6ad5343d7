"""Files: taken by what their bytes are, made harmless, handed out by whoever holds them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TianquError, TooLarge
from tianqu.kernel.files import storage
from tianqu.kernel.files.api import (
    IMAGE_BYTES_MAX,
    OTHER_BYTES_MAX,
    StoredFile,
    erase_file,
    hold_file,
    open_file,
    safe_name,
    store_file,
    sweep_files,
)
from tianqu.kernel.files.examination import examined
from tianqu.kernel.files.pictures import remade
from tianqu.kernel.journal.acts import _REGISTRY
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Acting, Actor, act, registered_acts, set_scope
from tianqu.kernel.journal.models import Entry

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    image = Image.effect_noise(size, 60).convert(mode)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def located_photo(size: tuple[int, int] = (3000, 1000)) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(size=size, exif=exif, comment=b"<script>alert(1)</script>")


def archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return stream.getvalue()


def sheet(**parts: bytes) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"} | parts)


def bomb_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes((width // 8 + 1) * 100)))
        + chunk(b"IEND", b"")
    )


MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
WAV = (
    b"RIFF"
    + struct.pack("<I", 44)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    + b"data"
    + struct.pack("<I", 8)
    + bytes(8)
)

TAKEN = {
    "photo.JPG": (picture(), "image/jpeg"),
    "photo.png": (picture("PNG"), "image/png"),
    "photo.webp": (picture("WEBP"), "image/webp"),
    "really-a-png.jpg": (picture("PNG"), "image/png"),
    "contract.pdf": (PDF, "application/pdf"),
    "list.csv": ("姓名,村\n张三,前屯\n".encode("gb18030"), "text/csv; charset=utf-8"),
    "说明.txt": ("𠮷野家 😀 说明".encode(), "text/plain; charset=utf-8"),
    "table.xlsx": (sheet(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "call.mp3": (MP3, "audio/mpeg"),
    "call.wav": (WAV, "audio/wav"),
    "call.m4a": (b"\x00\x00\x00\x18ftypM4A " + bytes(60), "audio/mp4"),
}
REFUSED = {
    "empty.jpg": b"",
    "page.jpg": b"<!DOCTYPE html><script>alert(1)</script>",
    "page.txt": b"  \n<html><body onload=alert(1)>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "script.js": b"alert(1)",
    "program.exe": b"MZ\x90\x00\x03\x00\x00\x00",
    "program.pdf": b"MZ\x90\x00\x03\x00\x00\x00",
    "photo.pdf": picture(),
    "document.jpg": PDF,
    "half.pdf": PDF[:40],
    "archive.zip": archive({"a.txt": b"a"}),
    "macros.xlsx": sheet(**{"xl/vbaProject.bin": b"x"}),
    "escape.xlsx": sheet(**{"../../etc/passwd": b"x"}),
    "cut.xlsx": sheet()[:-30],
    "phone.heic": b"\x00\x00\x00\x18ftypheic" + bytes(40),
    "film.mp4": b"\x00\x00\x00\x18ftypisom" + bytes(40),
    "nulls.txt": b"text\x00text",
    "gif.gif": picture("GIF", mode="L"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_is_what_its_bytes_say(name: str) -> None:
    content, media_type = TAKEN[name]
    assert examined(content, name=name).media_type == media_type


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_a_reason_and_a_remedy(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        examined(REFUSED[name], name=name)
    assert caught.value.field == "file"
    assert caught.value.remedy
    assert str(caught.value)


@given(content=st.binary(max_size=400), name=st.text(max_size=30))
def test_no_bytes_break_the_examination(content: bytes, name: str) -> None:
    for prefix in (b"", b"PK\x03\x04", b"RIFF\0\0\0\0WAVE", b"%PDF-", b"\xff\xfb\x90\x00"):
        try:
            found = examined(prefix + content, name=name)
        except TianquError as error:
            assert str(error)
        else:
            assert found.media_type


@given(cut=st.integers(1, 8_000), turn=st.integers(0, 255))
def test_a_damaged_picture_is_refused_or_made_anew_but_never_passed_on(cut: int, turn: int) -> None:
    whole = _JPEG
    position = cut % len(whole)
    broken = whole[:position] + bytes([turn]) + whole[position + 1 :]
    for content in (broken, whole[:position]):
        try:
            made = remade(content)
        except TianquError:
            continue
        with Image.open(io.BytesIO(made.content)) as image:
            assert image.size == (made.width, made.height)


_JPEG = picture(size=(160, 120))


def test_a_picture_loses_place_camera_and_payload_and_stands_upright() -> None:
    made = remade(located_photo() + archive({"hidden.txt": b"smuggled payload"}))
    assert (made.width, made.height) == (683, 2048)
    for trace in (b"SecretCamera", b"script", b"PK\x03\x04", b"Exif"):
        assert trace not in made.content
    with Image.open(io.BytesIO(made.thumbnail)) as small:
        assert max(small.size) == 320


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16", "1", "CMYK"])
def test_every_colour_mode_is_made_anew(mode: str) -> None:
    image = Image.new(mode, (40, 30))
    stream = io.BytesIO()
    image.save(stream, "JPEG" if mode == "CMYK" else "PNG")
    made = remade(stream.getvalue())
    assert made.media_type == ("image/png" if "A" in mode else "image/jpeg")


@pytest.mark.parametrize("size", [(9_000, 9_000), (60_000, 10), (200_000, 200_000)])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge):
        remade(bomb_png(*size))


def test_an_archive_that_unpacks_beyond_all_reason_is_refused() -> None:
    with pytest.raises(TooLarge):
        examined(sheet(**{"xl/bomb.xml": bytes(60 * 1024 * 1024)}), name="bomb.xlsx")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_packed_as_no_office_program_does_is_refused_before_it_is_unpacked(packing: int) -> None:
    """Three gigabytes fit into two kilobytes so, and come out of them in one piece."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<document/>")
    with pytest.raises(InvalidInput):
        examined(stream.getvalue(), name="letter.docx")


def test_a_jpeg_of_layers_without_end_is_refused_and_a_film_behind_its_end_is_left_out() -> None:
    whole = picture(size=(64, 64), progressive=True)
    last = whole[whole.rindex(b"\xff\xc4") : -2]  # the tables of the last scan, and the scan
    assert b"\xff\xda" in last
    with pytest.raises(TooLarge, match="layers"):
        remade(whole[:-2] + last * 200 + whole[-2:])
    assert remade(whole + b"\xff\xda" * 200).width == 64


def test_size_has_a_limit_by_kind() -> None:
    with pytest.raises(TooLarge, match="15 MB"):
        examined(b"\xff\xd8\xff" + bytes(IMAGE_BYTES_MAX), name="big.jpg")
    with pytest.raises(TooLarge, match="20 MB"):
        examined(b"a" * (OTHER_BYTES_MAX + 1), name="big.txt")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\x\\照片.JPG", "照片.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.jpg"),
        ("a\u200bb\x00c\n.jpg", "abc.jpg"),
        ("\ud800a.jpg", "a.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("𠮷😀.jpeg", "𠮷😀.jpg"),
    ],
)
def test_names_are_made_harmless(given_name: str, kept: str) -> None:
    assert safe_name(given_name, extension="jpg") == kept


@given(st.text())
def test_no_name_keeps_a_path_or_grows_too_long(name: str) -> None:
    kept = safe_name(name, extension="pdf")
    assert kept.endswith(".pdf")
    assert len(kept) <= 120
    assert not set(kept) & set('/\\:*?"<>|\x00\u202e\u2066')
    assert not kept.startswith(".")
    assert safe_name(kept, extension="pdf") == kept


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Path:
    settings.TIANQU_FILES_URL = str(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def held() -> Iterator[Any]:
    """An act of some room above that attaches a file."""
    before = registered_acts()

    def anybody(acting: Acting, /, **arguments: Any) -> None:
        """Everybody may."""

    @act("test.hold", may=anybody)
    def hold(acting: Acting, *, file_id: Any, holder: str) -> StoredFile:
        acting.record(holder, after={"file": file_id})
        return hold_file(acting, file_id=file_id, holder=holder)

    yield hold
    _REGISTRY.clear()
    _REGISTRY.update(before)


def letting_all(actor: Actor, stored: StoredFile) -> None:
    """The rule of a thing that lets everybody see its files."""


def letting_none(actor: Actor, stored: StoredFile) -> None:
    raise NotPermitted("No.")


def blobs(store: Path) -> list[str]:
    return sorted(path.name for path in store.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
class TestStoring:
    def test_a_photo_is_stored_and_handed_out_harmless(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=io.BytesIO(located_photo()), name="../路灯.JPEG")
        opened = open_file(ANYBODY, file_id=stored.id, may_see=letting_all)
        content = b"".join(opened.chunks)
        assert storage.sha256_of(content) == stored.sha256
        assert b"SecretCamera" not in content
        assert stored.name == "路灯.jpg"
        assert opened.headers["X-Content-Type-Options"] == "nosniff"
        assert opened.headers["Content-Disposition"].startswith("inline;")
        assert "sandbox" in opened.headers["Content-Security-Policy"]
        small = open_file(ANYBODY, file_id=stored.id, may_see=letting_all, variant="thumbnail")
        assert small.size == len(b"".join(small.chunks)) < stored.size

    def test_the_original_is_kept_aside_for_those_who_may(self, store: Path) -> None:
        photo = located_photo()
        stored = store_file(ANYBODY, content=photo, name="a.jpg")
        with pytest.raises(NotPermitted):
            open_file(ANYBODY, file_id=stored.id, may_see=letting_all, variant="original")
        original = open_file(SYSTEM, file_id=stored.id, may_see=letting_all, variant="original")
        assert b"".join(original.chunks) == photo
        assert original.headers["Content-Disposition"].startswith("attachment;")

    def test_what_is_no_picture_is_only_ever_saved(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=PDF, name="带脚本.pdf")
        opened = open_file(ANYBODY, file_id=stored.id, may_see=letting_all)
        assert opened.headers["Content-Disposition"].startswith("attachment;")
        assert b"".join(opened.chunks) == PDF

    def test_text_is_served_as_utf8(self, store: Path) -> None:
        stored = store_file(ANYBODY, content="村民名单".encode("gb18030"), name="名单.csv")
        opened = open_file(ANYBODY, file_id=stored.id, may_see=letting_all)
        assert b"".join(opened.chunks).decode() == "村民名单"

    def test_the_holder_decides_who_sees(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=PDF, name="a.pdf")
        with pytest.raises(NotPermitted):
            open_file(ANYBODY, file_id=stored.id, may_see=letting_none)
        with pytest.raises(NotFound):
            open_file(ANYBODY, file_id=uuid4(), may_see=letting_all)

    def test_no_list_of_files_can_be_had(self, store: Path) -> None:
        store_file(ANYBODY, content=PDF, name="a.pdf")
        set_scope(ANYBODY.scope)
        assert StoredFile.objects.count() == 0

    def test_a_refused_file_leaves_nothing_behind(self, store: Path) -> None:
        for name, content in REFUSED.items():
            with pytest.raises(InvalidInput):
                store_file(ANYBODY, content=content, name=name)
        assert blobs(store) == []

    def test_the_journal_does_not_say_what_was_handed_in(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=PDF, name="病历.pdf")
        entry = Entry.objects.get(subject=f"file:{stored.id}")
        assert b"sealed" in bytes(entry.leaf)
        assert stored.sha256.encode() not in bytes(entry.leaf)


@pytest.mark.django_db(transaction=True)
class TestHolding:
    def test_a_file_is_attached_once(self, store: Path, held: Any) -> None:
        stored = store_file(ANYBODY, content=PDF, name="a.pdf")
        assert held(ANYBODY, file_id=stored.id, holder="order:1").holder == "order:1"
        held(ANYBODY, file_id=stored.id, holder="order:1")
        with pytest.raises(Conflict):
            held(ANYBODY, file_id=stored.id, holder="order:2")

    def test_equal_bytes_are_kept_once_and_until_the_last_is_erased(self, store: Path) -> None:
        first = store_file(ANYBODY, content=PDF, name="a.pdf")
        second = store_file(ANYBODY, content=PDF, name="b.pdf")
        assert blobs(store) == [first.sha256]
        erase_file(SYSTEM, file_id=first.id)
        assert b"".join(open_file(ANYBODY, file_id=second.id, may_see=letting_all).chunks) == PDF
        with pytest.raises(NotFound):
            open_file(ANYBODY, file_id=first.id, may_see=letting_all)
        erase_file(SYSTEM, file_id=second.id)
        assert blobs(store) == []

    def test_erasing_needs_the_permission(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=PDF, name="a.pdf")
        with pytest.raises(NotPermitted):
            erase_file(ANYBODY, file_id=stored.id)
        assert blobs(store) == [stored.sha256]

    def test_what_nobody_attached_is_swept_after_a_day(self, store: Path, held: Any) -> None:
        kept = store_file(ANYBODY, content=PDF, name="a.pdf")
        held(ANYBODY, file_id=kept.id, holder="order:1")
        store_file(ANYBODY, content=located_photo(), name="a.jpg")
        assert sweep_files() == 0
        assert sweep_files(now=timezone.now() + timedelta(hours=25)) > 0
        assert blobs(store) == [kept.sha256]

    def test_bytes_that_a_crash_left_without_a_row_are_swept(self, store: Path) -> None:
        storage.write("originals", b"left behind")
        (store / "served" / "ab" / "cd").mkdir(parents=True)
        (store / "served" / "ab" / "cd" / ".half").write_bytes(b"half")
        assert sweep_files() == 0
        assert sweep_files(now=timezone.now() + timedelta(hours=25)) == 2
        assert blobs(store) == []

    def test_missing_bytes_are_said_to_be_missing(self, store: Path) -> None:
        stored = store_file(ANYBODY, content=PDF, name="a.pdf")
        storage.remove("served", stored.sha256)
        with pytest.raises(NotFound, match="missing"):
            open_file(ANYBODY, file_id=stored.id, may_see=letting_all)

    def test_originals_lie_in_a_folder_for_the_server_alone(self, store: Path) -> None:
        store_file(ANYBODY, content=located_photo(), name="a.jpg")
        for path in (store / "originals").rglob("*"):
            assert path.stat().st_mode & 0o077 == 0

    def test_an_object_store_serves_as_well(self, settings: Any) -> None:
        settings.TIANQU_FILES_URL = "memory://files"
        stored = store_file(ANYBODY, content=PDF, name="a.pdf")
        assert b"".join(open_file(ANYBODY, file_id=stored.id, may_see=letting_all).chunks) == PDF

    def test_the_database_refuses_a_row_outside_an_act(self) -> None:
        with pytest.raises(Exception, match="outside an act"), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO files_file (id, name, kind, media_type, sha256, size, stored_at)"
                " VALUES (gen_random_uuid(), 'a', 'text', 'text/plain', '0', 1, now())"
            )
