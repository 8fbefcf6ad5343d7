"""For how long: leases, household contracts, flows, what was never written, and what ended and is held still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from tianqu.packs.village.rules.facts import LandClass, months_after, whole_years, years_after
from tianqu.packs.village.rules.laws import Case, Found, Number, Severity, Version, _

HOUSEHOLD_YEARS: Final = {
    LandClass.ARABLE: "arable", LandClass.GRASSLAND: "grassland", LandClass.FOREST: "forest",
}  # fmt: skip


def lease_too_long(case: Case, version: Version) -> Iterator[Found]:
    """A lease, and each renewal of it, lasts at most as many years as the law says; what goes beyond is void."""
    contract = case.contract
    if contract.until is None:
        return
    most = version.limits["years"]
    void_from = years_after(contract.starts_on, most)
    if contract.until > void_from:
        sentence = (
            _("The renewal runs to %(until)s; beyond %(limit_years)s years, from %(void_from)s, it is void.")
            if contract.renewal
            else _("The term runs to %(until)s; beyond %(limit_years)s years, from %(void_from)s, it is void.")
        )
        yield "too_long", Severity.FLAG, sentence, {
            **_length(contract.starts_on, until=contract.until), "limit_years": most, "void_from": void_from,
            "excess_days": (contract.until - void_from).days, "until": contract.until,
        }  # fmt: skip


def household_term(case: Case, version: Version) -> Iterator[Found]:
    """A household contracts arable land for thirty years, grassland and forest within the law's bounds."""
    contract = case.contract
    name = HOUSEHOLD_YEARS.get(contract.land_class)
    if name is None or f"{name}_years_min" not in version.limits:
        return
    least, most = version.limits[f"{name}_years_min"], version.limits[f"{name}_years_max"]
    bounds = {"limit_years_min": least, "limit_years_max": most}
    if contract.until is None:
        sentence = _(
            "The contract has no term; the law gives this class of land %(limit_years_min)s–%(limit_years_max)s years."
        )
        yield "no_term", Severity.FLAG, sentence, bounds
        return
    length = _length(contract.starts_on, until=contract.until)
    if contract.until < years_after(contract.starts_on, least):
        sentence = _(
            "The term of %(term_years)s years and %(term_rest_days)s days is shorter than %(limit_years_min)s years."
        )
        yield "too_short", Severity.FLAG, sentence, {**length, **bounds}
    elif contract.until > years_after(contract.starts_on, most):
        sentence = _(
            "The term of %(term_years)s years and %(term_rest_days)s days is longer than %(limit_years_max)s years."
        )
        yield "too_long", Severity.FLAG, sentence, {**length, **bounds}


def flow_beyond(case: Case, version: Version) -> Iterator[Found]:
    """Who passes on contracted land cannot pass on more time than their own contract has left."""
    contract = case.contract
    end = contract.household_until
    if end is not None and (contract.until is None or contract.until > end):
        if contract.until is None:
            sentence = _("The transfer has no end, and the household's contract ends on %(household_until)s.")
            yield "no_end", Severity.FLAG, sentence, {"household_until": end}
        else:
            sentence = _(
                "The transfer runs to %(until)s, %(excess_days)s days beyond the household's contract,"
                " which ends on %(household_until)s."
            )
            yield "beyond", Severity.FLAG, sentence, {
                "until": contract.until, "household_until": end, "excess_days": (contract.until - end).days,
            }  # fmt: skip


def oral(case: Case, version: Version) -> Iterator[Found]:
    """For six months or more there must be something in writing; a scan of the signed contract shows that there is."""
    contract = case.contract
    if contract.written or contract.scanned:
        return
    if contract.until is None:
        yield (
            "oral",
            Severity.FLAG,
            _("Nothing is in writing and no term can be shown: it counts as of indefinite term."),
            {},
        )
    elif contract.until >= months_after(contract.starts_on, version.limits["months"]):
        sentence = _(
            "Nothing is in writing for a term of %(term_years)s years and %(term_rest_days)s days, and from"
            " %(limit_months)s months on it must be: it may count as of indefinite term."
        )
        yield "oral", Severity.FLAG, sentence, {
            **_length(contract.starts_on, until=contract.until), "limit_months": version.limits["months"],
        }  # fmt: skip


def paper_missing(case: Case, version: Version) -> Iterator[Found]:
    """What is said to be in writing can be seen: its scan is in the register."""
    contract, since = case.contract, case.policy.scan_since_year
    if contract.written and contract.scanned is False and contract.signed_on.year >= since:
        sentence = _("No scan of it is in the register; of contracts signed from %(since_year)s on there is to be one.")
        yield "no_scan", Severity.NOTICE, sentence, {"since_year": since}


def expired(case: Case, version: Version) -> Iterator[Found]:
    """Before the end, on the day, and after: who stays without objection comes to hold it for an indefinite term."""
    contract, policy, today = case.contract, case.policy, case.today
    until = contract.until
    if until is None or contract.occupied is False:
        return
    dates: dict[str, Number] = {"until": until}
    if today < until:
        if until - today <= timedelta(days=policy.expiry_notice_days):
            sentence = _("The contract ends on %(until)s, in %(left_days)s days: decide whether it is renewed.")
            yield "ending", Severity.NOTICE, sentence, {**dates, "left_days": (until - today).days}
        return
    numbers: dict[str, Number] = {**dates, "since_days": (today - until).days}
    if contract.occupied is None and today == until:
        yield "ended", Severity.NOTICE, _("The contract has ended today: the land is to be given back."), numbers
    elif contract.occupied is None:
        sentence = _(
            "The contract ended %(since_days)s days ago, and nobody has noted whether the land was given back."
        )
        yield "unknown", Severity.NOTICE, sentence, numbers
    elif contract.objected_on is not None:
        sentence = _(
            "The contract ended %(since_days)s days ago; the village has objected, and the land is still held."
        )
        yield "held", Severity.SEVERE, sentence, {**numbers, "objected_on": contract.objected_on}
    elif today - until >= timedelta(days=policy.expiry_alarm_days):
        sentence = _(
            "The contract ended %(since_days)s days ago, the land is still held and nobody has objected: it becomes one"
            " of indefinite term."
        )
        yield "indefinite", Severity.SEVERE, sentence, numbers
    else:
        sentence = _("The contract ended %(since_days)s days ago, and the land is still held: object, or renew.")
        yield "held", Severity.FLAG, sentence, numbers


def _length(start: date, *, until: date) -> dict[str, int]:
    years, days = whole_years(start, until=until)
    return {"term_years": years, "term_rest_days": days}
