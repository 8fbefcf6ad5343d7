"""What each village of a county has its share in, so that the county adds up to the sums exactly.

Everything that a report gives a sum of is shared out from above: contracts and the faults in them, arrears, idle land
that is recovered, claims and debts that are settled. What a village's share comes to is in ``letting``, ``land``,
``owning`` and ``posting``.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tianqu.packs.village.demo.edition import Seat, Words

HUNDREDTH_MU: Final = 100  # of 0.0001 mu: areas are given to a hundredth
MU: Final = 100 * HUNDREDTH_MU
ARREARS_YEARS: Final = (1, 2, 3)
COLLECTED_SHARE: Final = 0.46  # of the contracts in arrears
CLAIMS_EVENTS: Final = 0.2  # claims that are settled, for a village
DEBTS_EVENTS: Final = 0.36
RECOVERED_PARCELS: Final = 0.75
IDLE_PARCELS: Final = 0.55  # that stay idle
EVENT_FEN_MIN: Final = 50_000
PARCEL_MIN: Final = 30  # hundredths of a mu
# For each fault: which of what is let it can be in, by kind and class.
LAND: Final = frozenset({"arable", "garden", "forest", "water", "unused"})
SUITS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "over_term_arable": (frozenset({"lease"}), frozenset({"arable"})),
    "over_term_forest": (frozenset({"lease"}), frozenset({"forest"})),
    "missing_resolution": (frozenset({"lease", "other_means"}), LAND),
    "no_escalation": (frozenset({"lease"}), frozenset({"arable", "garden", "forest"})),
    "low_price": (frozenset({"lease"}), frozenset({"arable"})),
    "area": (frozenset({"lease", "other_means"}), LAND),
    "oral": (frozenset({"lease"}), frozenset({"arable", "garden"})),
    "expired_held": (frozenset({"lease", "other_means"}), LAND),
    "prepaid": (frozenset({"lease"}), frozenset({"arable"})),
    "sublet": (frozenset({"lease"}), frozenset({"arable", "building"})),
    "use_changed": (frozenset({"lease"}), frozenset({"arable", "garden"})),
    "signed_before": (frozenset({"lease", "other_means"}), LAND),
    "flow_beyond": (frozenset({"flow"}), frozenset({"arable"})),
    "no_approval": (frozenset({"lease", "other_means"}), LAND),
    "receipts_differ": (frozenset({"lease", "other_means"}), LAND),
    "let_twice": (frozenset({"lease"}), frozenset({"arable"})),
    "private_account": (frozenset({"lease", "other_means"}), LAND),
}  # fmt: skip
NOT_IN_ARREARS: Final = frozenset({"prepaid", "expired_held", "let_twice"})


@dataclass(slots=True)
class Slot:
    """A contract to be invented: which of what is let (``option``), what is wrong with it, and what becomes of it."""

    seat: Seat
    number: int  # 1, 2, … in the village
    option: int = 0
    fault: str = ""
    partner: int | None = None  # the slot on whose parcel it lies, too
    taken: bool = False  # somebody else's partner
    put_right: bool = False
    arrears_fen: int = 0
    arrears_years: int = 0
    collected: bool = False


@dataclass(slots=True)
class Share:
    """What a village has its share in; areas in 0.0001 mu, amounts in fen."""

    seat: Seat
    slots: list[Slot] = field(default_factory=list)
    recovered_mu_4: list[int] = field(default_factory=list)
    idle_mu_4: list[int] = field(default_factory=list)
    claims_settled_fen: list[int] = field(default_factory=list)
    debts_settled_fen: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a county adds up to."""

    contracts: int
    faults: Mapping[str, int]
    arrears: int
    arrears_fen: int
    put_right: Mapping[str, int]
    collected: int
    recovered: int  # hundredths of a mu
    settled_fen: int


