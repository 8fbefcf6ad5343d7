"""Findings and rules in words: amounts with their units, days as people write them, laws as they are cited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final, Protocol

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_noop

from tianqu.base.quantities import quantity_said, unit_of
from tianqu.packs.village.models import ChangeKind, ContractStanding, HoldingKind
from tianqu.packs.village.rules.catalogue import RULES
from tianqu.packs.village.rules.facts import Body, ContractKind, LandClass
from tianqu.packs.village.rules.laws import Basis, Case, Number, Rule, Severity, Source, Version

RULE_OF: Final = {rule.code: rule for rule in RULES}
KINDS: Final = {
    ContractKind.HOUSEHOLD: gettext_noop("Contracting by a household"),
    ContractKind.OTHER_MEANS: gettext_noop("Contracting by other means"),
    ContractKind.LEASE: gettext_noop("Lease"),
    ContractKind.FLOW: gettext_noop("Transfer of contracted land"),
    ContractKind.CONSTRUCTION: gettext_noop("Commercial construction land"),
    ContractKind.HOMESTEAD: gettext_noop("Homestead"),
}
CLASSES: Final = {
    LandClass.ARABLE: gettext_noop("Arable land"),
    LandClass.GARDEN: gettext_noop("Orchards and gardens"),
    LandClass.FOREST: gettext_noop("Forest"),
    LandClass.GRASSLAND: gettext_noop("Grassland"),
    LandClass.WATER: gettext_noop("Ponds and water"),
    LandClass.CONSTRUCTION: gettext_noop("Construction land"),
    LandClass.HOMESTEAD: gettext_noop("Homesteads"),
    LandClass.UNUSED: gettext_noop("Unused land"),
    LandClass.BUILDING: gettext_noop("Buildings"),
}
BODIES: Final = {
    Body.MEMBERS: gettext_noop("Meeting of all members"),
    Body.REPRESENTATIVES: gettext_noop("Meeting of representatives"),
}
SEVERITIES: Final = {
    Severity.NOTICE: gettext_noop("Reminder"),
    Severity.FLAG: gettext_noop("Flag"),
    Severity.SEVERE: gettext_noop("Severe"),
}
HOLDINGS: Final = {
    HoldingKind.ASSET: gettext_noop("Fixed asset"),
    HoldingKind.FUND: gettext_noop("Fund"),
    HoldingKind.CLAIM: gettext_noop("Claim"),
    HoldingKind.DEBT: gettext_noop("Debt"),
}
CHANGES: Final = {
    ChangeKind.REGISTERED: gettext_noop("entered"),
    ChangeKind.CORRECTED: gettext_noop("corrected"),
    ChangeKind.SPLIT: gettext_noop("split into parts"),
    ChangeKind.MERGED: gettext_noop("merged"),
    ChangeKind.STRUCK: gettext_noop("struck out"),
}
STATES: Final = {
    ContractStanding.NOT_BEGUN: gettext_noop("Not yet begun"),
    ContractStanding.IN_FORCE: gettext_noop("In force"),
    ContractStanding.EXPIRED: gettext_noop("Expired"),
    ContractStanding.ENDED: gettext_noop("Ended"),
    ContractStanding.STRUCK: gettext_noop("Struck out"),
}
STATE_TONES: Final = {ContractStanding.IN_FORCE: "open", ContractStanding.EXPIRED: "waiting"}
SOURCES: Final = {
    Source.STATUTE: gettext_noop("Statute"),
    Source.POLICY: gettext_noop("Policy default"),
}


def english() -> bool:
    """Say whether the page is in English."""
    return not (get_language() or "").startswith("zh")


def invented_said() -> str:
    """What stands at the head of each paper of a demonstration; "" elsewhere."""
    if not settings.TIANQU_DEMO:
        return ""
    return gettext("Demonstration: persons, requests, books and registers are invented.")


def day_said(day: date) -> str:
    """Say a day as the pages do."""
    return date_format(day, "j M Y") if english() else f"{day.year}年{day.month}月{day.day}日"


def number_said(name: str, value: Number) -> str:
    """Say a number of a finding by the unit in its name. Fractions are rounded for reading only."""
    if isinstance(value, date):
        return day_said(value)
    if isinstance(value, str):
        return value
    for suffix in ("fen", "mu_4"):
        if name.endswith(f"_{suffix}"):
            return quantity_said(_whole(value), unit_of(suffix), english=english())
    if name.endswith("_year"):
        return str(value)
    if name.endswith("_percent"):
        return f"{_decimal(value, '0.1')}%" if isinstance(value, Fraction) else f"{value}%"
    return f"{_whole(value):,}"


def _whole(value: int | Fraction) -> int:
    return value if isinstance(value, int) else round(value)


def _decimal(value: Fraction, exponent: str) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(exponent), ROUND_HALF_EVEN)


class Found(Protocol):
    """What a rule found: a sentence, and the numbers in it."""

    @property
    def sentence(self) -> str: ...

    @property
    def numbers(self) -> tuple[tuple[str, Number], ...]: ...


def finding_said(finding: Found) -> str:
    """Say what was found, in a sentence with its numbers."""
    return gettext(finding.sentence) % {name: number_said(name, value) for name, value in finding.numbers}


def basis_said(basis: Basis) -> str:
    """Cite a law: "Civil Code, Article 705"."""
    return gettext("%(law)s, Article %(articles)s") % {"law": gettext(basis.law), "articles": basis.articles}


def version_said(version: Version) -> str:
    """Say on what a version rests; a policy says that it is one."""
    if version.source is Source.POLICY:
        return gettext("Default of this platform, set by no law")
    return gettext("; ").join(basis_said(basis) for basis in version.bases)


def in_force_said(version: Version) -> str:
    """Say from when to when a version was in force."""
    names = {
        "since": day_said(version.since) if version.since else "",
        "until": day_said(version.until) if version.until else "",
    }
    if version.since and version.until:
        return gettext("%(since)s until %(until)s") % names
    if version.since:
        return gettext("since %(since)s") % names
    if version.until:
        return gettext("until %(until)s") % names
    return gettext("at any time")


def rule_name(rule: Rule[Case] | str) -> str:
    """Return the name of a rule."""
    return gettext((RULE_OF[rule] if isinstance(rule, str) else rule).name)


POLICY_NAMES: Final = {
    "low_rent_percent": gettext_noop("A rent is low below this share of the median"),
    "severe_rent_percent": gettext_noop("A rent is severely low below this share of the median"),
    "peers_min": gettext_noop("Contracts like it that a comparison needs"),
    "peer_years": gettext_noop("Years before and after in which they were signed"),
    "prepaid_years": gettext_noop("Years that rent may be paid ahead"),
    "prepaid_ordinary_months": gettext_noop("Months paid ahead that bind no later board"),
    "board_years": gettext_noop("Years for which a board is elected"),
    "flat_years": gettext_noop("Years for which a rent may stay the same"),
    "overdue_days": gettext_noop("Days after which an unpaid rent is in arrears"),
    "limitation_warning_months": gettext_noop("Months after the last instalment at which a claim is warned of"),
    "expiry_notice_days": gettext_noop("Days before the end at which it is told"),
    "expiry_alarm_days": gettext_noop("Days after the end at which staying on is severe"),
    "area_percent": gettext_noop("Share by which measured land may be more"),
    "area_mu_4": gettext_noop("Area by which measured land may be more"),
    "at_once_days": gettext_noop("Days within which a major matter is disclosed “at once”"),
    "attest_days": gettext_noop("Days within which a second person attests a resolution"),
    "scan_since_year": gettext_noop("Year of signing from which on a contract has its scan in the register"),
}


def policy_value_said(name: str, value: int) -> str:
    """Say a number of the policy with its unit."""
    return number_said("limit_mu_4" if name == "area_mu_4" else name, value)


def state_tone(state: str) -> str:
    """The tone in which it is marked how a contract stands."""
    return STATE_TONES.get(ContractStanding(state), "quiet")


class Named(Protocol):
    """What has a Chinese name and may have an English one, such as a place, a book or an account."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


def shown(thing: Named) -> str:
    """The name of a thing in the language of the page."""
    return thing.name_en if english() and thing.name_en else thing.name


def listed(texts: Iterable[str]) -> str:
    """Write several texts one after the other, with the comma of the page's language."""
    return (", " if english() else "、").join(texts)
