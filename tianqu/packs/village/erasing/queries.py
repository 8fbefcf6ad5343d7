"""What names a person in a village's registers and book. Who bears the name is for a human to say: many share one.

Plain queries, each called by an act or a page that asked for its permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Q

from tianqu.base.errors import InvalidInput, _
from tianqu.base.texts import clean_text
from tianqu.kernel.ledgers.api import Account, Transfer, accounts_naming, transfers_naming
from tianqu.kernel.orders.api import orders_saying
from tianqu.packs.village.desk.models import ReviewNote
from tianqu.packs.village.findings.models import Finding
from tianqu.packs.village.meetings.models import Roll
from tianqu.packs.village.models import Contract, Holding, HoldingVersion
from tianqu.packs.village.registers.contracts import PARTY_MAX
from tianqu.packs.village.scanning.models import ContractScan

NAMED_MAX: Final = 200  # of each kind at once; the rest is found when these are erased
NAME_LEAST: Final = 2
# What somebody typed about a contract besides its parties.
TYPED: Final = ("resolution_reference", "use_agreed", "use_found")
HOLDING_TEXTS: Final = ("name", "party", "location", "note", "reason", "close_reason")


@dataclass(frozen=True, slots=True)
class Named:
    """What names somebody in one village; lists are cut at ``NAMED_MAX``."""

    contracts: list[Contract] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rolls: list[Roll] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.contracts, self.holdings, self.transfers, self.accounts, self.findings, self.rolls))


def checked_name(name: str) -> str:
    """Return a name as it is looked for. Raises ``InvalidInput`` for one that half the village would answer to."""
    kept = clean_text(name, field="name", most=PARTY_MAX, wanted=True)
    if len(kept) < NAME_LEAST:
        raise InvalidInput(
            _("“%(value)s” is too short for a name."), field="name", value=kept,
            remedy=_("Give the whole name, as it stands in the register."),
        )  # fmt: skip
    return kept


def named_in(place_path: str, *, name: str) -> Named:
    """Find what names somebody in the registers, books, findings and rolls of one village."""
    contracts = Contract.objects.filter(place_path=place_path).filter(in_contracts(name))
    holdings = Holding.objects.filter(place_path=place_path, versions__in=HoldingVersion.objects.filter(
        in_versions(name), place_path=place_path
    )).distinct().prefetch_related("versions")  # fmt: skip
    return Named(
        list(contracts.order_by("number")[:NAMED_MAX]), list(holdings.order_by("kind", "number")[:NAMED_MAX]),
        transfers_naming(place_path, name)[:NAMED_MAX], accounts_naming(place_path, name)[:NAMED_MAX],
        findings_naming(place_path, name), rolls_naming(place_path, name),
    )  # fmt: skip


def findings_naming(place_path: str, name: str, /) -> list[Finding]:
    """Return the findings in a village of which a word, a note or a file names somebody, the oldest first."""
    findings = Finding.objects.filter(place_path=place_path)
    naming = orders_saying(set(findings.values_list("order_id", flat=True)), text=name)
    rows = findings.filter(order_id__in=naming).select_related("order")
    return list(rows.order_by("opened_on", "order_id")[:NAMED_MAX])


def rolls_naming(place_path: str, name: str, /) -> list[Roll]:
    """Return the rolls of a village that have somebody on them, the oldest first."""
    rows = Roll.objects.filter(place_path=place_path, names__contains=name).order_by("since", "at")
    return [roll for roll in rows if on_roll(roll, name)][:NAMED_MAX]


def on_roll(roll: Roll, name: str) -> bool:
    """Say whether a roll has this very name: a roll is a list of names, and 李明 does not mean 李明华."""
    return any(bears(line, name) for line in roll.names.split("\n"))


def bears(line: str, name: str, /) -> bool:
    """Say whether a line of a roll is of somebody: "张三", "1 张三", "张三（户主）"."""
    return name in re.split(r"[\s\d.、，,;；:：()（）]+", line)


def in_contracts(name: str) -> Q:
    """Contracts of which a party or a text names somebody; also notes of auditors about them, and names of scans."""
    told = Q(lessee__contains=name) | Q(lessor__contains=name) | Q(end_reason__contains=name)
    for each in TYPED:
        told |= Q(**{f"particulars__{each}__contains": name})
    noted = ReviewNote.objects.filter(text__contains=name, review__contract_id__isnull=False)
    scanned = ContractScan.objects.filter(Q(name__contains=name) | Q(taken_away__reason__contains=name))
    return told | Q(id__in=noted.values("review__contract_id")) | Q(id__in=scanned.values("contract_id"))


def in_versions(name: str) -> Q:
    """Versions of holdings of which a text names somebody."""
    told = Q()
    for each in HOLDING_TEXTS:
        told |= Q(**{f"{each}__contains": name})
    return told


def texts_of(holding: HoldingVersion) -> Iterator[str]:
    """Every text of a version of a holding."""
    return (getattr(holding, each) for each in HOLDING_TEXTS)