def allot(total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
    """Share out a whole number by weights, each at least ``least``, so that the shares sum to it exactly."""
    free = total - least * len(weights)
    if not weights or free < 0:
        assert total == 0 or weights, "there is nobody to share with"
        return [total // len(weights)] * (len(weights) - 1) + [
            total - total // len(weights) * (len(weights) - 1)
        ] if weights else []  # fmt: skip
    whole = sum(weights)
    exact = [free * weight / whole for weight in weights]
    shares = [int(each) for each in exact]
    rest = free - sum(shares)
    by_rest = sorted(range(len(weights)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_rest[:rest]:
        shares[place] += 1
    return [share + least for share in shares]


def targets_of(words: Words, *, county: str, villages: int, chance: random.Random) -> Targets:
    """Return what a county adds up to: the one of the clean-up by its report, the others in proportion, less of it."""
    found, cleaned = words.told["found"], words.told["clean_up"]
    is_it = county == cleaned["county"]
    scale = 1.0 if is_it else villages / found["villages"]
    pace = 1.0 if is_it else chance.uniform(0.5, 0.95)

    def many(count: int, by: float = scale) -> int:
        return round(count * by)

    faults = {name: many(count) for name, count in found["faults"].items()}
    right = {name: min(faults[name], many(count, scale * pace)) for name, count in words.told["put_right"].items()}
    arrears = many(found["arrears"])
    return Targets(
        contracts=many(found["contracts"]), faults=faults, arrears=arrears, arrears_fen=many(found["arrears_fen"]),
        put_right=right, collected=round(arrears * COLLECTED_SHARE * pace),
        recovered=many(cleaned["idle_land_mu"] * MU // HUNDREDTH_MU, scale * pace),
        settled_fen=many(cleaned["claims_debts_fen"], scale * pace),
    )  # fmt: skip


def county_shares(words: Words, seats: Sequence[Seat], *, seed: int) -> list[Share]:
    """Share out among the villages of one county what it adds up to. The same seed shares the same."""
    county = seats[0].county
    chance = random.Random(f"{seed}:{county}")  # noqa: S311  nothing secret is made of it
    targets = targets_of(words, county=county, villages=len(seats), chance=chance)
    shares = [Share(seat) for seat in seats]
    weights = [chance.lognormvariate(0, 0.5) * (0.3 if seat.urban else 1) for seat in seats]
    for share, count in zip(shares, allot(targets.contracts, weights), strict=True):
        share.slots = [Slot(share.seat, number) for number in range(1, count + 1)]
    slots = [slot for share in shares for slot in share.slots]
    _share_faults(words, slots, targets, chance)
    _share_arrears(slots, targets, chance)
    _share_land([share for share in shares if not share.seat.urban] or shares, targets, chance, len(seats))
    _share_settling(shares, slots, targets, chance)
    return shares


def options_for(words: Words, fault: str) -> list[int]:
    """Return which of what is let a fault can be in; every one for no fault."""
    options: list[dict[str, Any]] = words.told["let"]
    kinds, classes = SUITS.get(fault, (None, None))
    return [
        place
        for place, option in enumerate(options)
        if kinds is None or (option["kind"] in kinds and classes is not None and option["class"] in classes)
    ]


def _share_faults(words: Words, slots: Sequence[Slot], targets: Targets, chance: random.Random) -> None:
    options = words.told["let"]
    indoors = [place for place, option in enumerate(options) if option["class"] in ("building", "construction")]

    def choose(slot: Slot, fault: str) -> None:
        fit = indoors if slot.seat.urban else options_for(words, fault)
        slot.fault, slot.option = fault, chance.choices(fit, [options[place]["weight"] for place in fit])[0]

    for slot in slots:
        choose(slot, "")
    free = [slot for slot in slots if not slot.seat.urban]
    chance.shuffle(free)
    _share_let_twice(free, targets.faults["let_twice"], lambda slot: choose(slot, "let_twice"))
    waiting = iter([slot for slot in free if not slot.fault and not slot.taken])
    for fault, count in targets.faults.items():
        for _n in range(count if fault != "let_twice" else 0):
            if (chosen := next(waiting, None)) is not None:
                choose(chosen, fault)
    by_fault: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_fault[slot.fault].append(slot)
    for fault, count in targets.put_right.items():
        for slot in chance.sample(by_fault[fault], min(count, len(by_fault[fault]))):
            slot.put_right = True


def _share_let_twice(free: Sequence[Slot], count: int, choose: Any) -> None:
    """Pair slots of one village on one parcel."""
    waiting: dict[str, Slot] = {}
    for slot in free:
        if count == 0:
            return
        other = waiting.pop(slot.seat.code, None)
        if other is None:
            waiting[slot.seat.code] = slot
            continue
        choose(slot)
        slot.partner, other.option, other.taken = other.number, slot.option, True
        count -= 1


def _share_arrears(slots: Iterable[Slot], targets: Targets, chance: random.Random) -> None:
    able = [slot for slot in slots if slot.fault not in NOT_IN_ARREARS and not slot.taken]
    chosen = chance.sample(able, min(targets.arrears, len(able)))
    amounts = allot(targets.arrears_fen, [chance.lognormvariate(0, 0.6) for _slot in chosen], least=EVENT_FEN_MIN)
    for slot, amount in zip(chosen, amounts, strict=True):
        slot.arrears_fen = amount
        slot.arrears_years = chance.choices(ARREARS_YEARS, (50, 30, 20))[0]
    for slot in chosen[: targets.collected]:
        slot.collected = True


def _share_land(shares: Sequence[Share], targets: Targets, chance: random.Random, villages: int) -> None:
    owners = chance.choices(shares, k=max(1, round(villages * RECOVERED_PARCELS)))
    areas = allot(targets.recovered, [chance.lognormvariate(0, 0.7) for _one in owners], least=PARCEL_MIN)
    for share, area in zip(owners, areas, strict=True):
        share.recovered_mu_4.append(area * HUNDREDTH_MU)
    for share in chance.choices(shares, k=round(villages * IDLE_PARCELS)):
        share.idle_mu_4.append(round(chance.lognormvariate(2.2, 0.8) * 100) * HUNDREDTH_MU)


def _share_settling(shares: Sequence[Share], slots: Iterable[Slot], targets: Targets, chance: random.Random) -> None:
    """Claims and debts that are settled sum, with the arrears that are collected, to what the county settles."""
    left = targets.settled_fen - sum(slot.arrears_fen for slot in slots if slot.collected)
    claims, debts = (max(1, round(len(shares) * share)) for share in (CLAIMS_EVENTS, DEBTS_EVENTS))
    weights = [chance.lognormvariate(0, 0.8) for _n in range(claims + debts)]
    amounts = allot(left, weights, least=EVENT_FEN_MIN)
    for place, (share, amount) in enumerate(zip(chance.choices(shares, k=claims + debts), amounts, strict=True)):
        (share.claims_settled_fen if place < claims else share.debts_settled_fen).append(amount)
