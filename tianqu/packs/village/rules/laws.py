"""The laws that rules rest on, with the days on which they came into force; what a rule, a version and a finding are.

A contract is judged by the version in force on the day it was signed. A version of ``STATUTE`` quotes a law; one of
``POLICY`` is a default of this platform that an installation may change, and is always shown as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Generic, TypeAlias, TypeVar

from tianqu.packs.village.rules.facts import ContractFacts, ContractKind
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.rules.policy import Policy

Number: TypeAlias = int | Fraction | date | str


def _(message: str) -> str:
    """Mark a text for translation and return it unchanged."""
    return message


class Source(Enum):
    """Where a rule comes from."""

    STATUTE = "statute"
    POLICY = "policy"


class Severity(Enum):
    """How grave a finding is."""

    NOTICE = "notice"  # something is about to be due
    FLAG = "flag"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Basis:
    """Articles of one law, as they are cited."""

    law: str
    articles: str


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it stood between two days; ``until`` is the first day on which it no longer did.

    ``limits`` are the numbers of the law. A policy's numbers are in ``Policy``.
    """

    source: Source
    bases: tuple[Basis, ...]
    since: date | None
    until: date | None
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def holds_on(self, day: date) -> bool:
        """Say whether it was in force."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: which, by which version of it, how grave, in a sentence with its computed numbers.

    The name of a number ends in its unit: ``excess_days``, ``area_mu_4``, ``overdue_fen``, ``share_percent``.
    """

    rule: str
    contract_id: str
    verdict: str
    severity: Severity
    version: Version
    sentence: str
    numbers: tuple[tuple[str, Number], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A contract before its judge: with its peers, the policy, and the day on which it is judged."""

    contract: ContractFacts
    peers: Peers
    policy: Policy
    today: date


# What a test yields for each thing it finds: verdict, severity, sentence, numbers.
Found: TypeAlias = tuple[str, Severity, str, Mapping[str, Number]]
Judged = TypeVar("Judged")  # what a rule judges: a contract before its judge, or a step of a matter
EVERY_KIND: Final = frozenset(ContractKind)


@dataclass(frozen=True)
class Rule(Generic[Judged]):
    """A rule: its code and name, what it asks, its versions in order of time, which contracts it is about, its test."""

    code: str
    name: str
    asks: str
    versions: tuple[Version, ...]
    test: Callable[[Judged, Version], Iterator[Found]]
    kinds: frozenset[ContractKind] = EVERY_KIND

    def version_on(self, day: date) -> Version | None:
        """Return the version in force on a day; None where there was no such law."""
        for version in reversed(self.versions):  # most contracts are judged by the newest
            if version.holds_on(day):
                return version
        return None


def statute(
    *bases: tuple[str, str],
    since: date | None = None,
    until: date | None = None,
    limits: Mapping[str, int] | None = None,
) -> Version:
    """Declare a version that quotes laws: pairs of a law and its articles."""
    cited = tuple(Basis(law, articles) for law, articles in bases)
    return Version(Source.STATUTE, cited, since, until, MappingProxyType(dict(limits or {})))


def policy(*, since: date | None = None, until: date | None = None) -> Version:
    """Declare a version that is a default of this platform."""
    return Version(Source.POLICY, (), since, until)


# The laws by their names, and the days on which a version of them came into force.
CIVIL_CODE: Final = _("Civil Code")
CONTRACT_LAW: Final = _("Contract Law")
PROPERTY_LAW: Final = _("Property Law")
GENERAL_RULES: Final = _("General Rules of the Civil Law")
GENERAL_PRINCIPLES: Final = _("General Principles of the Civil Law")
CONTRACTING_LAW: Final = _("Rural Land Contracting Law")
LAND_LAW: Final = _("Land Administration Law")
COLLECTIVES_LAW: Final = _("Rural Collective Economic Organisations Law")
COMMITTEES_LAW: Final = _("Organic Law of Villagers' Committees")
COMMITTEES_LAW_RENUMBERED: Final = _("Organic Law of Villagers' Committees, as its articles were numbered before 2026")
BRANCH_REGULATIONS: Final = _("Regulations on the Work of Party Branches (Trial)")
PARTY_IN_VILLAGES: Final = _("Regulations on the Work of Primary-Level Party Organisations in Rural Areas")
LIMITATION_2018: Final = _("Supreme People's Court, Interpretation 2018 No. 12")

CONTRACT_LAW_1999: Final = date(1999, 10, 1)
LAND_LAW_1999: Final = date(1999, 1, 1)
CONTRACTING_2003: Final = date(2003, 3, 1)
PROPERTY_2007: Final = date(2007, 10, 1)
COMMITTEES_2010: Final = date(2010, 10, 28)
GENERAL_RULES_2017: Final = date(2017, 10, 1)
CONTRACTING_2019: Final = date(2019, 1, 1)
LAND_LAW_2020: Final = date(2020, 1, 1)
CIVIL_CODE_2021: Final = date(2021, 1, 1)
COLLECTIVES_2025: Final = date(2025, 5, 1)
BRANCH_REGULATIONS_2018: Final = date(2018, 10, 28)
PARTY_IN_VILLAGES_2018: Final = date(2018, 12, 28)
COMMITTEES_2026: Final = date(2026, 1, 1)  # the amendment of 28 October 2025, which renumbered the articles
