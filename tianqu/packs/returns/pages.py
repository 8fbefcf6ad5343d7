"""The pages of one return and of one campaign, and what is done on them. Lists are in ``list_pages``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.spreadsheets import MARK, csv_line
from tianqu.kernel.orders.api import act_name, clocks_left, shown_code
from tianqu.kernel.pack.api import Column, Download, Faults, PageRequest, PageResult, Redirect, Rendered, Table, faults
from tianqu.kernel.places.api import known_roles, units_with
from tianqu.packs.returns import acts
from tianqu.packs.returns.estimating import Method
from tianqu.packs.returns.figures.queries import accepted_rows, standing, standing_rows, totals
from tianqu.packs.returns.filling import Failure
from tianqu.packs.returns.filling_pages import address_of, day_of, day_or_none, number_given
from tianqu.packs.returns.queries import (
    CampaignDetail,
    FilingDetail,
    campaign_detail,
    filing_detail,
    response_by_day,
    waiting_for_decision,
    waiting_to_file,
)
from tianqu.packs.returns.words import (
    CLOCKS,
    METHODS,
    english,
    failure_said,
    key_titled,
    kind_said,
    named,
    template_words,
    titled,
    unit_said,
)

FIGURES_SHOWN_MAX: Final = 500  # of up to 2,000 rows of each of 200 units; the export has them all
UNIT_COLUMNS: Final = (
    Column("unit", _("Unit")), Column("state", _("State")), Column("due", _("To be filed by")),
    Column("filed", _("First filed")), Column("reminded", _("Reminded")), Column("kind", _("Figures filed")),
)  # fmt: skip


def to_file_count(request: PageRequest) -> int:
    """How many returns the post's unit has not filed."""
    return waiting_to_file(request.actor)


def decision_count(request: PageRequest) -> int:
    """How many returns wait for the post's office."""
    return waiting_for_decision(request.actor)


def campaign(request: PageRequest, campaign_id: UUID) -> PageResult:
    """One campaign: how many have filed by day, who is missing, and the figures that stand."""
    detail = campaign_detail(request.actor, campaign_id=campaign_id)
    line = detail.line
    rows = accepted_rows(request.actor, form_code=line.code, period=line.period)
    summed = totals(line.design, rows)
    told = response_by_day(request.actor, campaign_id=campaign_id)
    context = {
        "detail": detail, "line": line, "design": line.design, "chart": _response(told),
        "figures": rows[:FIGURES_SHOWN_MAX], "more_figures": len(rows) - FIGURES_SHOWN_MAX,
        "units": units_with({row.unit_id for row in rows}), "key_titled": key_titled(line.design), "summed": summed,
        "estimated": sum(row.estimated for row in rows), "missing": [one for one in detail.filings if one.state in
                                                                      ("dispatched", "accepted")],
        "table": Table(caption=_("Units"), columns=UNIT_COLUMNS, rows=detail.filings), **template_words(),
    }  # fmt: skip
    return Rendered("returns/campaign.html", context)


def _response(told: dict[str, Any]) -> dict[str, Any]:
    """The share of units that had filed, day by day, as an ECharts option."""
    days = [*told["days"]]
    today = min(timezone.localdate(), max(date.fromisoformat(told["due_on"]), date.fromisoformat(days[-1]["day"])))
    if days[-1]["day"] < today.isoformat():
        days.append({"day": today.isoformat(), "filed": days[-1]["filed"]})
    return {
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "name": gettext("units"), "min": 0, "max": told["asked"], "minInterval": 1},
        "series": [{
            "type": "line", "step": "end", "name": gettext("Filed"), "areaStyle": {"opacity": 0.15},
            "data": [{"value": [one["day"], one["filed"]]} for one in days],
            "markLine": {"silent": True, "symbol": "none", "data": [
                {"xAxis": told["due_on"], "label": {"formatter": gettext("due day")}},
            ]},
        }],
    }  # fmt: skip


def export(request: PageRequest, campaign_id: UUID) -> PageResult:
    """The figures of a campaign that stand, with their marks, as CSV with a byte order mark."""
    detail = campaign_detail(request.actor, campaign_id=campaign_id)
    name = f"{detail.line.code}-{detail.line.period}.csv"
    return Download(name, "text/csv; charset=utf-8", _lines(request, detail))


def _lines(request: PageRequest, detail: CampaignDetail) -> Iterator[bytes]:
    line = detail.line
    found = standing(request.actor, form_code=line.code, period=line.period)
    units = units_with(found.unit_ids)
    heads = [gettext("Unit"), *([key_titled(line.design)] if line.design.keyed else [])]
    heads += [f"{titled(one)}{f' ({unit_said(one)})' if unit_said(one) else ''}" for one in line.design.columns]
    yield f"{MARK}{csv_line([*heads, gettext('Mark'), gettext('Revision')])}".encode()
    for row in standing_rows(found):
        mark = "estimated" if row.estimated else "revised" if row.revised else "filed"
        yield csv_line([
            named(units[row.unit_id]), *([row.key] if line.design.keyed else []),
            *(row.values.get(one.name) for one in line.design.columns), kind_said(mark, row.method), row.number,
        ]).encode()  # fmt: skip


