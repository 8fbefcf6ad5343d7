"""The demonstration: returns of 2019 and 2020 whose invented rows add up to the reported sums, and one asked for now.

What is asked for stands in the realm's ``returns.yaml``; a realm without one has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, Scope, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import Unit, account_called, actor_of, unit_called
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import ColumnChoice, ColumnKind, FormCheck, FormColumn, Periodicity
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.filling import Explanation, FilingRow
from tianqu.packs.returns.inventing import Inventor
from tianqu.packs.returns.listing.queries import all_campaigns
from tianqu.packs.returns.queries import CampaignDetail, campaign_detail
from tianqu.packs.returns.registers.matters import period_before

OPENED, DUE_AFTER = (1, 6), 14  # the day of January on which a year's return is asked for, and days to file it
ROLE: Final = "return_statistician"


@dataclass(frozen=True, slots=True)
class _Play:
    """What the steps of the demonstration share."""

    officer: Actor
    units: list[Unit]
    inventor: Inventor


def returns_of_2020(stage: DemoStage) -> int:
    """Ask for, file and accept the returns of 2019 and 2020, and ask for one now; return how many were filed.

    Safe to run again: what is there is left as it is.
    """
    path = stage.realm / "returns.yaml"
    if not path.exists():
        return 0
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    with seeing(SYSTEM.scope):
        account = account_called(told["officer"])
        if account is None:
            return 0
        officer = actor_of(account, channel="import")
        units = [unit_called(str(code)) for code in told["weights"]]
        lines = list(all_campaigns(SYSTEM))
        known = {(line.code, line.period) for line in lines if line.closed_at is not None}
        begun = {line.code for line in lines}
    inventor = Inventor(told, {unit.code: unit.place.name for unit in units}, stage.seed)
    play, filed = _Play(officer, units, inventor), 0
    jobs = [(one, period) for one in [*told["returns"], told["enterprises"]] for period in one["periods"]]
    for done, (one, period) in enumerate(jobs, 1):
        if (one["code"], period) not in known:
            filed += _year(play, one, period, inventor.rows(one, period))
        stage.tell(done, len(jobs) + 1)
    if told["quarter"]["code"] not in begun:
        filed += _now(play, told["quarter"])
    stage.tell(len(jobs) + 1, len(jobs) + 1)
    return filed


def _design(play: _Play, one: Mapping[str, Any], periodicity: Periodicity) -> UUID:
    form_id = named_identifier(f"demo:return:{one['code']}")
    columns = [
        FormColumn(
            column["name"], column["zh"], column["en"], ColumnKind(column["kind"]), column.get("decimals", 0),
            column.get("unit_zh", ""), column.get("unit_en", ""), column.get("required", True),
            choices=tuple(ColumnChoice(*choice) for choice in column.get("choices", ())),
        )
        for column in one["columns"]
    ]  # fmt: skip
    checks = [
        FormCheck(check["code"], check["rule"], check["zh"], check["en"], check.get("soft", False))
        for check in one["checks"]
    ]
    key = one.get("key", {"zh": "", "en": ""})
    acts.design_form(
        play.officer, form_id=form_id, code=one["code"], title_zh=one["title"]["zh"], title_en=one["title"]["en"],
        periodicity=periodicity, columns=columns, checks=checks, keyed=bool(key["zh"]), key_title_zh=key["zh"],
        key_title_en=key["en"], at=_moment(date(2019, 12, 2)),
    )  # type: ignore[call-arg]  # fmt: skip
    return form_id


def _year(play: _Play, one: Mapping[str, Any], period: str, rows: Mapping[str, list[FilingRow]], /) -> int:
    """Ask for a year's return in the January after it; everybody files, and everything is accepted and closed."""
    form_id = _design(play, one, Periodicity.YEAR)
    opened = date(int(period) + 1, *OPENED)
    with seeing(SYSTEM.scope):
        units = {code: unit_called(code) for code in rows}
    detail = _opened(play, form_id, period, units.values(), opened=opened, due=opened + timedelta(days=DUE_AFTER))
    for place, line in enumerate(detail.filings):
        assert line.unit is not None
        day = opened + timedelta(days=2 + place * 11 % 12)
        _file(play, line.id, line.unit, rows[line.unit.code], day=day, state=line.state)
    acts.close_campaign(play.officer, campaign_id=detail.line.id, at=_moment(opened + timedelta(days=20)))  # type: ignore[call-arg]
    return len(detail.filings)


