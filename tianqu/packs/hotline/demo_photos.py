"""Drawn pictures for the demo: a pothole, a dark lamp, rubbish.

Each carries the word 示例 (sample), so that nobody takes it for a photo.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final, TypeAlias

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 480  # pixels
Draw: TypeAlias = ImageDraw.ImageDraw

# 示 and 例 as strokes on a grid of 10 × 10, because no font with Chinese characters can be counted on.
SHI: Final = (((2, 1), (8, 1)), ((1, 4), (9, 4)), ((5, 4), (5, 9), (4, 9)), ((3, 6), (1, 8)), ((7, 6), (9, 8)))
LI: Final = (
    ((3, 0), (1, 4)), ((2, 3), (2, 9)), ((3, 1), (7, 1)), ((5, 1), (3, 6)), ((5, 3), (7, 3), (4, 9)),
    ((4, 5), (5, 6)), ((8, 1), (8, 6)), ((9, 0), (9, 9), (8, 9)),
)  # fmt: skip


def drawn_photo(kind: str, *, seed: int) -> bytes:
    """Return a PNG of 640 × 480 pixels that shows this kind of trouble."""
    chance = random.Random(seed)  # noqa: S311  nothing secret is made of it
    image = Image.new("RGB", (WIDTH, HEIGHT), chance.choice([(168, 190, 206), (196, 202, 200), (120, 138, 158)]))
    draw = ImageDraw.Draw(image)
    ground = chance.randrange(200, 260)
    shade = chance.randrange(95, 125)
    draw.rectangle((0, ground, WIDTH, HEIGHT), fill=(shade, shade, shade + 4))
    _houses(draw, ground, chance)
    PICTURES.get(kind, _pothole)(draw, ground, chance)
    _stamp(draw)
    out = BytesIO()
    image.quantize(48).save(out, "PNG", optimize=True)
    return out.getvalue()


def _houses(draw: Draw, ground: int, chance: random.Random) -> None:
    left = -20
    while left < WIDTH:
        width, height = chance.randrange(70, 140), chance.randrange(60, 150)
        wall = chance.choice([(208, 196, 178), (190, 178, 170), (214, 208, 200), (176, 150, 138)])
        draw.rectangle((left, ground - height, left + width, ground), fill=wall)
        for across in range(left + 12, left + width - 18, 26):
            for down in range(ground - height + 12, ground - 20, 30):
                draw.rectangle((across, down, across + 12, down + 16), fill=(96, 112, 128))
        left += width + chance.randrange(6, 30)


def _pothole(draw: Draw, ground: int, chance: random.Random) -> None:
    for _each in range(chance.randrange(1, 4)):
        across, down = chance.randrange(120, 480), chance.randrange(ground + 60, HEIGHT - 60)
        wide, high = chance.randrange(60, 140), chance.randrange(20, 44)
        draw.ellipse((across - wide, down - high, across + wide, down + high), fill=(74, 70, 66))
        draw.ellipse((across - wide + 16, down - high + 8, across + wide - 24, down + high - 6), fill=(52, 46, 42))


def _lamp(draw: Draw, ground: int, chance: random.Random) -> None:
    draw.rectangle((0, 0, WIDTH, ground), fill=(28, 32, 52))
    foot = chance.randrange(180, 420)
    lean = chance.randrange(-30, 30)
    draw.line((foot, HEIGHT - 90, foot + lean, 90), fill=(150, 150, 150), width=10)
    draw.line((foot + lean, 92, foot + lean + 90, 78), fill=(150, 150, 150), width=8)
    draw.ellipse((foot + lean + 76, 70, foot + lean + 120, 92), fill=(54, 54, 50))


def _manhole(draw: Draw, ground: int, chance: random.Random) -> None:
    across, down = chance.randrange(220, 420), chance.randrange(ground + 90, HEIGHT - 70)
    draw.ellipse((across - 90, down - 40, across + 90, down + 40), fill=(60, 60, 62))
    draw.ellipse((across - 74, down - 30, across + 74, down + 30), fill=(14, 14, 16))
    draw.chord((across - 20, down - 46, across + 160, down + 34), 200, 20, fill=(92, 88, 84))


def _rubbish(draw: Draw, ground: int, chance: random.Random) -> None:
    colours = [(40, 44, 48), (198, 60, 52), (232, 232, 228), (62, 112, 70), (208, 168, 70)]
    for _each in range(chance.randrange(18, 36)):
        across, down = chance.randrange(160, 480), chance.randrange(ground + 30, HEIGHT - 50)
        size = chance.randrange(14, 44)
        draw.ellipse((across, down, across + size * 2, down + size), fill=chance.choice(colours))


def _car(draw: Draw, ground: int, chance: random.Random) -> None:
    for left in range(chance.randrange(20, 80), WIDTH - 160, 210):
        colour = chance.choice([(236, 236, 236), (58, 62, 70), (150, 40, 38), (60, 84, 130)])
        top = ground + chance.randrange(20, 60)
        draw.rounded_rectangle((left, top + 34, left + 180, top + 92), 14, fill=colour)
        draw.polygon([(left + 34, top + 36), (left + 58, top), (left + 122, top), (left + 150, top + 36)], fill=colour)
        for wheel in (left + 40, left + 138):
            draw.ellipse((wheel - 20, top + 72, wheel + 20, top + 112), fill=(24, 24, 24))


def _water(draw: Draw, ground: int, chance: random.Random) -> None:
    colour = chance.choice([(84, 96, 90), (72, 66, 52), (110, 126, 134)])
    draw.polygon([(0, ground + 70), (WIDTH, ground + 40), (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)
    for _each in range(24):
        across, down = chance.randrange(WIDTH), chance.randrange(ground + 80, HEIGHT)
        draw.arc((across, down, across + 60, down + 12), 180, 360, fill=(190, 198, 200), width=2)


def _smoke(draw: Draw, ground: int, chance: random.Random) -> None:
    foot = chance.randrange(200, 420)
    draw.polygon([(foot - 40, ground + 60), (foot, ground), (foot + 40, ground + 60)], fill=(214, 110, 40))
    for step in range(26):
        size = 20 + step * 3
        across, down = foot + step * chance.randrange(2, 9), ground - step * 9
        grey = 90 + step * 4
        draw.ellipse((across - size, down - size, across + size, down + size // 2), fill=(grey, grey, grey))


def _tree(draw: Draw, ground: int, chance: random.Random) -> None:
    foot = chance.randrange(200, 440)
    draw.line((foot, HEIGHT - 80, foot + chance.randrange(-60, 60), ground - 60), fill=(92, 66, 44), width=26)
    for _each in range(30):
        across, down = foot + chance.randrange(-130, 130), ground - 80 + chance.randrange(-90, 60)
        draw.ellipse((across - 34, down - 26, across + 34, down + 26), fill=(48, chance.randrange(92, 132), 56))


def _stamp(draw: Draw) -> None:
    draw.rectangle((WIDTH - 150, HEIGHT - 84, WIDTH - 12, HEIGHT - 12), fill=(255, 255, 255))
    for strokes, left in ((SHI, WIDTH - 142), (LI, WIDTH - 76)):
        for stroke in strokes:
            points = [(left + across * 5.6, HEIGHT - 76 + down * 5.6) for across, down in stroke]
            draw.line(points, fill=(176, 32, 32), width=4)


PICTURES: Final[Mapping[str, Callable[[Draw, int, random.Random], None]]] = {
    "pothole": _pothole, "lamp": _lamp, "manhole": _manhole, "rubbish": _rubbish, "car": _car, "water": _water,
    "smoke": _smoke, "tree": _tree,
}  # fmt: skip
