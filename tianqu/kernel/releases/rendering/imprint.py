"""What stands around a text: who publishes it, when, where it can be found, and what it was made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from tianqu.base import typesetting
from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.releases.prose.document import Language
from tianqu.kernel.releases.prose.printing import printable

_ROOM: Final = Path(__file__).resolve().parents[1]
_SOURCES: Final = ("prose", "rendering")  # what decides how a text comes out
_LIBRARIES: Final = ("typst", "vl-convert-python", "python-docx", "lxml", "markdown-it-py")


@dataclass(frozen=True, slots=True)
class Imprint:
    """The frame of a release in one language.

    ``issuer`` and ``number`` stand above the title ("德州市人民政府新闻办公室", "第12期"); ``released_at`` is the
    moment that every file bears; ``site`` the address before every address that is a path
    ("https://dezhou.example"); ``address`` the permanent one of the release; ``pins`` what it was made of, each a name
    and a value, as the last page shows it.
    """

    issuer: str
    number: str
    released_at: datetime
    site: str
    address: str
    pins: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.released_at.tzinfo is None:
            raise InvalidInput(
                _("This moment has no time zone."), field="released_at", value=str(self.released_at),
                remedy=_("Give it with its zone."),
            )  # fmt: skip
        for text in (self.issuer, self.number, *(each for pin in self.pins for each in pin)):
            if not printable(text):
                raise InvalidInput(
                    _("This text cannot be printed: too long, or with characters that cannot be shown."),
                    field="imprint", value=text[:40], remedy=_("Type it anew."),
                )  # fmt: skip
        if not self.site.startswith(("https://", "http://")):
            raise InvalidInput(
                _("This is no address of a site."), field="site", value=self.site[:60],
                remedy=_("Give for instance https://dezhou.example."),
            )  # fmt: skip

    def absolute(self, address: str) -> str:
        """An address as it can be opened from paper."""
        return urljoin(self.site, address)

    def day(self, language: Language) -> str:
        """The day of the release, in the zone of its moment: 2020年10月15日, 15 October 2020."""
        day = self.released_at
        if language is Language.ZH:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@cache
def renderer_pins() -> tuple[tuple[str, str], ...]:
    """With what is rendered: libraries by version, the font and this room's own sources by SHA-256."""
    own = hashlib.sha256()
    for path in sorted([*_sources(), typesetting.ROOT / "base/typst/house.typ"]):
        own.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    pins = [(name, version(name)) for name in _LIBRARIES]
    pins += [("Noto Sans CJK", typesetting.FONT_SHA256), ("tianqu.kernel.releases", own.hexdigest())]
    return tuple(pins)


def _sources() -> list[Path]:
    return [path for name in _SOURCES for kind in ("*.py", "*.typ") for path in (_ROOM / name).rglob(kind)]
