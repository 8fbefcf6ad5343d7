"""Every rule, in the order in which a finding of it is shown; and the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from tianqu.packs.village.rules import laws, money, resolving, terms, using
from tianqu.packs.village.rules.facts import ContractFacts, ContractKind
from tianqu.packs.village.rules.laws import Case, Finding, Rule, _, policy, statute
from tianqu.packs.village.rules.peers import Peers
from tianqu.packs.village.rules.policy import Policy

LETTING: Final = frozenset({ContractKind.LEASE, ContractKind.FLOW, ContractKind.CONSTRUCTION})
BY_COLLECTIVE: Final = frozenset(ContractKind) - {ContractKind.FLOW}
PRICED: Final = frozenset({ContractKind.LEASE, ContractKind.OTHER_MEANS, ContractKind.FLOW, ContractKind.CONSTRUCTION})
FARMED: Final = frozenset({ContractKind.LEASE, ContractKind.OTHER_MEANS})
TERMS_2003: Final = {
    "arable_years_min": 30, "arable_years_max": 30, "grassland_years_min": 30, "grassland_years_max": 50,
    "forest_years_min": 30, "forest_years_max": 70,
}  # fmt: skip

RULES: Final[tuple[Rule[Case], ...]] = (
    Rule(
        "lease_too_long", _("Lease too long"),
        _("A lease or a renewal lasts at most 20 years; the excess is void."),
        (
            statute(
                (laws.CONTRACT_LAW, "214"), since=laws.CONTRACT_LAW_1999, until=laws.CIVIL_CODE_2021,
                limits={"years": 20},
            ),
            statute((laws.CIVIL_CODE, "705"), since=laws.CIVIL_CODE_2021, limits={"years": 20}),
        ),
        terms.lease_too_long, frozenset({ContractKind.LEASE, ContractKind.CONSTRUCTION}),
    ),
    Rule(
        "household_term", _("Term of a household's contract"),
        _("Arable land 30 years, grassland 30–50, forest 30–70."),
        (
            statute(
                (laws.LAND_LAW, "14"), since=laws.LAND_LAW_1999, until=laws.CONTRACTING_2003,
                limits={"arable_years_min": 30, "arable_years_max": 30},
            ),
            statute(
                (laws.CONTRACTING_LAW, "20"), since=laws.CONTRACTING_2003, until=laws.PROPERTY_2007,
                limits=TERMS_2003,
            ),
            statute(
                (laws.CONTRACTING_LAW, "20"), (laws.PROPERTY_LAW, "126"),
                since=laws.PROPERTY_2007, until=laws.CONTRACTING_2019, limits=TERMS_2003,
            ),
            statute(
                (laws.CONTRACTING_LAW, "21"), (laws.PROPERTY_LAW, "126"),
                since=laws.CONTRACTING_2019, until=laws.CIVIL_CODE_2021, limits=TERMS_2003,
            ),
            statute(
                (laws.CONTRACTING_LAW, "21"), (laws.CIVIL_CODE, "332"), since=laws.CIVIL_CODE_2021, limits=TERMS_2003
            ),
        ),
        terms.household_term, frozenset({ContractKind.HOUSEHOLD}),
    ),
    Rule(
        "flow_beyond", _("Transfer beyond the remaining term"),
        _("A transfer ends no later than the household's own contract."),
        (
            statute((laws.CONTRACTING_LAW, "33(3)"), since=laws.CONTRACTING_2003, until=laws.CONTRACTING_2019),
            statute((laws.CONTRACTING_LAW, "38(3)"), since=laws.CONTRACTING_2019),
        ),
        terms.flow_beyond, frozenset({ContractKind.FLOW}),
    ),
    Rule(
        "oral", _("Nothing in writing"),
        _("From six months on a lease is in writing; otherwise it may count as of indefinite term."),
        (
            statute(
                (laws.CONTRACT_LAW, "215"), since=laws.CONTRACT_LAW_1999, until=laws.CIVIL_CODE_2021,
                limits={"months": 6},
            ),
            statute((laws.CIVIL_CODE, "707"), since=laws.CIVIL_CODE_2021, limits={"months": 6}),
        ),
        terms.oral, LETTING,
    ),
    Rule(
        "paper_missing", _("No scan of the contract"),
        _("Of a contract in writing a scan is in the register; asked of those signed from a year on."),
        (policy(),), terms.paper_missing,
    ),
    Rule(
        "democratic_record", _("Record of the resolution"),
        _("The resolution is on file, with notice, quorum and majority by the law of the day."),
        (
            statute(
                (laws.COMMITTEES_LAW, "22, 26"), since=laws.COMMITTEES_2010, until=laws.COLLECTIVES_2025
            ),
            statute((laws.COLLECTIVES_LAW, "26–28"), since=laws.COLLECTIVES_2025, limits={"notice_days": 10}),
        ),
        resolving.democratic_record, BY_COLLECTIVE,
    ),
    Rule(
        "outside_lessee", _("Lessee from outside"),
        _("Two thirds of members or representatives agree, and the township approves."),
        (
            statute((laws.CONTRACTING_LAW, "48"), since=laws.CONTRACTING_2003, until=laws.CONTRACTING_2019),
            statute((laws.CONTRACTING_LAW, "52"), since=laws.CONTRACTING_2019),
        ),
        resolving.outside_lessee, FARMED,
    ),
    Rule(
        "construction_land", _("Construction land"),
        _("Two thirds agree; bounds, area, term and use are in writing."),
        (statute((laws.LAND_LAW, "63"), since=laws.LAND_LAW_2020),),
        resolving.construction_land, frozenset({ContractKind.CONSTRUCTION}),
    ),
    Rule(
        "low_price", _("Low rent"),
        _("Far below the median of contracts of the same class and place, signed within two years."),
        (policy(),), money.low_price, PRICED,
    ),
    Rule(
        "prepaid", _("Paid ahead for years"),
        _("More than three years ahead, or past the term of the board that signed."),
        (policy(),), money.prepaid, PRICED,
    ),
    Rule(
        "no_escalation", _("Rent never rises"), _("One rent over a term of more than five years."),
        (policy(),), money.no_escalation, PRICED,
    ),
    Rule("overdue", _("In arrears"), _("Unpaid thirty days after it was due."), (policy(),), money.overdue),
    Rule(
        "limitation", _("Claim about to be barred"),
        _("An alarm two and a half years after the last instalment; after three years a claim is barred."),
        (
            statute(
                (laws.GENERAL_PRINCIPLES, "135, 136"), (laws.LIMITATION_2018, "2, 3"), until=laws.GENERAL_RULES_2017
            ),
            statute(
                (laws.CONTRACT_LAW, "227"), (laws.GENERAL_RULES, "188, 189"),
                since=laws.GENERAL_RULES_2017, until=laws.CIVIL_CODE_2021,
            ),
            statute((laws.CIVIL_CODE, "722, 188, 189"), since=laws.CIVIL_CODE_2021),
        ),
        money.limitation,
    ),
    Rule(
        "expired", _("Ended and still held"),
        _("Alarms before, on and after the last day; who stays without objection holds it for an indefinite term."),
        (
            statute((laws.CONTRACT_LAW, "235, 236"), since=laws.CONTRACT_LAW_1999, until=laws.CIVIL_CODE_2021),
            statute((laws.CIVIL_CODE, "733, 734"), since=laws.CIVIL_CODE_2021),
        ),
        terms.expired,
    ),
    Rule(
        "area_under_reported", _("More land than contracted"),
        _("Measured is more than contracted, by more than three hundredths and more than half a mu."),
        (policy(),), using.area_under_reported,
    ),
    Rule(
        "use_changed", _("Use changed"), _("The land is used for what the contract does not say."),
        (
            statute((laws.CONTRACT_LAW, "219"), since=laws.CONTRACT_LAW_1999, until=laws.CONTRACTING_2003),
            statute(
                (laws.CONTRACTING_LAW, "60"), (laws.LAND_LAW, "81"), (laws.CONTRACT_LAW, "219"),
                since=laws.CONTRACTING_2003, until=laws.CONTRACTING_2019,
            ),
            statute(
                (laws.CONTRACTING_LAW, "63"), (laws.LAND_LAW, "81"), (laws.CONTRACT_LAW, "219"),
                since=laws.CONTRACTING_2019, until=laws.LAND_LAW_2020,
            ),
            statute(
                (laws.CONTRACTING_LAW, "63"), (laws.LAND_LAW, "82"), (laws.CONTRACT_LAW, "219"),
                since=laws.LAND_LAW_2020, until=laws.CIVIL_CODE_2021,
            ),
            statute(
                (laws.CONTRACTING_LAW, "63"), (laws.LAND_LAW, "82"), (laws.CIVIL_CODE, "711"),
                since=laws.CIVIL_CODE_2021,
            ),
        ),
        using.use_changed,
    ),
    Rule(
        "sublet", _("Let on without consent"), _("Letting on needs the consent of the lessor."),
        (
            statute((laws.CONTRACT_LAW, "224"), since=laws.CONTRACT_LAW_1999, until=laws.CIVIL_CODE_2021),
            statute((laws.CIVIL_CODE, "716"), since=laws.CIVIL_CODE_2021),
        ),
        using.sublet,
    ),
    Rule(
        "let_twice", _("One parcel, two contracts"), _("Two contracts hold on one parcel at one time."),
        (policy(),), using.let_twice,
    ),
    Rule(
        "signed_before", _("Signed before the resolution"), _("First the resolution, then the signature."),
        (policy(),), resolving.signed_before,
    ),
    Rule(
        "receipts_differ", _("Receipts and book differ"), _("What was received is what was posted."),
        (policy(),), money.receipts_differ,
    ),
    Rule(
        "private_account", _("Paid to a private account"), _("The collective's money goes to its own account."),
        (
            policy(until=laws.COLLECTIVES_2025),
            statute((laws.COLLECTIVES_LAW, "44"), since=laws.COLLECTIVES_2025),
        ),
        money.private_account,
    ),
)  # fmt: skip
RULES_OF: Final = {kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in ContractKind}


def judge(contract: ContractFacts, *, peers: Peers, policy: Policy, today: date) -> Iterator[Finding]:
    """Yield what the rules find, each by its version in force on the day of signing."""
    case = Case(contract, peers, policy, today)
    for rule in RULES_OF[contract.kind]:
        version = rule.version_on(contract.signed_on)
        if version is not None:
            for verdict, severity, sentence, numbers in rule.test(case, version):
                yield Finding(rule.code, contract.id, verdict, severity, version, sentence, tuple(numbers.items()))


def judge_all(contracts: Iterable[ContractFacts], *, peers: Peers, policy: Policy, today: date) -> Iterator[Finding]:
    """Yield what the rules find in many contracts, whose ``peers`` were indexed before."""
    for contract in contracts:
        yield from judge(contract, peers=peers, policy=policy, today=today)
