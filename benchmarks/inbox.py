"""The inbox: its processor time beside that of the same 50 rows as JSON, its bytes, and its database queries."""

from __future__ import annotations

import re
import statistics
from typing import Any, Final

import httpx

from benchmarks.load import drive, gotten
from benchmarks.stack import Installation, Served
from benchmarks.table import Measure

QUERIES_MAXIMUM: Final = 8
BYTES_MAXIMUM: Final = 80  # kB
CPU_TIMES_MAXIMUM: Final = 3.0  # of its JSON
ROWS: Final = 50
CONNECTIONS: Final = 4
PAGE: Final = "/inbox/"
JSON: Final = f"/api/v1/orders?limit={ROWS}&sort=due"


def signed_in(served: Served, prepared: dict[str, Any]) -> str:
    """Sign in as a clerk by the page; return the cookies as a browser sends them."""
    with httpx.Client(base_url=f"http://localhost:{served.port}", follow_redirects=True, timeout=30) as browser:
        form = browser.get("/account/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None, "the page to sign in has no form"
        given = {"login": prepared["login"], "password": prepared["password"], "csrfmiddlewaretoken": token[1]}
        answer = browser.post("/account/login/", data=given, headers={"Referer": str(browser.base_url)})
        assert answer.status_code == 200, answer.status_code
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def measures(installed: Installation, served: Served, *, seconds: float, rounds: int) -> list[Measure]:
    """Load page and JSON in turns; the lines of the table."""
    prepared = dict(installed.prepared)
    page = gotten(PAGE, {"Cookie": signed_in(served, prepared), "Accept-Language": "zh-hans"})
    rows = gotten(JSON, {"Authorization": f"Bearer {prepared['clerk_token']}"})
    cpu: dict[bytes, list[float]] = {page: [], rows: []}
    sizes: dict[bytes, float] = {}
    with served.resting("jobs"):
        for request in (page, rows):
            drive(served.port, [request] * 40, seconds=10, connections=CONNECTIONS)
        for _round in range(rounds):
            for request, found in cpu.items():
                before = served.cpu_seconds()
                load = drive(served.port, [request] * int(1_000 * seconds), seconds=seconds, connections=CONNECTIONS)
                assert load.refused == 0, load.refusal
                found.append((served.cpu_seconds() - before) / load.answered * 1000)
                sizes[request] = load.bytes_each
    ours, theirs = statistics.median(cpu[page]), statistics.median(cpu[rows])
    times = statistics.median(one / other for one, other in zip(cpu[page], cpu[rows], strict=True))
    statements = float(installed.run("benchmarks.statements", PAGE, prepared["login"])["statements"])
    kilobytes = sizes[page] / 1000
    return [
        Measure(
            f"inbox page of {ROWS} rows, processor time", f"{ours:.2f} ms", f"{theirs:.2f} ms its JSON", times, " ×",
            "at most", CPU_TIMES_MAXIMUM,
        ),
        Measure("  database statements", f"{statements:.0f}", "", statements, "", "at most", QUERIES_MAXIMUM),
        Measure("  bytes with assets cached", f"{kilobytes:.1f} kB", f"{sizes[rows] / 1000:.1f} kB its JSON", kilobytes,
                " kB", "at most", BYTES_MAXIMUM),
    ]  # fmt: skip
