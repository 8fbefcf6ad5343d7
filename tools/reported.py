"""Which of the reported figures the demonstration computes from rows, and which it quotes: the list in docs/status.md.

python tools/reported.py           writes the list
python tools/reported.py --check   says whether it is what the declarations say
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "status.md"
BEGIN: Final = "<!-- reported figures: written by tools/reported.py -->"
END: Final = "<!-- end of the reported figures -->"


def listed() -> str:
    """The list, as it stands between its two marks."""
    told = yaml.safe_load((ROOT / "realms/dezhou/figures.yaml").read_text(encoding="utf-8"))["figures"]
    figures = {each["code"]: each for each in told if not each["code"].endswith(".change")}
    quoted = {code: sources for code, each in figures.items() if (sources := list(_sources(each["formula"])))}
    rows: dict[str, list[str]] = defaultdict(list)
    for code, each in figures.items():
        if code not in quoted:
            rows[each["domain"]].append(code)
    computed = "\n".join(f"| {domain} | {len(codes)} | {', '.join(codes)} |" for domain, codes in rows.items())
    from_others = "\n".join(
        f"| {code} | {'only quoted' if 'quoted' in figures[code]['formula'] else 'from rows and a quoted number'} "
        f"| {'; '.join(sources)} |"
        for code, sources in quoted.items()
    )
    return (
        f"{len(figures)} figures: {len(figures) - len(quoted)} are computed from rows alone.\n\n"
        f"| domain | figures | codes |\n|---|---|---|\n{computed}\n\n"
        f"{len(quoted)} rest on what others published.\n\n| figure | how | source |\n|---|---|---|\n{from_others}\n"
    )


def _sources(formula: Any) -> Iterator[str]:
    if isinstance(formula, dict):
        if "quoted" in formula:
            yield formula["source"]
        for part in formula.values():
            yield from _sources(part)
    elif isinstance(formula, list):
        for part in formula:
            yield from _sources(part)


def page_with_list(page: str) -> str:
    """The page with its list as it should be."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{listed()}{END}{behind}"


def main() -> int:
    """Write the list, or say that it is not as it should be."""
    page = PAGE.read_text(encoding="utf-8")
    wanted = page_with_list(page)
    if "--check" not in sys.argv:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        print(f"{PAGE.relative_to(ROOT)} is stale: run python tools/reported.py")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