def filing(request: PageRequest, filing_id: UUID) -> PageResult:
    """One return: its figures beside the period before, all its revisions, and what its reader may do now."""
    return _filing_shown(filing_detail(request.actor, filing_id=filing_id), {}, Faults())


def _filing_shown(detail: FilingDetail, given: dict[str, str], errors: Faults, *, status: int = 200) -> PageResult:
    line = detail.line
    context = {
        "detail": detail, "line": line, "design": detail.design, "code": shown_code(detail.order.order.code),
        "key_titled": key_titled(detail.design), "last": {row.key: row for row in detail.last}, "given": given,
        "errors": errors, "may": {act.removeprefix("returns.") for act in detail.acts},
        "clocks": clocks_left(detail.order, now=detail.now), "clock_said": lambda kind: gettext(CLOCKS[kind]),
        "name_of_act": act_name, "by_said": _by_said, "chinese": not english(), "failed": _failed(detail),
        "methods": [(method.value, gettext(said)) for method, said in METHODS.items()],
        "compared": detail.revisions[:4], "decidable": detail.is_office and detail.revisions and
        line.state == "done", **template_words(),
    }  # fmt: skip
    return Rendered("returns/filing.html", context, status=status)


def _failed(detail: FilingDetail) -> list[tuple[str, str, str]]:
    """The soft checks that the newest figures do not hold to: title, what was computed, and why it is so."""
    said = {(one["check"], one["key"]): one["text"] for one in detail.revisions[0].explanations} if (
        detail.revisions) else {}  # fmt: skip

    def told(one: Failure) -> tuple[str, str, str]:
        return titled(one.check), failure_said(one), said.get((one.check.code, one.key), "")

    return [told(one) for one in detail.failures]


def _by_said(by: str) -> str:
    """The title of a post; one without a title is called by its role."""
    role = known_roles().get(by)
    return gettext(role.name) if role is not None else by


def receive(request: PageRequest, filing_id: UUID) -> PageResult:
    """Say for the unit that the return has come."""
    acts.receive_filing(request.actor, filing_id=filing_id)
    return Redirect(address_of(filing_id))


def decide(request: PageRequest, filing_id: UUID) -> PageResult:
    """Accept a return, send it back, give more time, or estimate it; a fault is shown with what was typed."""
    given = {name: str(value)[: acts.TEXT_MAX] for name, value in request.POST.items()}
    verb = given.get("verb", "")
    try:
        notice = _decided(request, filing_id, given, verb=verb)
    except TianquError as error:
        detail = filing_detail(request.actor, filing_id=filing_id)
        shown = Faults({f"{verb}_{name}" if name else "": said for name, said in faults(error).items()})
        return _filing_shown(detail, given, shown, status=error.status)
    return Redirect(address_of(filing_id), notice=notice)


def _decided(request: PageRequest, filing_id: UUID, given: dict[str, str], *, verb: str) -> str:
    actor, reason = request.actor, given.get(f"{verb}_reason", "")
    due_on = given.get(f"{verb}_due_on", "").strip()
    if verb == "accept":
        acts.accept_filing(actor, filing_id=filing_id, number=number_given(given) or 0)
        return gettext("Accepted.")
    if verb == "send_back":
        acts.send_back_filing(actor, filing_id=filing_id, reason=reason, due_on=day_or_none(due_on))
        return gettext("Sent back to the unit.")
    if verb == "extend":
        acts.extend_filing(actor, filing_id=filing_id, due_on=day_of(due_on), reason=reason)
        return gettext("The unit has more time.")
    method = given.get("estimate_method", "")
    if verb != "estimate" or method not in [each.value for each in Method]:
        raise InvalidInput(gettext_noop("“%(value)s” is none of the list."), field="method", value=method[:40],
                           remedy=gettext_noop("Choose one of the list."))  # fmt: skip
    acts.estimate_filing(actor, filing_id=filing_id, method=Method(method))
    return gettext("Estimated, and marked so.")


def remind(request: PageRequest, campaign_id: UUID) -> PageResult:
    """Remind who has not filed."""
    count = acts.remind_units(request.actor, campaign_id=campaign_id)
    said = gettext("%(count)s units were reminded.") if count else gettext("Everybody was reminded today already.")
    return Redirect(_campaign_address(campaign_id), notice=said % {"count": count} if count else said)


def close(request: PageRequest, campaign_id: UUID) -> PageResult:
    """Close a campaign; what stands in the way is said on its page."""
    try:
        acts.close_campaign(request.actor, campaign_id=campaign_id)
    except TianquError as error:
        return Redirect(_campaign_address(campaign_id), notice=" ".join(faults(error).values()))
    return Redirect(_campaign_address(campaign_id), notice=gettext("The campaign is closed."))


def _campaign_address(campaign_id: UUID) -> str:
    return reverse("returns:campaign", kwargs={"campaign_id": campaign_id})
