"""Pictures made anew from their pixels, so that nothing hidden travels on: no place, no camera, no payload."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from tianqu.base.errors import InvalidInput, TooLarge, _

EDGE_PX_MAX = 2_048
THUMBNAIL_EDGE_PX = 320
PIXELS_MAX = 64_000_000  # a decoded picture then takes at most 256 MB
EDGE_PX_GIVEN_MAX = 30_000
JPEG_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")


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
    million pixels. Only the first frame of an animation is kept.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            _refuse_bombs(image)
            image.draft("RGB", (EDGE_PX_MAX, EDGE_PX_MAX))  # JPEG is decoded at a half or a quarter where that does
            image.load()
            plain = _plain(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise InvalidInput(
            _("The picture is damaged: it cannot be read to its end."), field="file",
            remedy=_("Take or save the picture again and send that."),
        ) from error  # fmt: skip
    see_through = plain.mode == "RGBA"
    plain.thumbnail((EDGE_PX_MAX, EDGE_PX_MAX), Image.Resampling.LANCZOS)
    small = plain.copy()
    small.thumbnail((THUMBNAIL_EDGE_PX, THUMBNAIL_EDGE_PX), Image.Resampling.LANCZOS)
    return Picture(
        content=_encoded(plain), media_type="image/png" if see_through else "image/jpeg",
        extension="png" if see_through else "jpg", width=plain.width, height=plain.height,
        thumbnail=_encoded(_on_white(small)),
    )  # fmt: skip


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels alone, as RGB, or RGBA where something shows through."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda level: level / 256).convert("L")
    see_through = "A" in image.getbands() or "transparency" in image.info
    plain = image.convert("RGBA" if see_through else "RGB")
    plain.info.clear()
    return plain


def _refuse_bombs(image: Image.Image) -> None:
    if image.width * image.height > PIXELS_MAX or max(image.size) > EDGE_PX_GIVEN_MAX:
        raise _too_many_pixels()


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
