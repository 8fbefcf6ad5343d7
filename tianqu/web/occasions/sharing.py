"""The picture and the words with which a link to an occasion is shown where people share it (Open Graph)."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from functools import cache, lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import override
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from tianqu.base.typesetting import font_path, unsettable
from tianqu.kernel.occasions.api import OccasionLine, occasion_with
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.layout.formats import in_chinese, moment_in
from tianqu.web.occasions.words import word

WIDTH: Final = 1_200  # pixels: the size that Open Graph's readers ask for, 1.91 to 1
HEIGHT: Final = 630
MARGIN: Final = 80
LINES_MAX: Final = 3
LOOK: Final = 1  # higher with every change of how the picture looks, so that nobody keeps the old one
SIMPLIFIED: Final = 2  # of the faces in the font's file: Japanese, Korean, simplified Chinese, traditional ones
REGULAR, BOLD = 400, 700
INK, QUIET, PAPER, ACCENT, LATE = "#1a1e22", "#505a63", "#ffffff", "#0b5a86", "#a3201a"  # of tianqu.css
MEDIA_TYPE: Final = "image/png"
LANGUAGES: Final = {"zh": True, "en": False}
_drawing = threading.Lock()  # a face of FreeType's is for one thread at a time


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a picture: a title, when, where, who holds it, and what is to be minded ("" for nothing)."""

    title: str
    when: str
    where: str
    held_by: str
    state: str = ""


def card_of(line: OccasionLine, *, chinese: bool) -> Card:
    """What is told of an occasion in one of the two languages."""
    it, holder = line.occasion, line.holder
    said: Callable[[str, str], str] = lambda zh, en: zh if chinese or not en else en  # noqa: E731
    venue, under = said(it.venue, it.venue_en), said(holder.under, holder.under_en)
    return Card(
        said(it.title, it.title_en), moment_in(it.starts_at, chinese=chinese),
        f"{venue} · {under}" if under and under != venue else venue, said(holder.name, holder.name_en),
        _word("cancelled", chinese=chinese) if line.state == "cancelled" else "",
    )  # fmt: skip


def _word(code: str, *, chinese: bool) -> str:
    with override("zh-hans" if chinese else "en"):
        return word(code)


def share_address(line: OccasionLine) -> str:
    """Where the picture of an occasion lies, in the language of the page; another version has another address."""
    path = reverse("occasion_share", kwargs={"occasion_id": line.occasion.id})
    return f"{settings.TIANQU_ORIGIN}{path}?in={'zh' if in_chinese() else 'en'}&version={line.occasion.version}"


@require_safe
def share_picture(request: PageRequest, occasion_id: UUID) -> HttpResponseBase:
    """The picture of an occasion, 1200 × 630 pixels; ``?in=zh`` or ``en``, else in the language of the page."""
    chinese = LANGUAGES.get(request.GET.get("in", ""), in_chinese())
    line = occasion_with(occasion_id)
    card = card_of(line, chinese=chinese)
    tag = f'"{line.occasion.version}-{_digest(card)}"'
    answer = HttpResponse(content_type=MEDIA_TYPE, headers={"ETag": tag, "Cache-Control": "public, max-age=300"})
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    answer.content = picture(card)
    return answer


def _digest(card: Card) -> str:
    return hashlib.sha256("\n".join((str(LOOK), *astuple(card))).encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def picture(card: Card) -> bytes:
    """Draw a card as PNG. The same card gives the same bytes: the font is ours, and nothing tells of the moment."""
    with _drawing:
        return _drawn(card)


def _drawn(card: Card) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 16, HEIGHT), fill=ACCENT)
    top = 56.0
    if card.state:
        draw.text((MARGIN, top), _settable(card.state), font=_font(36, weight=BOLD), fill=LATE)
        top += 56
    size = 68 if len(list(_lines(card.title, _font(68, weight=BOLD)))) <= LINES_MAX else 56
    for written in _shortened(card.title, _font(size, weight=BOLD), most=LINES_MAX):
        draw.text((MARGIN, top), written, font=_font(size, weight=BOLD), fill=INK)
        top += size * 1.3
    foot = HEIGHT - 48 - 3 * 56
    for text, fill in ((card.when, ACCENT), (card.where, INK), (card.held_by, QUIET)):
        for written in _shortened(text, _font(38, weight=REGULAR), most=1):
            draw.text((MARGIN, foot), written, font=_font(38, weight=REGULAR), fill=fill)
        foot += 56
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


@cache
def _font(size: int, *, weight: int) -> ImageFont.FreeTypeFont:
    """The face in a size (pixels) and a weight. Simple layout: its bytes do not hang on a library of the machine."""
    font = ImageFont.truetype(str(font_path()), size, index=SIMPLIFIED, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def _settable(text: str) -> str:
    """The text without what our font cannot set, which would stand there as empty boxes."""
    return "".join(one for one in text if not unsettable(one)).strip()


def _shortened(text: str, font: ImageFont.FreeTypeFont, *, most: int) -> list[str]:
    """The lines of a text, the last one cut short where there are more."""
    lines = list(_lines(text, font))
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and font.getlength(f"{last}…") > WIDTH - 2 * MARGIN:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}…"]


def _lines(text: str, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """Break a text: between words, and between any two Chinese characters."""
    room, line = WIDTH - 2 * MARGIN, ""
    for piece in _pieces(_settable(text)):
        if line and font.getlength(line + piece.rstrip()) > room:
            yield line.rstrip()
            line = ""
            piece = piece.lstrip()
        while font.getlength(piece.rstrip()) > room:  # one word that is longer than a line
            fits = next(count for count in range(len(piece), 0, -1) if font.getlength(piece[:count]) <= room)
            yield piece[:fits]
            piece = piece[fits:]
        line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """The pieces between which a line may break: words with the space behind them, other characters one by one.

    What closes stays with what stands before it.
    """
    piece = ""
    for one in text:
        joined = piece and (
            one in CLOSING or one == " " or (one.isascii() and piece[-1].isascii() and piece[-1] != " ")
        )
        if piece and not joined:
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece


CLOSING: Final = frozenset("，。、；：？！）》」』”’…·")
