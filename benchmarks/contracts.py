"""The rules for village contracts over 100,000 of them: time, memory, and whether twice as many take twice as long.

    python -m benchmarks.contracts CONTRACTS

Runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from typing import Final

from tianqu.project.starting import start_django

start_django()

from benchmarks.table import Measure  # noqa: E402  Django is set up first
from tianqu.packs.village.rules.catalogue import judge_all  # noqa: E402
from tianqu.packs.village.rules.facts import (  # noqa: E402
    Body,
    ContractFacts,
    ContractKind,
    Instalment,
    LandClass,
    Resolution,
    years_after,
)
from tianqu.packs.village.rules.peers import Peers  # noqa: E402
from tianqu.packs.village.rules.policy import Policy  # noqa: E402

SEED: Final = 20_200_101
TODAY: Final = date(2026, 3, 1)
SECONDS_MAX: Final = 30
MEGABYTES_MAX: Final = 500
LINEAR_MAX: Final = 1.3  # what a contract costs among all of them, to what it costs among a quarter


def invented(number: int, chance: random.Random, contracts: int) -> ContractFacts:
    """A contract with a rent for each year, about as many per village and parcel as clean-ups find."""
    signed = date(2004, 1, 1) + timedelta(days=chance.randrange(8_000))
    years = chance.choice((3, 5, 10, 20, 30))
    rent = chance.randrange(100_000, 2_000_000)
    held = signed - timedelta(days=chance.randrange(-5, 40))
    return ContractFacts(
        id=f"c{number}", kind=chance.choice((ContractKind.LEASE, ContractKind.OTHER_MEANS, ContractKind.FLOW)),
        land_class=chance.choice((LandClass.ARABLE, LandClass.FOREST, LandClass.WATER)),
        parcel=f"p{chance.randrange(contracts)}", peer_place=f"t{number // 300}", signed_on=signed, starts_on=signed,
        until=years_after(signed, years), area_mu_4=chance.randrange(5_000, 500_000), rent_year_fen=rent,
        written=chance.random() > 0.1, occupied=chance.random() > 0.3, measured_mu_4=chance.randrange(5_000, 500_000),
        resolution=Resolution(Body.MEMBERS, held, 300, chance.randrange(150, 300), 150, held - timedelta(days=12)),
        instalments=tuple(
            Instalment(due, rent, due, years_after(due, 1), rent if chance.random() > 0.2 else 0)
            for due in (years_after(signed, year) for year in range(min(years, 10)))
        ),
    )  # fmt: skip


def judged(contracts: int) -> tuple[float, float, int]:
    """Seconds of processor and wall time to index and judge as many contracts, and how many findings came of it."""
    chance = random.Random(SEED)
    facts = [invented(number, chance, contracts) for number in range(contracts)]
    wall, processor = time.perf_counter(), time.process_time()
    counts = Counter(finding.rule for finding in judge_all(facts, peers=Peers(facts), policy=Policy(), today=TODAY))
    return time.perf_counter() - wall, time.process_time() - processor, counts.total()


def main(contracts: int) -> None:
    """Measure a quarter, then all, and print the lines as JSON."""
    _wall, quarter, _found = judged(contracts // 4)
    wall, processor, found = judged(contracts)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measures = [
        Measure(
            f"contract rules over {contracts:,} contracts", f"{wall:.1f} s, {found:,} findings",
            reached=wall, unit=" s", direction="at most", bound=SECONDS_MAX,
        ),
        Measure(
            "the same: peak memory with the contracts", f"{megabytes:,.0f} MB", reached=megabytes, unit=" MB",
            direction="at most", bound=MEGABYTES_MAX,
        ),
        Measure(
            "the same: processor time a contract, all to a quarter", f"{processor:.1f} s",
            beside=f"{quarter:.1f} s", reached=processor / quarter / 4, unit=" ×", direction="at most",
            bound=LINEAR_MAX,
        ),
    ]  # fmt: skip
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
