"""Typesetting: a template and its data become a PDF, the same bytes on every machine and on every day.

Typst sets them. What could differ from machine to machine is fixed: the font comes with us and is known by its hash,
fonts of the machine are not looked at, and the moment that stands in the file is given by the caller.

    typeset("packs/village/wall/poster.typ", {"title": "…"}, dated=published_at)

A template reads what it was given with ``#let told = json(bytes(sys.inputs.told))``. Everything in it is data: no
text of anybody's is ever read as markup. ``/base/typst/house.typ`` is the look of our papers, to be imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tianqu.base.canonical import Json, known_bytes
from tianqu.base.errors import TianquError, _
from tianqu.base.font_coverage import characters_of
from tianqu.base.texts import UNSEEN

if TYPE_CHECKING:  # the compiler is large, and most processes never set a page
    import typst

ROOT: Final = Path(__file__).resolve().parents[1]  # templates lie anywhere below
# Noto Sans CJK 2.004 with every weight in one file, as Noto publishes it; SIL Open Font License 1.1.
FONT_PACKAGE: Final = "manimgx_fonts_cjk"
FONT_FILE: Final = "NotoSansCJK-VF.otf.ttc"
# Joiners, marks of direction and choosers of a variant need no glyph; the empty Braille cell and U+FEFF do.
_INVISIBLE: Final = (frozenset(UNSEEN) | {chr(code) for code in range(0xFE00, 0xFE10)}) - {"\u2800", "\ufeff"}
FONT_SHA256: Final = "d3d8256cdec8dbcb3552284bc6b20c734dd60c2ee9df83b5758e34807c4bac32"


class FontMissing(TianquError):
    """The font with which papers are set is not there, or is another one."""

    code = "font_missing"
    status = 500


def typeset(
    template: str, told: Mapping[str, Json], *, dated: datetime, invented: str = "", for_everybody: bool = False
) -> bytes:
    """Return the PDF that a template makes of what it is told.

    ``template`` is the path of a Typst file below the package ``tianqu``. ``dated`` is the moment that the file bears
    as that of its making; the same template, data and moment give the same bytes. ``invented`` stands at the head of
    each page: paper travels without the page that says that all is made up. ``for_everybody`` asks for PDF/UA-1:
    Typst refuses a template that leaves out a title, a language or the words for a picture. Raises ``FontMissing``;
    what Typst refuses is a fault of the template, and raised as it comes.
    """
    import typst

    return typst.compile(
        str(ROOT / template), root=str(ROOT), font_paths=_fonts(),
        sys_inputs={"told": known_bytes(told).decode(), "invented": invented},
        timestamp=int(dated.timestamp()), pdf_standards=["ua-1"] if for_everybody else [],
    )  # fmt: skip


def typeset_pictures(template: str, told: Mapping[str, Json], *, dots_per_inch: int) -> list[bytes]:
    """Return one PNG for each page that a template makes of what it is told; else as ``typeset``."""
    import typst

    made = typst.compile(
        str(ROOT / template), root=str(ROOT), font_paths=_fonts(), sys_inputs={"told": known_bytes(told).decode()},
        format="png", ppi=float(dots_per_inch),
    )  # fmt: skip
    return made if isinstance(made, list) else [made]


def unsettable(text: str) -> str:
    """Return the first character of a text that our font cannot set, or nothing: other scripts, emoji, private use.

    Raises ``FontMissing``.
    """
    return next((each for each in text if not each.isascii() and not _settable(each)), "")


def _settable(character: str) -> bool:
    return ord(character) in _characters() or character in _INVISIBLE


@cache
def _characters() -> frozenset[int]:
    """What the font has, read once a process."""
    return characters_of(font_path())


def font_path() -> Path:
    """Where the font lies. Raises ``FontMissing`` for one that is not the very file that we know."""
    spec = find_spec(FONT_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / FONT_FILE
        if path.is_file() and _sha256(path) == FONT_SHA256:
            return path
    raise FontMissing(
        _("The font for papers is missing or is another one."), field="font", value=FONT_FILE,
        remedy=_("Install what requirements/runtime.lock says."),
    )  # fmt: skip


@cache
def _fonts() -> typst.Fonts:
    """The one font, found once a process."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_path().parent)])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
