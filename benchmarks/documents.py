"""A bulletin of 20 pages with 30 charts as page, PDF and DOCX: the time, and whether others make the same bytes.

    python -m benchmarks.documents CHARTS

Runs in a process of its own, without a database, in which Django is loaded as it is in a server. The time begins with
the text as it is typed, and holds the rest: loading what draws and sets, reading and checking the text, binding it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from benchmarks.table import Measure

if TYPE_CHECKING:  # loading it is part of what is measured
    from tianqu.kernel.releases.api import Papers, PrintedFigure

SEED: Final = 20_200_101
SECONDS_MAX: Final = 10
PAGES: Final = 20
CHARTS: Final = 30
PARAGRAPHS: Final = 3  # between two charts
POINTS: Final = 6
KINDS: Final = ("bar", "line", "share")
SENTENCES: Final = (
    "全市上下统一思想、真抓实干，各项工作扎实推进，{name}达到{{{{ figure {figure} }}}}，"
    "{{{{ figure {figure} change }}}}。",
    "有关部门进一步优化服务，压缩办理时限，企业和群众反映的问题得到及时解决，{name}为{{{{ figure {figure} }}}}。",
    "下一步，将继续完善机制、加强调度，巩固来之不易的成果，推动重点任务落地见效。",
)


def written(charts: int, chance: random.Random) -> tuple[str, dict[str, PrintedFigure]]:
    """An invented bulletin with as many charts, and its figures."""
    from tianqu.kernel.releases.api import PrintedFigure

    figures: dict[str, PrintedFigure] = {}
    parts = ["# 德州市经济运行情况"]
    for number in range(charts):
        kind = KINDS[number % len(KINDS)]
        own = []
        for point in range(POINTS):
            name = "规模以上工业增加值" if kind == "line" else f"领域{chr(0x7532 + point)}完成投资"
            value = f"{chance.randrange(1_000, 99_999) / 10:,.1f}"
            figure = PrintedFigure(
                f"f{number}.{point}", name, f"indicator {point}", value, value, "亿元", "CNY 100 million",
                f"/figures/f{number}.{point}", str(2015 + point), value, "同比增长6.1%", "up 6.1%",
            )  # fmt: skip
            figures[figure.id] = figure
            own.append(figure)
        if number % 3 == 0:
            parts.append(f"## {'甲乙丙丁戊己庚辛壬癸'[number // 3 % 10]}、重点领域")
        for _paragraph in range(PARAGRAPHS):
            chosen = [chance.choice(own) for _sentence in SENTENCES]
            told = zip(SENTENCES, chosen, strict=True)
            parts.append("".join(text.format(name=each.name_zh, figure=each.id) for text, each in told))
        parts.append(f"{{{{ chart {kind} {' '.join(figures_of(own))} title “重点指标完成情况” }}}}")
    return "\n\n".join(parts), figures


def figures_of(own: list[PrintedFigure]) -> list[str]:
    """Their names."""
    return [each.id for each in own]


def made(charts: int) -> tuple[float, float, Papers]:
    """Seconds from the text to its three papers, by the clock and of processors; and the papers."""
    from tianqu.project.starting import start_django

    start_django(database=False)
    begun, worked = time.perf_counter(), time.process_time()
    from tianqu.kernel.releases.api import Imprint, Language, Quotable, read_prose, render, renderer_pins, resolve

    text, figures = written(charts, random.Random(SEED))
    reading = read_prose(text, language=Language.ZH)
    assert not reading.findings, str(reading.findings[0])
    imprint = Imprint(
        "德州市人民政府新闻办公室", "第12期", datetime(2021, 1, 26, 2, tzinfo=UTC), "https://dezhou.example",
        "/releases/12",
        renderer_pins(),
    )  # fmt: skip
    papers = render(resolve(reading.document, Quotable(figures)), imprint, echarts="/static/echarts.js")
    return time.perf_counter() - begun, time.process_time() - worked, papers


def again(charts: int) -> dict[str, str]:
    """The hashes of the same in another process, zone and order of hashing."""
    environment = os.environ | {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.documents", str(charts), "hashes"], env=environment, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    told: dict[str, str] = json.loads(done.stdout)
    return told


def main(charts: int) -> None:
    """Make them, make them again elsewhere, and print the lines as JSON."""
    seconds, processor, papers = made(charts)
    pages = papers.pdf.count(b"/Type/Page/") or papers.pdf.count(b"/Type /Page\n")
    same = sum(papers.hashes()[name] == hash_again for name, hash_again in again(charts).items())
    sizes = ", ".join(
        f"{name} {len(each) / 1024:,.0f} KB"
        for name, each in (("page", papers.page.encode()), ("PDF", papers.pdf), ("DOCX", papers.docx))
    )
    measures = [
        Measure(
            f"a bulletin with {charts} charts, from text to page, PDF and DOCX",
            f"{seconds:.1f} s, {processor:.1f} s of processors; {sizes}",
            reached=seconds, unit=" s", direction="at most", bound=SECONDS_MAX,
        ),
        Measure("the same: pages of the PDF", f"{pages} pages", reached=pages, bound=PAGES * charts // CHARTS),
        Measure("the same in a second process, zone and hash seed", f"{same} of 3 with the same bytes",
                reached=same, bound=3),
    ]  # fmt: skip
    print(json.dumps([asdict(measure) for measure in measures]))


if __name__ == "__main__":
    if sys.argv[2:] == ["hashes"]:
        print(json.dumps(made(int(sys.argv[1]))[2].hashes()))
    else:
        main(int(sys.argv[1]))
