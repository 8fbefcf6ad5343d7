"""Every measurement of docs/benchmarks.md, printed as one table of ratios.

    python -m benchmarks [--quick] [NAME ...]

Names: place, peer, read, inbox, post, post-peers (over HTTP), journal, ledgers, books, replay, contracts, datasets,
walls, theme-day, seats, matching, consistency, documents, roster, season, demo;
without a name all.
``--quick`` takes short rounds, and leaves out the demo unless it is named. Everything runs on throw-away installations
with fsync and synchronous_commit on. Returns 1 if a figure misses what it must reach. The table of a whole run is kept
in benchmarks/results/latest.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

from benchmarks import clone, grouping, inbox, ledgers, occasions, peer_load, placing, reading
from benchmarks.stack import ROOT, Installation, Served, installation, served
from benchmarks.table import Measure, machine, said, write

NAMES: Final = (
    "place",
    "peer",
    "read",
    "inbox",
    "post",
    "post-peers",
    "journal",
    "ledgers",
    "books",
    "replay",
    "contracts",
    "datasets",
    "materialise",
    "catalogue",
    "datasette",
    "walls",
    "theme-day",
    "seats",
    "matching",
    "consistency",
    "documents",
    "roster",
    "season",
    "demo",
)
OVER_HTTP: Final[dict[str, Callable[..., list[Measure]]]] = {
    "place": placing.measures, "peer": peer_load.measures, "read": reading.measures, "inbox": inbox.measures,
    "post": ledgers.measures,
    "post-peers": peer_load.posting_measures,
}  # fmt: skip


def main() -> int:
    """Measure what was named, print, keep."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    asked.add_argument("--quick", action="store_true", help="short rounds, fewer rows, no demo")
    asked.add_argument("--rows", type=int, default=0, help="of datasets and materialise; 100 million without it")
    asked.add_argument("--file", default="", help="the New York council's requests, for replay")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that all is taken down
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        asked.error(f"there is no measurement called {', '.join(unknown)}")
    names = given.names or [name for name in NAMES if not (given.quick and name == "demo")]
    begun = machine()
    measures: list[Measure] = []
    over_http = [name for name in OVER_HTTP if name in names]
    if over_http:
        measures += _over_http(over_http, quick=given.quick)
    if "journal" in names:
        measures += _in_own_installation("benchmarks.journal", "60000" if given.quick else "200000")
    if "ledgers" in names:
        measures += _in_own_installation("benchmarks.ledgers", "batches", "3" if given.quick else "7")
    if "books" in names:
        measures += _in_own_installation("benchmarks.books", *(("400", "10") if given.quick else ("8096", "40")))
    if "replay" in names:
        measures += _in_own_installation("benchmarks.replay", "30000" if given.quick else "341299", given.file)
    if "contracts" in names:
        measures += _in_own_installation("benchmarks.contracts", "20000" if given.quick else "100000")
    measures += _of_datasets(names, rows=given.rows or (5_000_000 if given.quick else 100_000_000), quick=given.quick)
    if "walls" in names:
        measures += _in_own_installation("benchmarks.walls", "60" if given.quick else "600", realm="dezhou")
    crowds = [name for name in ("theme-day", "seats") if name in names]
    if crowds:
        measures += _told(" ".join(crowds), occasions.measures(crowds, quick=given.quick))
    if "matching" in names:
        measures += _in_own_installation("benchmarks.matching", "30" if given.quick else "300", realm="dezhou")
    if "consistency" in names:
        measures += _alone("benchmarks.consistency", "20000")
    if "documents" in names:
        measures += _alone("benchmarks.documents", "30")
    if "roster" in names:
        measures += _alone("benchmarks.roster", *(("40", "14") if given.quick else ("120", "28")))
    if "season" in names:
        measures += _alone(
            "benchmarks.season", *(("60", "4", "30", "20") if given.quick else ("300", "12", "90", "640"))
        )
    if "demo" in names:
        measures += _told("make demo", clone.measures())
    notes = [f"begun: {begun}", f"ended: {machine()}", "PostgreSQL with fsync and synchronous_commit on"]
    print(said(measures), *notes, sep="\n")
    if not given.names and not given.quick:
        write(measures, notes)
    return int(not all(measure.right for measure in measures))


def _of_datasets(names: list[str], *, rows: int, quick: bool) -> list[Measure]:
    """Each of them stands alone: one that was broken off is run again by its name."""
    measures: list[Measure] = []
    if "datasets" in names:
        from benchmarks import datasets  # sets Django up, which the other parts do in processes of their own

        with installation() as installed, served(installed) as server:
            found = datasets.measures(installed, server, rows=rows)
        measures += _told("datasets", found)
    if "materialise" in names:
        changes = str(rows // 100)
        measures += _in_own_installation("benchmarks.datasets", "changes", str(rows), changes, realm="dezhou")
    if "catalogue" in names:
        count, rounds = ("12389", "60") if quick else ("12389", "400")
        measures += _in_own_installation("benchmarks.catalogue", count, rounds, realm="dezhou")
    if "datasette" in names:
        with installation() as installed, served(installed) as server:
            found = grouping.measures(installed, server, rows=min(rows, 500_000 if quick else 5_000_000))
        measures += _told("datasette", found)
    return measures


def _over_http(names: list[str], *, quick: bool) -> list[Measure]:
    seconds, rounds = (3.0, 2) if quick else (8.0, 3)
    found: list[Measure] = []
    with installation() as installed, served(installed) as server:
        for name in names:
            found += _told(name, _one(name, installed, server, seconds=seconds, rounds=rounds))
    return found


def _one(name: str, installed: Installation, server: Served, *, seconds: float, rounds: int) -> list[Measure]:
    return OVER_HTTP[name](installed, server, seconds=seconds, rounds=rounds)


def _alone(module: str, *arguments: str) -> list[Measure]:
    """Run a measurement that needs no installation, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return _told(module, [Measure(**line) for line in json.loads(done.stdout.splitlines()[-1])])


def _in_own_installation(module: str, *arguments: str, realm: str = "") -> list[Measure]:
    """Run a measurement on a server of its own: with databases that it makes, or in a realm that is laid down."""
    with installation(realm=realm) as installed:
        environment: dict[str, Any] = dict(installed.environment)
        done = subprocess.run(
            [sys.executable, "-m", module, *filter(None, arguments)], cwd=ROOT, env=environment, check=True,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    return _told(module, [Measure(**line) for line in json.loads(done.stdout.splitlines()[-1])])


def _told(name: str, measures: list[Measure]) -> list[Measure]:
    """Say each part as soon as it is there."""
    print(said(measures), f"(load average {os.getloadavg()[0]:.1f})\n", sep="\n", flush=True)
    return measures


if __name__ == "__main__":
    sys.exit(main())
