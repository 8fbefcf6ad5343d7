"""What a file is, by its bytes: the name it came with is believed only where the bytes agree.

Allowed are photographs, PDF, plain text and CSV, Word and Excel files without macros, and sound recordings. Anything
else is refused with a sentence that names what would do.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from tianqu.base.errors import InvalidInput, TooLarge, _
from tianqu.kernel.files.models import Kind
from tianqu.kernel.files.names import extension_of

IMAGE_BYTES_MAX = 15 * 1024 * 1024
OTHER_BYTES_MAX = 20 * 1024 * 1024
UNPACKED_BYTES_MAX = 150 * 1024 * 1024  # of a Word or Excel file, which is a ZIP archive
UNPACKED_RATIO_MAX = 200  # a real sheet of figures packs about 10 to 30 times
PARTS_MAX = 5_000
# What Word and Excel write (ISO/IEC 29500-2); the other ways of packing are unpacked in one piece, however large.
PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PDF_END_WITHIN = 2_048  # bytes from the end, as readers accept

ALLOWED = _(
    "Send a JPEG, PNG or WebP picture, a PDF, a Word or Excel file, plain text, CSV, or an MP3, M4A or WAV recording."
)


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken: how it is served and which endings a name may bring."""

    kind: Kind
    media_type: str
    extension: str
    endings: frozenset[str]


def _type(kind: Kind, media_type: str, *endings: str) -> FileType:
    return FileType(kind, media_type, endings[0], frozenset(endings))


_PICTURES = ("jpg", "jpeg", "jpe", "jfif", "png", "webp")
_OFFICE = "application/vnd.openxmlformats-officedocument."
JPEG = FileType(Kind.IMAGE, "image/jpeg", "jpg", frozenset(_PICTURES))
PNG = FileType(Kind.IMAGE, "image/png", "png", frozenset(_PICTURES))
WEBP = FileType(Kind.IMAGE, "image/webp", "webp", frozenset(_PICTURES))
PDF = _type(Kind.DOCUMENT, "application/pdf", "pdf")
DOCX = _type(Kind.DOCUMENT, f"{_OFFICE}wordprocessingml.document", "docx")
XLSX = _type(Kind.SHEET, f"{_OFFICE}spreadsheetml.sheet", "xlsx")
CSV = _type(Kind.SHEET, "text/csv; charset=utf-8", "csv")
TEXT = _type(Kind.TEXT, "text/plain; charset=utf-8", "txt", "text", "log", "md")
MP3 = _type(Kind.SOUND, "audio/mpeg", "mp3")
M4A = _type(Kind.SOUND, "audio/mp4", "m4a")
WAV = _type(Kind.SOUND, "audio/wav", "wav")


