"""Whether what the system itself prints can hold together: its public values, by the relations that are declared.

What is under embargo is no part of it: the check sees what everybody sees, whoever asks for it.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext, override

from tianqu.base.errors import InvalidInput, NotPermitted, TooLarge, _
from tianqu.kernel.datasets.api import Busy
from tianqu.kernel.figures.consistency.figures import Figure as PrintedFigure
from tianqu.kernel.figures.consistency.figures import Name, Sentence
from tianqu.kernel.figures.consistency.reading import read_bulletin
from tianqu.kernel.figures.consistency.relations import Relation
from tianqu.kernel.figures.consistency.reporting import checked_json
from tianqu.kernel.figures.consistency.solving import Checked, check_figures
from tianqu.kernel.figures.formulas import check_period
from tianqu.kernel.figures.models import ConsistencyCheck
from tianqu.kernel.figures.reading import ShownValue, figures_public
from tianqu.kernel.figures.relations import Declared, bulletin_of, definitions_of, relations_declared
from tianqu.kernel.journal.api import SYSTEM, Acting, DoneBefore, act, seeing

TITLE: Final = Name("本平台公布的数字", "Figures published here")
WORK_MAX: Final = 2_000_000
BULLETIN_BYTES_MAX: Final = 200_000
BULLETIN_SECONDS: Final = 5  # of a processor
WAITED: Final = 12  # times as long, where many wait for a processor
AT_ONCE: Final = 2
_places = threading.BoundedSemaphore(AT_ONCE)
_MISSING: Final = _("%(figures)s: no value is public, and it is a factor here.")
_UNKNOWN: Final = _("%(figures)s: it is neither a figure here nor described beside the relation.")


def check_realm(period: str = "") -> dict[str, Any]:
    """Check the public values, for a period or the newest of each figure; return the result as plain data.

    ``figures`` are those of the sets that relations connect, ``said`` the relations in words. Raises ``InvalidInput``.
    """
    if period:
        check_period(period)
    return _checked(relations_declared(), period, {})


def check_printed(values: Mapping[str, ShownValue]) -> dict[str, Any]:
    """Check values that are to be printed, by code, beside what everybody sees of all figures that are tied to them.

    Returns what ``check_realm`` does.
    """
    declared = _tied(relations_declared(), set(values))
    return _checked(declared, "", values) if declared else {"components": [], "known": {}, "said": {}}


def _tied(declared: Sequence[Declared], reached: set[str]) -> list[Declared]:
    """The relations that some figures stand in, and those that the figures of these stand in, and so on."""
    tied: dict[str, Declared] = {}
    while True:
        more = {each.code: each for each in declared if each.code not in tied and reached & set(each.figures)}
        if not more:
            return [each for each in declared if each.code in tied]
        tied |= more
        reached = reached | {code for each in more.values() for code in each.figures}


def _checked(declared: list[Declared], period: str, values: Mapping[str, ShownValue]) -> dict[str, Any]:
    codes = sorted({code for each in declared for code in each.figures})
    nodes, printed = _nodes(codes, period, values)
    for each in declared:
        for quantity in each.quantities:
            if nodes.setdefault(str(quantity["id"]), dict(quantity)).get("printed"):
                printed.add(str(quantity["id"]))
    tested, untested = _testable(declared, nodes, printed)
    bulletin = bulletin_of({"figures": list(nodes.values()), "relations": [dict(each.told) for each in tested]})
    checked = check_figures(bulletin.figures, bulletin.relations, work_max=WORK_MAX)
    told = checked_json(checked, TITLE, in_chinese)
    told["period"] = period
    told["untested"] = untested
    if untested and told["verdict"] == "holds":
        told["verdict"] = "cannot be tested"
    told["known"] = {figure.id: _known(figure) for figure in bulletin.figures}
    told["said"] = {relation.id: _said(relation, checked) for relation in bulletin.relations}
    return told


def in_chinese(message: str) -> str:
    """The Chinese words of a sentence."""
    with override("zh-hans"):
        return gettext(message)


def _nodes(
    codes: list[str], period: str, values: Mapping[str, ShownValue]
) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """The figures as a bulletin prints them, and which of them have a value."""
    printed = {**figures_public(codes, period), **{code: values[code] for code in codes if code in values}}
    nodes: dict[str, dict[str, Any]] = {}
    for code, definition in definitions_of(codes).items():
        node = {
            "id": code, "name": {"zh": definition.name, "en": definition.name_en},
            "unit": definition.display.unit.code,
        }  # fmt: skip
        value = printed.get(code)
        if value is not None:
            node |= {"printed": value.zh.whole, "as_of": value.value.period}
            if definition.display.rounding == "cut":
                node["rounding"] = "cut"
        nodes[code] = node
    return nodes, set(printed)


def _testable(
    declared: list[Declared], nodes: Mapping[str, Any], printed: set[str]
) -> tuple[list[Declared], list[dict[str, Any]]]:
    """Those that the checker can read, and the others, each with why."""
    tested: list[Declared] = []
    untested: list[dict[str, Any]] = []
    for each in declared:
        unknown = [code for code in each.figures if code not in nodes]
        bare = [code for code in _factors(each) if code not in printed]
        if unknown or bare:
            why = Sentence(_UNKNOWN if unknown else _MISSING, {"figures": ", ".join(unknown or bare)})
            told = {"en": why.said(str, chinese=False), "zh": why.said(in_chinese, chinese=True)}
            untested.append({"relation": each.code, "figures": list(each.figures), "why": told})
        else:
            tested.append(each)
    return tested, untested


def _factors(declared: Declared) -> list[str]:
    """The figures that a relation multiplies by, which must be printed."""
    told = declared.told.get(declared.told_kind, {})
    return [told[name] for name in ("percent", "ratio") if name in told] + [
        told[name] for name in ("at_most", "at_least") if declared.told_kind == "each" and name in told
    ]


def _known(figure: PrintedFigure) -> dict[str, Any]:
    return {
        "zh": figure.name.zh,
        "en": figure.name.en,
        "printed": None if figure.printed is None else figure.printed.text,
    }


def _said(relation: Relation, checked: Checked) -> dict[str, Any]:
    sentence = relation.said(checked.figures)
    return {
        "en": sentence.said(str, chinese=False), "zh": sentence.said(in_chinese, chinese=True),
        "figures": list(relation.figures()),
    }  # fmt: skip


def _may_note(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only the system notes what a check found."))


@act("figures.note_check", may=_may_note)
def note_check(acting: Acting, *, period: str, result: dict[str, Any], again: bool = False) -> ConsistencyCheck:
    """Keep what a check found; the same as the newest is kept only where ``again`` says so."""
    newest = last_check(period)
    if newest is not None and newest.result == result and not again:
        raise DoneBefore(newest)
    check = ConsistencyCheck(period=period, made_at=acting.now, verdict=result["verdict"], result=result)
    check.save(force_insert=True)
    digest = hashlib.sha256(json.dumps(result, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    acting.record(
        f"figures_check:{check.id}", public=True,
        after={"period": period, "verdict": check.verdict, "result_sha256": digest},
    )  # fmt: skip
    return check


def check_now(period: str = "", *, again: bool = False) -> ConsistencyCheck:
    """Check the public values and keep what was found."""
    with seeing(SYSTEM.scope):
        result = check_realm(period)
    return note_check(SYSTEM, period=period, result=result, again=again)


def last_check(period: str = "") -> ConsistencyCheck | None:
    """The newest check that was kept."""
    return ConsistencyCheck.objects.filter(period=period).order_by("-made_at").first()


def check_bulletin(content: bytes, *, seconds: int = BULLETIN_SECONDS) -> dict[str, Any]:
    """Check a bulletin that somebody hands in, in a process of its own, for at most ``seconds`` of a processor.

    Returns what ``checked_json`` does. Raises ``TooLarge``, ``InvalidInputs`` with each fault, and ``InvalidInput``
    where the time was not enough.
    """
    if len(content) > BULLETIN_BYTES_MAX:
        raise TooLarge(_("A bulletin may have at most %(limit)s kB."), limit=BULLETIN_BYTES_MAX // 1000)
    bulletin = read_bulletin(content, name="bulletin.yaml")
    if not _places.acquire(blocking=False):
        raise Busy(_("Too many bulletins are being checked just now."), remedy=_("Try again in a minute."))
    try:
        printed = _checked_apart(content, seconds)
    finally:
        _places.release()
    told: dict[str, Any] = json.loads(printed)
    told["known"] = {figure.id: _known(figure) for figure in bulletin.figures}
    told["title"] = {"zh": bulletin.title.zh, "en": bulletin.title.en}
    return told


def _checked_apart(content: bytes, seconds: int) -> bytes:
    """What ``tianqu check --json`` says of a file, in a process that may use so many seconds of a processor."""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        command = [sys.executable, "-m", "tianqu", "check", file.name, "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  our own
        try:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
            printed, _nothing = process.communicate(timeout=seconds * WAITED)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    if process.returncode < 0:
        raise InvalidInput(
            _("The check of this bulletin takes longer than %(seconds)s seconds."), field="bulletin", seconds=seconds,
            remedy=_("Check fewer figures at once, or use the program tianqu check."),
        )  # fmt: skip
    if process.returncode not in (0, 1, 3):
        raise Busy(_("The bulletin could not be checked just now."), remedy=_("Try again in a minute."))
    return printed
