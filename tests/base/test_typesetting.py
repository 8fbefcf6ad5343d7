"""Papers: the same bytes again and again, in every process, with our own font alone, and texts that are no markup."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tianqu.base import typesetting
from tianqu.base.font_coverage import characters_of
from tianqu.base.typesetting import FontMissing, font_path, typeset, unsettable

AT = datetime(2020, 10, 15, 1, 2, 3, tzinfo=UTC)
PAGE = """#import "/base/typst/house.typ": *
#let told = json(bytes(sys.inputs.told))
#show: paper.with(title: told.title, language: "zh")
= #told.title
#told.text
#rows(((title: "科目"), (title: "金额", figure: true)), told.rows, totals: 1)
"""
TOLD = {"title": "张庄村 2020 年第三季度", "text": "堌埝㙦", "rows": [["租金", "1,234.50"], ["合计", "1,234.50"]]}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: Any) -> str:
    """A template below a root of the test's own, beside the house's look."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "typst").symlink_to(typesetting.ROOT / "base" / "typst")
    (tmp_path / "page.typ").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(typesetting, "ROOT", tmp_path)
    return "page.typ"


def unpacked(pdf: bytes) -> Iterator[bytes]:
    """A file's parts, those that are compressed unpacked."""
    for part in re.split(rb"stream\r?\n", pdf):
        try:
            yield zlib.decompressobj().decompress(part)
        except zlib.error:
            yield part


def test_the_same_is_set_the_same_in_any_process(page: str) -> None:
    first, again = typeset(page, TOLD, dated=AT), typeset(page, dict(reversed(TOLD.items())), dated=AT)
    assert first == again
    assert first.startswith(b"%PDF-")
    program = (
        "import sys, hashlib; from datetime import datetime, UTC; from pathlib import Path\n"
        "from tianqu.base import typesetting\n"
        f"typesetting.ROOT = Path({str(typesetting.ROOT)!r})\n"
        f"pdf = typesetting.typeset({page!r}, {TOLD!r}, dated=datetime(2020, 10, 15, 1, 2, 3, tzinfo=UTC))\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert elsewhere.stdout.strip() == hashlib.sha256(first).hexdigest()


def test_another_text_or_another_moment_is_another_file(page: str) -> None:
    one = typeset(page, TOLD, dated=AT)
    assert typeset(page, TOLD | {"text": "别的"}, dated=AT) != one
    assert typeset(page, TOLD, dated=AT.replace(year=2021)) != one


def test_our_font_alone_is_used_and_has_every_character(page: str) -> None:
    pdf = typeset(page, TOLD, dated=AT)
    names = set(re.findall(rb"/FontName\s*/([A-Za-z0-9+-]+)", b"".join(unpacked(pdf))))
    assert names and all(b"+NotoSansCJK" in name for name in names)


@pytest.mark.parametrize("text", ["#panic()", "= head *bold* $x$", '#read("/etc/passwd")', "\\ ` < @ref"])
def test_what_is_told_is_never_markup(page: str, text: str) -> None:
    assert typeset(page, TOLD | {"text": text}, dated=AT).startswith(b"%PDF-")


def test_another_font_is_refused(monkeypatch: Any) -> None:
    assert font_path().is_file()
    monkeypatch.setattr(typesetting, "FONT_SHA256", "0" * 64)
    with pytest.raises(FontMissing):
        font_path()


def test_characters_that_the_font_lacks_are_told() -> None:
    assert unsettable("德州 堌埝㙦 Dezhou é ½ \u200b\u00ad") == ""
    assert [unsettable(f"好{each}") for each in ("א", "😀", "\ue000", "\u2800")] == ["א", "😀", "\ue000", "\u2800"]


def test_a_file_that_is_no_font_has_no_characters(tmp_path: Path) -> None:
    (tmp_path / "none.otf").write_bytes(b"OTTO" + bytes(60))
    with pytest.raises(ValueError, match="no table"):
        characters_of(tmp_path / "none.otf")
