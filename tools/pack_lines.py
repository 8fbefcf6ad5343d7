"""How long packs are: lines of Python without tests, demonstrations and migrations, by what they are for.

    python -m tools.pack_lines [PACK ...]

*all* counts every line; *code* leaves out blank lines, comments and docstrings; of the code, *imports* name what is
used, *declared* stands in files that only declare (tables, registers, words, notices, flows, pages, datasets), and
*done* is the rest: acts, queries, pages. docs/decisions/0031-how-long-a-pack-is.md says why *done* is bounded.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKS: Final = Path(__file__).parent.parent / "tianqu" / "packs"
DECLARING: Final = frozenset(
    {"models", "declared", "words", "notices", "flow", "kind", "season", "certified", "datasets", "pack"}
)
SILENT: Final = frozenset({
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
})  # fmt: skip


@dataclass(slots=True)
class Lines:
    """The lines of a pack; ``done`` are those of code that neither import nor declare."""

    all: int = 0
    code: int = 0
    imports: int = 0
    declared: int = 0

    @property
    def done(self) -> int:
        """Acts, queries and pages."""
        return self.code - self.imports - self.declared


def lines_of(pack: str) -> Lines:
    """Count the lines of a pack."""
    found = Lines()
    for path in sorted((PACKS / pack).rglob("*.py")):
        parts = path.relative_to(PACKS / pack)
        if {"tests", "migrations"} & set(parts.parts) or path.stem.endswith("demo"):
            continue
        source = path.read_text(encoding="utf-8")
        code, imports = _code_of(source)
        found.all += len(source.splitlines())
        found.code += code
        found.imports += imports
        found.declared += code - imports if path.stem in DECLARING else 0
    return found


def _code_of(source: str) -> tuple[int, int]:
    """How many lines hold code, and how many of these are imports at the top."""
    tree = ast.parse(source)
    lines = {
        line for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    imports = {
        line for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }  # fmt: skip
    return len(lines), len(lines & imports)


def main(*packs: str) -> None:
    """Print a table."""
    names = packs or tuple(sorted(path.parent.name for path in PACKS.glob("*/pack.py")))
    print(f"{'pack':<16}{'all':>8}{'code':>8}{'imports':>9}{'declared':>10}{'done':>8}")
    for name in names:
        told = lines_of(name)
        print(f"{name:<16}{told.all:>8,}{told.code:>8,}{told.imports:>9,}{told.declared:>10,}{told.done:>8,}")


if __name__ == "__main__":
    main(*sys.argv[1:])
