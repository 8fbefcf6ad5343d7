"""Charts of accounts as dated trees, and what of an old chart goes on as what of a new one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from tianqu.base.canonical import canonical_bytes, plain
from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.ledgers.models import Chart, ChartMapping, Element, Side
from tianqu.kernel.ledgers.refusals import lawful
from tianqu.kernel.places.api import require_realm

CHART_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
ACCOUNT_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
NAME_MAX: Final = 120
TEXT_MAX: Final = 500
LINES_MAX: Final = 5_000
PAIRS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class ChartLine:
    """An account as a chart lays it out. ``parent`` is the code of the line above it, empty for a root."""

    code: str
    name: str
    name_en: str
    element: str  # one of Element
    side: str  # one of Side
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CodePair:
    """An account of an old chart, and one of the new chart that follows it."""

    from_code: str
    to_code: str


def _may_declare(acting: Acting, /, **arguments: Any) -> None:
    require_realm(acting.actor, acting.act)


@act("ledgers.publish_chart", may=_may_declare)
def publish_chart(
    acting: Acting,
    *,
    code: str,
    title: str,
    title_en: str,
    lines: Sequence[ChartLine],
    valid_from: date,
    basis: str = "",
    source: str = "",
) -> int:
    """Publish a chart, in force from a day on, and return its version. What is the same as the last adds nothing.

    Accounts that were opened by an earlier version keep what they are. Raises ``InvalidInput`` for a line that
    contradicts itself or another, ``Conflict`` where somebody publishes another version at the same time.
    """
    _check_code(code, CHART_CODE, field="code")
    told: dict[str, Any] = {
        "title": clean_text(title, field="title", most=NAME_MAX, wanted=True),
        "title_en": clean_text(title_en, field="title_en", most=NAME_MAX, wanted=True),
        "basis": clean_text(basis, field="basis", most=TEXT_MAX),
        "source": clean_text(source, field="source", most=TEXT_MAX),
        "lines": [asdict(line) for line in _checked_lines(lines)],
    }
    digest = _digest(told)
    last = Chart.objects.filter(code=code).order_by("-version").first()
    version = last.version if last is not None else 0
    if last is None or last.digest != digest:
        version += 1
        with lawful(code=code, valid_from=valid_from.isoformat()):
            _end(last, valid_from)
            Chart.objects.create(
                code=code, version=version, valid_from=valid_from, digest=digest, published_at=acting.now, **told
            )
    elif last.valid_from is not None:
        valid_from = last.valid_from  # the entry tells what holds, not what was asked for once more
    acting.record(
        f"chart:{code}", after={"code": code, "version": version, "valid_from": valid_from, "digest": digest, **told}
    )
    return version


@act("ledgers.map_charts", may=_may_declare)
def map_charts(
    acting: Acting, *, from_chart: str, to_chart: str, pairs: Sequence[CodePair], valid_from: date, basis: str = ""
) -> int:
    """Declare which accounts of ``to_chart`` follow those of ``from_chart``, from a day on; return the version.

    An account may have several followers: then whoever carries a book over says how much goes to each. Raises
    ``InvalidInput`` for a code that its chart does not have, and for one of the old chart that nothing follows,
    ``Conflict`` where somebody declares another version at the same time.
    """
    old, new = chart_called(from_chart), chart_called(to_chart)
    if len(pairs) > PAIRS_MAX:
        raise TooLarge(_("At most %(most)s pairs are taken."), field="pairs", value=len(pairs), most=PAIRS_MAX)
    for chart, codes in ((old, [pair.from_code for pair in pairs]), (new, [pair.to_code for pair in pairs])):
        known = {line["code"] for line in chart.lines}
        for code in codes:
            if code not in known:
                raise InvalidInput(
                    _("The chart %(chart)s has no account %(value)s."), field="pairs", value=code[:40],
                    chart=chart.code, remedy=_("Name codes of the two charts."),
                )  # fmt: skip
    forgotten = sorted({line["code"] for line in old.lines} - {pair.from_code for pair in pairs})
    if forgotten:
        raise InvalidInput(
            _("Nothing follows the account %(value)s."), field="pairs", value=forgotten[0],
            remedy=_("Name a follower for each account of the old chart."),
        )  # fmt: skip
    told = {
        "basis": clean_text(basis, field="basis", most=TEXT_MAX),
        "pairs": [[pair.from_code, pair.to_code] for pair in dict.fromkeys(pairs)],
    }
    digest = _digest(told)
    last = ChartMapping.objects.filter(from_chart=from_chart, to_chart=to_chart).order_by("-version").first()
    version = last.version if last is not None else 0
    if last is None or last.digest != digest:
        version += 1
        with lawful(to_chart=to_chart, valid_from=valid_from.isoformat()):
            _end(last, valid_from)
            ChartMapping.objects.create(
                from_chart=from_chart, to_chart=to_chart, version=version, valid_from=valid_from, digest=digest,
                published_at=acting.now, **told,
            )  # fmt: skip
    elif last.valid_from is not None:
        valid_from = last.valid_from
    acting.record(
        f"chart_mapping:{from_chart}:{to_chart}",
        after={"version": version, "valid_from": valid_from, "digest": digest, **told},
    )
    return version


def chart_called(code: str, *, on: date | None = None) -> Chart:
    """Return a chart as it holds on a day, or its newest version. Raises ``NotFound``."""
    charts = Chart.objects.filter(code=code[:200]).order_by("-version")
    found = next((chart for chart in charts if on is None or chart.holds_on(on)), None)
    if found is None:
        raise NotFound(
            _("There is no chart of accounts %(value)s."), field="chart", value=code[:60],
            remedy=_("Choose a chart that was published."),
        )  # fmt: skip
    return found


def followers_of(*, from_chart: str, to_chart: str, on: date) -> Mapping[str, list[str]]:
    """Return the codes of the new chart that follow each code of the old one. Raises ``NotFound``."""
    mappings = ChartMapping.objects.filter(from_chart=from_chart, to_chart=to_chart).order_by("-version")
    found = next((mapping for mapping in mappings if mapping.holds_on(on)), None)
    if found is None:
        raise NotFound(
            _("Nothing says what of %(value)s goes on as what of %(to)s on this day."), field="to_chart",
            value=from_chart[:60], to=to_chart[:60], remedy=_("Declare the mapping of the two charts first."),
        )  # fmt: skip
    followers: dict[str, list[str]] = {}
    for old, new in found.pairs:
        followers.setdefault(old, []).append(new)
    return followers


def charts() -> list[Chart]:
    """Every chart in its newest version, by code."""
    return list(Chart.objects.order_by("code", "-version").distinct("code"))


def _end(last: Chart | ChartMapping | None, valid_from: date) -> None:
    """Let the version before end where the new one begins."""
    if last is None:
        return
    if last.valid_from is not None and valid_from <= last.valid_from:
        raise InvalidInput(
            _("The version before began on %(began)s."), field="valid_from", value=valid_from.isoformat(),
            began=last.valid_from.isoformat(), remedy=_("Choose a later day."),
        )  # fmt: skip
    last.valid_to = valid_from
    last.save(update_fields=["valid_to"])


def _checked_lines(lines: Sequence[ChartLine]) -> Sequence[ChartLine]:
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(
            _("A chart has from 1 to %(most)s accounts."), field="lines", value=len(lines), most=LINES_MAX
        )
    seen: set[str] = set()
    for line in lines:
        _check_code(line.code, ACCOUNT_CODE, field="lines")
        if line.code in seen:
            raise InvalidInput(_("The code %(value)s stands there twice."), field="lines", value=line.code)
        check_kind_of_account(element=line.element, side=line.side)
        if line.parent and line.parent not in seen:
            raise InvalidInput(
                _("The account %(value)s lies below %(parent)s, which does not stand before it."), field="lines",
                value=line.code, parent=line.parent[:40], remedy=_("Write each account before those below it."),
            )  # fmt: skip
        clean_text(line.name, field="lines", most=NAME_MAX, wanted=True)
        clean_text(line.name_en, field="lines", most=NAME_MAX, wanted=True)
        seen.add(line.code)
    return lines


def check_kind_of_account(*, element: str, side: str) -> None:
    """Raise ``InvalidInput`` unless an account can be one of this element, growing on this side."""
    for value, field, known in ((element, "element", Element.values), (side, "side", Side.values)):
        if value not in known:
            raise InvalidInput(
                _("%(value)s is none of what an account can be."), field=field, value=value[:40],
                remedy=_("Use one of: %(known)s."), known=", ".join(known),
            )  # fmt: skip


def _check_code(code: str, pattern: re.Pattern[str], *, field: str) -> None:
    if not pattern.fullmatch(code):
        raise InvalidInput(
            _("%(value)s cannot be a code here."), field=field, value=code[:60],
            remedy=_("Use letters, digits, points, hyphens and underscores."),
        )  # fmt: skip


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_bytes(plain(dict(told)))).hexdigest()
