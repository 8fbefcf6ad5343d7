"""Contracts as the tests of rules need them: one without a fault, and what is changed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from tianqu.packs.village.rules.catalogue import judge
from tianqu.packs.village.rules.facts import (
    MU,
    Body,
    ContractFacts,
    ContractKind,
    Instalment,
    LandClass,
    Resolution,
)
from tianqu.packs.village.rules.laws import Finding
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.rules.policy import Policy

TODAY = date(2026, 3, 1)
SOUND_RESOLUTION = Resolution(
    Body.MEMBERS, held_on=date(2025, 5, 20), entitled=300, present=200, agreed=200, notice_on=date(2025, 5, 10)
)
SOUND = ContractFacts(
    id="c1", kind=ContractKind.LEASE, land_class=LandClass.ARABLE, parcel="p1", peer_place="P.P1.P101",
    signed_on=date(2025, 6, 1), starts_on=date(2025, 6, 1), until=date(2030, 6, 1), area_mu_4=10 * MU,
    rent_year_fen=500_000, resolution=SOUND_RESOLUTION, bounds_written=True, use_agreed="wheat",
)  # fmt: skip


def contract(**changed: Any) -> ContractFacts:
    """The sound contract with something changed."""
    return replace(SOUND, **changed)


def rent(due_on: date, until: date, amount_fen: int = 500_000, *, paid: bool = True) -> Instalment:
    """An instalment that is due on the first day that it pays for."""
    return Instalment(due_on, amount_fen, due_on, until, amount_fen if paid else 0)


def findings(
    one: ContractFacts, others: Iterable[ContractFacts] = (), *, today: date = TODAY, policy: Policy | None = None
) -> list[Finding]:
    """What the rules find in a contract among others."""
    return list(judge(one, peers=Peers([one, *others]), policy=policy or Policy(), today=today))


def verdicts(rule: str, one: ContractFacts, others: Iterable[ContractFacts] = (), *, today: date = TODAY) -> list[str]:
    """The verdicts of one rule."""
    return [finding.verdict for finding in findings(one, others, today=today) if finding.rule == rule]
