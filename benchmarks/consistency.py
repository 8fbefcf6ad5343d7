"""The consistency checker over 20,000 printed figures with two planted conflicts: both found, both certified.

    python -m benchmarks.consistency FIGURES

Runs in a process of its own, without Django and without a database. The figures are those of indicators over a
prefecture, its 13 counties and their townships, in two years, with growth in per cent; they hang together in sets of
some hundred figures, and in a second run in one single set.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict
from fractions import Fraction
from typing import Final

from benchmarks.table import Measure
from tianqu.kernel.figures.offline import (
    Checked,
    Figure,
    Growth,
    Name,
    Relation,
    Share,
    Sum,
    Verdict,
    check_figures,
    proves,
    read_bulletin,
    read_printed,
)

SEED: Final = 20_200_101
SECONDS_MAX: Final = 10
COUNTIES, TOWNSHIPS = 13, 10


class Invented:
    """Figures with true values, as they are printed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.figures: dict[str, Figure] = {}
        self.relations: list[Relation] = []

    def put(self, name: str, text: str) -> str:
        """Print a figure."""
        printed = read_printed(text)
        self.figures[name] = Figure(name, Name(name, name), printed.unit, printed)
        return name

    def amount(self, name: str, value: Fraction) -> str:
        """Print an amount of money."""
        whole, part = divmod(round(value / 100), 100)
        return self.put(name, f"{whole}.{part:02}万元")

    def rate(self, name: str, value: Fraction) -> str:
        """Print a percentage with one decimal."""
        return self.put(name, f"{float(round(value * 100, 1)):.1f}%")

    def indicator(self, name: str) -> Fraction:
        """Print one indicator of two years over the whole prefecture; return its total."""
        years: dict[str, dict[str, Fraction]] = {"now": {}, "before": {}}
        parts: dict[str, list[str]] = {name: []}
        for county in range(COUNTIES):
            parts[name].append(f"{name}.{county}")
            parts[f"{name}.{county}"] = [f"{name}.{county}.{township}" for township in range(TOWNSHIPS)]
        for leaf in (each for whole in parts if whole != name for each in parts[whole]):
            before = Fraction(self.chance.randrange(10**7, 10**9))
            years["before"][leaf] = before
            years["now"][leaf] = before * Fraction(self.chance.randrange(900, 1250), 1000)
        for year, values in years.items():
            for whole in reversed(parts):
                values[whole] = sum((values[part] for part in parts[whole]), Fraction(0))
            for each, value in values.items():
                self.amount(f"{each}.{year}", value)
            for whole, those in parts.items():
                names = tuple(f"{part}.{year}" for part in those)
                self.relations.append(Sum(id=f"sum.{whole}.{year}", whole=f"{whole}.{year}", parts=names))
        for each, now in years["now"].items():
            percent = self.rate(f"{each}.percent", now / years["before"][each] - 1)
            self.relations.append(
                Growth(id=f"growth.{each}", now=f"{each}.now", before=f"{each}.before", percent=percent)
            )
        return years["now"][name]


def invented(figures: int, *, connected: bool) -> tuple[list[Figure], list[Relation]]:
    """About so many figures; ``connected`` ties all indicators together by shares of the first."""
    made = Invented(random.Random(SEED))
    totals: list[Fraction] = []
    while len(made.figures) < figures:
        name = f"i{len(totals)}"
        totals.append(made.indicator(name))
        if connected and len(totals) > 1:
            percent = made.rate(f"{name}.share", totals[-1] / totals[0])
            made.relations.append(Share(id=f"share.{name}", part=f"{name}.now", whole="i0.now", percent=percent))
    made.put("i1.3.4.percent", "26.0%")  # at most 25.0 were invented
    county = made.figures["i2.5.before"]
    assert county.printed is not None
    made.amount("i2.5.before", county.printed.number * Fraction(101, 100))
    return list(made.figures.values()), made.relations


def as_file(figures: list[Figure], relations: list[Relation]) -> bytes:
    """The same as a file for ``tianqu check``."""
    lines = ["figures:"]
    lines += [f"  - {{id: {each.id}, printed: {each.printed.text}}}" for each in figures if each.printed is not None]
    lines.append("relations:")
    for relation in relations:
        lines.append(f"  - id: {relation.id}")
        if isinstance(relation, Sum):
            lines.append(f"    sum: {{whole: {relation.whole}, parts: [{', '.join(relation.parts)}]}}")
        elif isinstance(relation, Growth):
            told = f"now: {relation.now}, before: {relation.before}, percent: {relation.percent}"
            lines.append(f"    growth: {{{told}}}")
        elif isinstance(relation, Share):
            told = f"part: {relation.part}, whole: {relation.whole}, percent: {relation.percent}"
            lines.append(f"    share: {{{told}}}")
    return "\n".join(lines).encode()


def planted_found(checked: Checked) -> bool:
    """Say whether the conflicts are the planted ones, and their certificates right."""
    named = [{relation.id for relation in conflict.relations} for conflict in checked.conflicts]
    certified = all(proves(conflict.system.rows, conflict.lines) for conflict in checked.conflicts)
    first = {"growth.i1.3.4"} in named
    second = any(each & {"sum.i2.5.before", "growth.i2.5", "sum.i2.before"} for each in named)
    return certified and first and second and checked.verdict == Verdict.CANNOT_HOLD


def measures(figures: int) -> list[Measure]:
    """Check both ways."""
    found = []
    for connected, name in ((False, "in sets of 444"), (True, "in one set")):
        made, relations = invented(figures, connected=connected)
        file = as_file(made, relations)
        begun = time.process_time()
        bulletin = read_bulletin(file, name="invented.yaml")
        read = time.process_time()
        checked = check_figures(bulletin.figures, bulletin.relations)
        seconds = time.process_time() - begun
        right = planted_found(checked)
        spent = f"{seconds:.1f} s of processor time, {read - begun:.1f} to read"
        told = f"{len(made):,} figures, {len(relations):,} relations {name}: {spent}"
        sizes = ", ".join(str(len(each.figures)) for each in checked.conflicts)
        found.append(
            Measure(
                f"check of printed figures, {name}", told, f"conflicts of {sizes} figures" if right else "NOT FOUND",
                seconds if right else float("inf"), " s", "at most", SECONDS_MAX,
            )
        )  # fmt: skip
    return found


if __name__ == "__main__":
    print(json.dumps([asdict(measure) for measure in measures(int(sys.argv[1]))]))