def _opened(play: _Play, form_id: UUID, period: str, units: Any, *, opened: date, due: date) -> CampaignDetail:
    campaign_id = named_identifier(f"demo:campaign:{form_id}:{period}")
    acts.open_campaign(
        play.officer, campaign_id=campaign_id, form_id=form_id, period=period, due_on=due,
        unit_ids=[unit.id for unit in units], at=_moment(opened),
    )  # type: ignore[call-arg]  # fmt: skip
    with seeing(SYSTEM.scope):
        return campaign_detail(SYSTEM, campaign_id=campaign_id)


def _file(
    play: _Play, filing_id: UUID, unit: Unit, rows: list[FilingRow], *, day: date, state: str,
    why: Sequence[Explanation] = (), accept: bool = True,
) -> None:  # fmt: skip
    """File a return for a unit, and accept it two days later; one that is further already is left as it is."""
    clerk = Actor("import", unit_id=unit.id, roles=frozenset({ROLE}), scope=Scope(unit_ids=(unit.id,)))
    if state in ("dispatched", "accepted"):
        acts.submit_filing(
            clerk, filing_id=filing_id, revision_id=named_identifier(f"demo:revision:{filing_id}"), rows=rows,
            explanations=why, at=_moment(day),
        )  # type: ignore[call-arg]  # fmt: skip
        state = "done"
    if accept and state == "done":
        acts.accept_filing(play.officer, filing_id=filing_id, number=1, at=_moment(day + timedelta(days=2)))  # type: ignore[call-arg]


def _now(play: _Play, one: Mapping[str, Any]) -> int:
    """Ask for the quarter before this one, and for the one before that, which everybody filed."""
    today = timezone.localdate()
    form_id = _design(play, one, Periodicity.QUARTER)
    period = period_before(f"{today.year}-Q{(today.month + 2) // 3}")
    why = (Explanation("steady", "", one["explanation"]),)
    opened = today - timedelta(days=60)
    before = _opened(play, form_id, period_before(period), play.units, opened=opened, due=opened + timedelta(days=12))
    rows = play.inventor.of_units(one, one["totals_before"])
    for place, line in enumerate(before.filings):
        assert line.unit is not None
        _file(play, line.id, line.unit, rows[line.unit.code], day=opened + timedelta(days=1 + place), state=line.state)
    acts.close_campaign(play.officer, campaign_id=before.line.id, at=_moment(opened + timedelta(days=20)))  # type: ignore[call-arg]
    opened = today - timedelta(days=16)
    detail = _opened(play, form_id, period, play.units, opened=opened, due=today - timedelta(days=2))
    rows = play.inventor.of_units(one, one["totals"])
    lines = {line.unit.code: line for line in detail.filings if line.unit}
    accepted = [str(code) for code in one["accepted"]]
    sent_back, estimated = str(one["sent_back"]), str(one["estimated"])
    filing = [*accepted, *(str(code) for code in one["filed"]), sent_back]
    surprising = str(one["filed"][0])
    values = dict(rows[surprising][0].values)
    values["in_place"] = str(Decimal(values["in_place"]) * 2)
    rows[surprising] = [FilingRow("", values)]
    for place, code in enumerate(filing):
        unit, day = lines[code].unit, opened + timedelta(days=2 + place)
        assert unit is not None
        _file(
            play, lines[code].id, unit, rows[code], day=day, state=lines[code].state, accept=code in accepted,
            why=why if code == surprising else (),
        )  # fmt: skip
    acts.send_back_filing(
        play.officer,
        filing_id=lines[sent_back].id,
        reason=one["reason"],
        due_on=today + timedelta(days=3),
    )
    acts.estimate_filing(play.officer, filing_id=lines[estimated].id, method=Method.PEER_GROWTH)
    return len(before.filings) + len(filing)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10, 30), timezone.get_current_timezone())