def examined(content: bytes, *, name: str) -> FileType:
    """Return what ``content`` is.

    Raises ``InvalidInput`` for nothing at all, a kind that is not taken, a broken file, or a name whose ending says
    something else; ``TooLarge`` beyond 15 MB for pictures and 20 MB for others, and for archives that unpack too big.
    """
    if not content:
        raise InvalidInput(
            _("The file is empty."), field="file", remedy=_("Choose it again; it may still have been copying.")
        )
    found = _sniffed(content, name=name)
    limit = IMAGE_BYTES_MAX if found.kind == Kind.IMAGE else OTHER_BYTES_MAX
    if len(content) > limit:
        raise TooLarge(
            _("The file has %(size)s MB; at most %(limit)s MB are taken."), field="file",
            remedy=_("Send a smaller version of it."), size=-(-len(content) // 1024**2), limit=limit // 1024**2,
        )  # fmt: skip
    ending = extension_of(name)
    if ending and ending not in found.endings:
        raise InvalidInput(
            _("The name ends in .%(ending)s, but the file is of the type %(type)s."), field="file",
            remedy=_("Save it under its right type, or choose another file."),
            ending=ending, type=found.media_type.split(";")[0],
        )  # fmt: skip
    return found


def _sniffed(content: bytes, *, name: str) -> FileType:
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return _whole_pdf(content)
    if head.startswith(b"PK\x03\x04"):
        return _office_file(content)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _whole_wav(content)
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head.startswith(b"ID3") or _is_mpeg_sound(content):
        return MP3
    return _plain_text(content, name=name)


def _whole_pdf(content: bytes) -> FileType:
    if b"%%EOF" not in content[-PDF_END_WITHIN:]:
        raise _broken(_("The PDF is not whole: its end is missing."))
    return PDF


def _whole_wav(content: bytes) -> FileType:
    if int.from_bytes(content[4:8], "little") + 8 > len(content) + 1 or b"fmt " not in content[12:4096]:
        raise _broken(_("The recording is not whole: its end is missing."))
    return WAV


def _by_brand(brand: bytes) -> FileType:
    if brand in {b"M4A ", b"M4B "}:
        return M4A
    if brand in {b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"}:
        raise InvalidInput(
            _("Pictures of the type HEIC or AVIF are not taken."), field="file",
            remedy=_("Save the picture as JPEG; on an iPhone choose Settings, Camera, Formats, Most Compatible."),
        )  # fmt: skip
    raise InvalidInput(_("This type of file is not taken."), field="file", remedy=ALLOWED)


# Bit rates in kbit/s of MPEG 1 layer III, and sampling rates in Hz by version (ISO/IEC 11172-3 and 13818-3).
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_SAMPLING = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


def _is_mpeg_sound(content: bytes) -> bool:
    """Say whether two layer III frames stand one after the other at the beginning."""
    first = _frame_bytes(content[:4])
    return first > 0 and _frame_bytes(content[first : first + 4]) > 0


def _frame_bytes(header: bytes) -> int:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version = header[1] >> 3 & 3
    if version == 1:
        return 0
    rate = (_RATES_1 if version == 3 else _RATES_2)[header[2] >> 4] * 1000
    sampling = _SAMPLING[version][header[2] >> 2 & 3]
    if not rate or not sampling:
        return 0
    return (144 if version == 3 else 72) * rate // sampling + (header[2] >> 1 & 1)


_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _plain_text(content: bytes, *, name: str) -> FileType:
    text = _decoded(content)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise InvalidInput(
            _("Web pages, SVG and XML are not taken, whatever their name."), field="file", remedy=ALLOWED
        )
    return CSV if extension_of(name) == "csv" else TEXT


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return text
    raise InvalidInput(_("This type of file is not taken."), field="file", remedy=ALLOWED)


def as_utf8(content: bytes) -> bytes:
    """Return plain text in UTF-8, whatever of UTF-8 and GB18030 it came in."""
    return _decoded(content).removeprefix("\ufeff").encode()


def _office_file(content: bytes) -> FileType:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _checked_parts(archive, packed=len(content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise _broken(_("The file is damaged or locked with a password.")) from error
    if "[Content_Types].xml" not in names:
        raise InvalidInput(_("Archives are not taken."), field="file", remedy=_("Send the files one by one."))
    if any(_is_program(part.lower()) for part in names):
        raise InvalidInput(
            _("Files with macros or embedded programs are not taken."), field="file",
            remedy=_("Save it without macros, or as PDF."),
        )  # fmt: skip
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    raise InvalidInput(_("This type of file is not taken."), field="file", remedy=ALLOWED)


def _is_program(part: str) -> bool:
    return "vbaproject" in part or ("/embeddings/" in part and part.endswith((".bin", ".exe", ".dll", ".js")))


def _checked_parts(archive: zipfile.ZipFile, *, packed: int) -> set[str]:
    """Unpack every part once, counting: what an archive says of its own size is not believed."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > PARTS_MAX or len(names) != len(parts):
        raise _broken(_("The file is damaged or locked with a password."))
    limit = min(UNPACKED_BYTES_MAX, max(packed * UNPACKED_RATIO_MAX, 1024**2))
    total = 0
    for part in parts:
        outside = part.filename.startswith("/") or ".." in part.filename.split("/")
        if outside or part.compress_type not in PACKINGS:
            raise _broken(_("The file is damaged or locked with a password."))
        with archive.open(part) as stream:
            while piece := stream.read(1024 * 1024):
                total += len(piece)
                if total > limit:
                    raise TooLarge(
                        _("The file unpacks to more than %(limit)s MB."), field="file",
                        remedy=_("Send a smaller version of it."), limit=limit // 1024**2,
                    )  # fmt: skip
    return names


def _broken(message: str) -> InvalidInput:
    return InvalidInput(message, field="file", remedy=_("Open it yourself, save it again and send that."))
