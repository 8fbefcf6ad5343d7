"""Reading an order with its timeline as JSON over HTTP, beside the same SQL in a loop."""

from __future__ import annotations

import random
import statistics
from typing import Any, Final

from benchmarks.load import CONNECTIONS, drive, gotten
from benchmarks.stack import Installation, Served
from benchmarks.table import Measure

RATIO_MINIMUM: Final = 0.35  # of the same SQL in a loop, that issue 2 asks for
REQUESTS_A_SECOND: Final = 5_000  # more than the machine can take


def readings(prepared: dict[str, Any], *, count: int) -> list[bytes]:
    """Requests to read so many orders, as they go over the wire."""
    headers = {"Authorization": f"Bearer {prepared['token']}"}
    all_of_them = [gotten(f"/api/v1/orders/{code}", headers) for code in prepared["codes"]]
    chance = random.Random()
    return [chance.choice(all_of_them) for _n in range(count)]


def measures(installed: Installation, served: Served, *, seconds: float, rounds: int) -> list[Measure]:
    """Read over HTTP and in the loop, in turns; the lines of the table."""
    prepared = dict(installed.prepared)
    loads, ceilings, cpu = [], [], []
    with served.resting("jobs"):
        drive(served.port, readings(prepared, count=200), seconds=5)
        for _round in range(rounds):
            requests = readings(prepared, count=int(REQUESTS_A_SECOND * seconds))
            before = served.cpu_seconds()
            load = drive(served.port, requests, seconds=seconds)
            cpu.append((served.cpu_seconds() - before) / load.answered * 1000)
            assert load.refused == 0, load.refusal
            loads.append(load)
            ceilings.append(installed.run("benchmarks.ceiling", "read", str(seconds), given=prepared)["rate"])
    ratio = statistics.median(load.rate / ceiling for load, ceiling in zip(loads, ceilings, strict=True))
    rate = statistics.median(load.rate for load in loads)
    return [
        Measure(
            f"read an order with its timeline, {CONNECTIONS} connections", f"{rate:,.0f}/s",
            f"{statistics.median(ceilings):,.0f}/s the same SQL", ratio, " ×", "at least", RATIO_MINIMUM,
        ),
        Measure(
            "  processor time of the web processes a request", f"{statistics.median(cpu):.2f} ms",
            f"{loads[0].bytes_each:,.0f} bytes, p95 {loads[0].p95:.1f} ms",
        ),
    ]  # fmt: skip
