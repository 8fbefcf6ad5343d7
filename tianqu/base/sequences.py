"""Two sequences held against each other, in bounded time whatever they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import Final

Change = tuple[str, int, int, int, int]  # kind (equal, replace, delete, insert), from and to in the old and in the new
WORK_PER_PART: Final = 300  # pairs of the same parts that are looked at, for each part that may be compared


def changes(old: Sequence[Hashable], new: Sequence[Hashable], /, *, most: int) -> list[Change]:
    """How ``new`` came from ``old``. Where more than ``most`` parts lie between their first and their last difference,
    or these are too much alike, all between them counts as replaced: to find out more takes time without bounds."""
    head = _same_head(old, new)
    tail = _same_head(old[head:][::-1], new[head:][::-1])
    ours, theirs = old[head : len(old) - tail], new[head : len(new) - tail]
    found: list[Change] = [("equal", 0, head, 0, head)] if head else []
    if ours and theirs and _in_bounds(ours, theirs, most):
        found += [
            (kind, from_old + head, to_old + head, from_new + head, to_new + head)
            for kind, from_old, to_old, from_new, to_new in SequenceMatcher(
                None, ours, theirs, autojunk=False
            ).get_opcodes()
        ]
    elif ours or theirs:
        kind = "replace" if ours and theirs else "delete" if ours else "insert"
        found.append((kind, head, head + len(ours), head, head + len(theirs)))
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _same_head(old: Sequence[Hashable], new: Sequence[Hashable], /) -> int:
    return next((place for place, (ours, theirs) in enumerate(zip(old, new, strict=False)) if ours != theirs),
                min(len(old), len(new)))  # fmt: skip


def _in_bounds(old: Sequence[Hashable], new: Sequence[Hashable], most: int) -> bool:
    if max(len(old), len(new)) > most:
        return False
    times = Counter(old)
    return sum(times[part] for part in new) <= WORK_PER_PART * most
