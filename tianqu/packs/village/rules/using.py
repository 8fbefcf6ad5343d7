"""What becomes of the land: measured area, use, subletting, and two contracts for one parcel."""

from __future__ import annotations

from collections.abc import Iterator

from tianqu.packs.village.rules.laws import Case, Found, Severity, Version, _


def area_under_reported(case: Case, version: Version) -> Iterator[Found]:
    """More land was measured than is contracted, by more than a share of it and more than a bound."""
    contract, policy = case.contract, case.policy
    if contract.measured_mu_4 is None:
        return
    more = contract.measured_mu_4 - contract.area_mu_4
    if more > policy.area_mu_4 and more * 100 > contract.area_mu_4 * policy.area_percent:
        sentence = _(
            "Measured %(measured_mu_4)s, contracted %(contracted_mu_4)s: %(more_mu_4)s are used without a contract."
        )
        yield "more", Severity.FLAG, sentence, {
            "measured_mu_4": contract.measured_mu_4, "contracted_mu_4": contract.area_mu_4, "more_mu_4": more,
            "limit_percent": policy.area_percent, "limit_mu_4": policy.area_mu_4,
        }  # fmt: skip


def use_changed(case: Case, version: Version) -> Iterator[Found]:
    """The land is used for what the contract does not say."""
    contract = case.contract
    if contract.use_found and contract.use_agreed and contract.use_found != contract.use_agreed:
        sentence = _("Agreed was “%(use_agreed)s”, found was “%(use_found)s”.")
        yield "changed", Severity.FLAG, sentence, {"use_agreed": contract.use_agreed, "use_found": contract.use_found}


def sublet(case: Case, version: Version) -> Iterator[Found]:
    """Who lets on what they hold needs the consent of whom they have it from."""
    if case.contract.sublet and not case.contract.sublet_consent:
        yield "no_consent", Severity.FLAG, _("Let on to somebody else, and no consent is on file."), {}


def let_twice(case: Case, version: Version) -> Iterator[Found]:
    """Two contracts hold on one parcel at one time."""
    overlap = case.peers.overlap(case.contract)
    if overlap.others:
        sentence = _(
            "%(others)s other contracts hold on the parcel %(parcel)s at the same time, one is %(other_contract)s."
        )
        yield "twice", Severity.SEVERE, sentence, {
            "others": overlap.others, "parcel": case.contract.parcel, "other_contract": overlap.example,
        }  # fmt: skip
