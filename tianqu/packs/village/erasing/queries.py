"""What names a person in a village's registers and book. Who bears the name is for a human to say: many share one.

Plain queries, each called by an act or a page that asked for its permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tianqu.base.errors import InvalidInput, _
from tianqu.base.texts import clean_text
from tianqu.kernel.ledgers.api import Account, Transfer, accounts_naming, reasons_naming, transfers_naming
from tianqu.kernel.orders.api import orders_saying
from tianqu.packs.village.desk.models import ReviewNote
from tianqu.packs.village.findings.models import Finding
from tianqu.packs.village.keeping.models import VoucherPaper
from tianqu.packs.village.meetings.models import Matter, MatterStep, Roll
from tianqu.packs.village.models import Contract, Holding, HoldingVersion
from tianqu.packs.village.registers.contracts import PARTY_MAX
from tianqu.packs.village.scanning.models import ContractScan

NAMED_MAX: Final = 200  # of each kind at once; the rest is found when these are erased
NAME_LEAST: Final = 2
# What somebody typed about a contract besides its parties.
TYPED: Final = ("resolution_reference", "use_agreed", "use_found")
MATTER_TEXTS: Final = ("title", "text", "withdraw_reason")
STEP_TEXTS: Final = ("location", "text", "strike_reason")
HOLDING_TEXTS: Final = ("name", "party", "location", "note", "reason", "close_reason")


@dataclass(frozen=True, slots=True)
class Named:
    """What names somebody in one village; lists are cut at ``NAMED_MAX``.

    ``words`` are what else names them of a transfer: the number on its paper, why it was posted or voided, and the
    names of files of its papers.
    """

    contracts: list[Contract] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rolls: list[Roll] = field(default_factory=list)
    matters: list[Matter] = field(default_factory=list)
    words: Mapping[UUID, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        found = (self.contracts, self.holdings, self.transfers, self.accounts, self.findings, self.rolls, self.matters)
        return any(found)


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
    """Find what names somebody in the registers, books, findings, rolls and matters of one village."""
    contracts = Contract.objects.filter(place_path=place_path).filter(in_contracts(name))
    holdings = Holding.objects.filter(place_path=place_path, versions__in=HoldingVersion.objects.filter(
        in_versions(name), place_path=place_path
    )).distinct().prefetch_related("versions")  # fmt: skip
    papers = _paper_names(place_path, name)
    transfers = transfers_naming(place_path, name, also=papers)[:NAMED_MAX]
    return Named(
        list(contracts.order_by("number")[:NAMED_MAX]), list(holdings.order_by("kind", "number")[:NAMED_MAX]),
        transfers, accounts_naming(place_path, name)[:NAMED_MAX],
        findings_naming(place_path, name), rolls_naming(place_path, name), matters_naming(place_path, name),
        _words(transfers, papers, name),
    )  # fmt: skip


def _words(transfers: Sequence[Transfer], papers: Mapping[UUID, str], name: str) -> dict[UUID, str]:
    """What names somebody of each transfer, besides its purpose."""
    reasons = reasons_naming([one.id for one in transfers], name)
    return {
        one.id: " · ".join(filter(None, (
            one.voucher if name in one.voucher else "", reasons.get(one.id, ""), papers.get(one.id, ""),
        )))
        for one in transfers
    }  # fmt: skip


def _paper_names(place_path: str, name: str, /) -> dict[UUID, str]:
    """The names of files that name somebody, by the transfer whose papers they are."""
    papers = VoucherPaper.objects.filter(place_path=place_path, name__contains=name).order_by("at", "id")
    names: dict[UUID, str] = {}
    for transfer_id, file_name in papers.values_list("transfer_id", "name")[:NAMED_MAX]:
        names[transfer_id] = f"{names[transfer_id]} · {file_name}" if transfer_id in names else file_name
    return names


def matters_naming(place_path: str, name: str, /) -> list[Matter]:
    """Return the matters of a village of which a text, or one of a step, names somebody, by number."""
    told = in_texts(MATTER_TEXTS, name=name) | Q(id__in=steps_naming(name).values("matter_id"))
    return list(Matter.objects.filter(told, place_path=place_path).order_by("number", "id")[:NAMED_MAX])


def steps_naming(name: str, /) -> QuerySet[MatterStep]:
    """The steps of matters of which a text names somebody."""
    return MatterStep.objects.filter(in_texts(STEP_TEXTS, name=name))


def in_texts(columns: Sequence[str], *, name: str) -> Q:
    """Rows of which one of some texts holds a name."""
    told = Q()
    for each in columns:
        told |= Q(**{f"{each}__contains": name})
    return told


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
    return in_texts(HOLDING_TEXTS, name=name)


def texts_of(holding: HoldingVersion) -> Iterator[str]:
    """Every text of a version of a holding."""
    return (getattr(holding, each) for each in HOLDING_TEXTS)
