"""Two states of a text side by side, line by line, with the words that differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from tianqu.base.sequences import changes

KEPT_AROUND: Final = 1  # lines beside a change
LINES_MAX: Final = 4_000  # of a text that is compared
WORDS_MAX: Final = 600  # of a line that are compared one by one
_WORDS: Final = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)

Parts = tuple[tuple[str, bool], ...]  # words, and whether they differ


@dataclass(frozen=True, slots=True)
class Line:
    """A line: ``kind`` is kept, cut, added, or left_out for ``count`` lines that are the same."""

    kind: str
    parts: Parts = ()
    count: int = 0


def differences(before: str, after: str, /) -> list[Line]:
    """What of a text was cut and added; lines that are the same are told by their number, but for their neighbours."""
    old, new = _lines(before), _lines(after)
    found: list[Line] = []
    for kind, from_old, to_old, from_new, to_new in changes(old, new, most=LINES_MAX):
        if kind == "equal":
            found += _kept(old[from_old:to_old], first=not from_old, last=to_old == len(old))
        else:
            found += _changed(old[from_old:to_old], new[from_new:to_new])
    return found if any(line.kind in ("cut", "added") for line in found) else []


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")[:LINES_MAX]


def _kept(lines: list[str], *, first: bool, last: bool) -> list[Line]:
    head, tail = (0 if first else KEPT_AROUND), (0 if last else KEPT_AROUND)
    hidden = len(lines) - head - tail
    if hidden <= 1:
        return [Line("kept", ((each, False),)) for each in lines]
    shown = [Line("kept", ((each, False),)) for each in lines[:head]]
    return [
        *shown,
        Line("left_out", count=hidden),
        *(Line("kept", ((each, False),)) for each in lines[head + hidden :]),
    ]


def _changed(old: list[str], new: list[str]) -> list[Line]:
    cut: list[Line] = []
    added: list[Line] = []
    for was, now in zip_longest(old, new):
        ours, theirs = _words_changed(was, now=now) if was is not None and now is not None else ((), ())
        if was is not None:
            cut.append(Line("cut", ours or ((was, True),)))
        if now is not None:
            added.append(Line("added", theirs or ((now, True),)))
    return [*cut, *added]


def _words_changed(was: str, *, now: str) -> tuple[Parts, Parts]:
    old, new = _WORDS.findall(was), _WORDS.findall(now)
    ours: list[tuple[str, bool]] = []
    theirs: list[tuple[str, bool]] = []
    for kind, from_old, to_old, from_new, to_new in changes(old, new, most=WORDS_MAX):
        ours.append(("".join(old[from_old:to_old]), kind != "equal"))
        theirs.append(("".join(new[from_new:to_new]), kind != "equal"))
    return tuple(each for each in ours if each[0]), tuple(each for each in theirs if each[0])
