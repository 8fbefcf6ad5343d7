"""Pictures made anew from their pixels, so that nothing hidden travels on: no place, no camera, no payload."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps

from tianqu.base.errors import InvalidInput, TooLarge, _

EDGE_PX_MAX = 2_048
THUMBNAIL_EDGE_PX = 320
PIXELS_MAX = 64_000_000  # a decoded picture then takes at most 256 MB
EDGE_PX_GIVEN_MAX = 30_000
JPEG_QUALITY = 85
SCANS_MAX = (
    100  # of a JPEG: each costs work for every pixel, and can be a hundred bytes short; programs write about ten
)
# A marker that has a meaning of its own within or between scans (ITU-T T.81, B.1.1.3): no stuffing, no restart.
_MARKER = re.compile(rb"\xff+[^\x00\x01\xd0-\xd8\xff]")
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
_FORMATS = ("JPEG", "PNG", "WEBP")
_decoding = threading.Lock()  # one large picture at a time in a process: its memory, not its number, is what runs out


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture and its thumbnail. Width and height in pixels."""

    content: bytes
    media_type: str
    extension: str
    width: int
    height: int
    thumbnail: bytes


def remade(content: bytes) -> Picture:
    """Decode a picture whole and encode it again, upright, its longer edge at most 2,048 pixels.

    Raises ``InvalidInput`` for a picture that cannot be read to its end and ``TooLarge`` for one of more than 64
    million pixels, or more scans than any program writes. Only the first frame of an animation is kept.
    """
    try:
        with _decoding, Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            _refuse_bombs(image, content)
            plain = _plain(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise InvalidInput(
            _("The picture is damaged: it cannot be read to its end."), field="file",
            remedy=_("Take or save the picture again and send that."),
        ) from error  # fmt: skip
    see_through = plain.mode == "RGBA"
    small = plain.copy()
    small.thumbnail((THUMBNAIL_EDGE_PX, THUMBNAIL_EDGE_PX), Image.Resampling.LANCZOS)
    return Picture(
        content=_encoded(plain), media_type="image/png" if see_through else "image/jpeg",
        extension="png" if see_through else "jpg", width=plain.width, height=plain.height,
        thumbnail=_encoded(_on_white(small)),
    )  # fmt: skip


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels alone, small enough and upright, as RGB, or RGBA where something shows through.

    What is done before it is small holds the whole picture once more in memory, and is done only where it must be.
    """
    image.draft("RGB", (EDGE_PX_MAX, EDGE_PX_MAX))  # JPEG is decoded at a half or a quarter where that does
    image.load()
    see_through = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if see_through else "RGB"
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda level: level / 256).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA") or (image.mode != mode and see_through):
        image = image.convert(mode)
    image.thumbnail((EDGE_PX_MAX, EDGE_PX_MAX), Image.Resampling.LANCZOS)
    plain = ImageOps.exif_transpose(image).convert(mode)
    plain.info.clear()
    return plain


def _refuse_bombs(image: Image.Image, content: bytes) -> None:
    if image.width * image.height > PIXELS_MAX or max(image.size) > EDGE_PX_GIVEN_MAX:
        raise _too_many_pixels()
    if content.startswith(b"\xff\xd8") and _scans(content) > SCANS_MAX:
        raise TooLarge(
            _("This picture is made of more than %(limit)s layers."), field="file",
            remedy=_("Open it, save it again as JPEG and send that."), limit=SCANS_MAX,
        )  # fmt: skip


def _scans(content: bytes) -> int:
    """How many scans a JPEG has up to its end, or one more than are taken; what stands behind the end is never read."""
    count, at = 0, 2
    while count <= SCANS_MAX and (found := _MARKER.search(content, at)) and found[0][-1] != _END_OF_IMAGE:
        count += found[0][-1] == _START_OF_SCAN
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return count


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        _("The picture has more than %(limit)s million pixels."), field="file",
        remedy=_("Send a smaller version of it."), limit=PIXELS_MAX // 1_000_000,
    )  # fmt: skip


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _encoded(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    if image.mode == "RGBA":
        image.save(stream, "PNG", optimize=False)
    else:
        image.save(stream, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
    return stream.getvalue()
