"""Who agreed: the record of the resolution, the lessee from outside, construction land, the order of days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tianqu.packs.village.rules.facts import Body, ContractKind, Resolution
from tianqu.packs.village.rules.laws import Case, Found, Number, Severity, Version, _

NOT_DELEGATED: Final = frozenset({ContractKind.HOUSEHOLD, ContractKind.OTHER_MEANS, ContractKind.HOMESTEAD})


def reaches(part: int, *, whole: int, numerator: int, denominator: int) -> bool:
    """Say whether ``part`` of ``whole`` is at least a fraction, in whole numbers. Nobody of nobody is not enough."""
    return whole > 0 and part * denominator >= whole * numerator


def record_faults_2025(resolution: Resolution, version: Version, *, delegable: bool) -> Iterator[Found]:
    """All members: announced ten days before, two thirds there, two thirds of all agreeing; or representatives."""
    if resolution.body is Body.REPRESENTATIVES:
        if not delegable:
            sentence = _(
                "Representatives resolved on it; contracting of land and homesteads is for all members to resolve on."
            )
            yield "delegated", Severity.FLAG, sentence, _votes(resolution)
    else:
        yield from notice_faults(resolution, version.limits["notice_days"])
        if not reaches(resolution.present, whole=resolution.entitled, numerator=2, denominator=3):
            sentence = _("%(present)s of %(entitled)s members came; two thirds of them must.")
            yield "quorum", Severity.FLAG, sentence, _votes(resolution)
    if not reaches(resolution.agreed, whole=resolution.entitled, numerator=2, denominator=3):
        sentence = _("%(agreed)s of all %(entitled)s agreed; two thirds of all must.")
        yield "majority", Severity.FLAG, sentence, _votes(resolution)


def record_faults_2010(resolution: Resolution) -> Iterator[Found]:
    """Representatives: two thirds there, and a majority of those. A meeting of all villagers: more than half there."""
    if resolution.body is Body.REPRESENTATIVES:
        if not reaches(resolution.present, whole=resolution.entitled, numerator=2, denominator=3):
            sentence = _("%(present)s of %(entitled)s representatives came; two thirds of them must.")
            yield "quorum", Severity.FLAG, sentence, _votes(resolution)
    elif resolution.present * 2 <= resolution.entitled:
        sentence = _("%(present)s of %(entitled)s villagers came; more than half of them must.")
        yield "quorum", Severity.FLAG, sentence, _votes(resolution)
    if resolution.agreed * 2 <= resolution.present:
        sentence = _("%(agreed)s of the %(present)s who came agreed; more than half of them must.")
        yield "majority", Severity.FLAG, sentence, _votes(resolution)


def record_faults(resolution: Resolution, version: Version, *, delegable: bool) -> Iterator[Found]:
    """What is wrong with a resolution by a version of the law; ``delegable``: representatives may resolve on it."""
    if "notice_days" in version.limits:
        yield from record_faults_2025(resolution, version, delegable=delegable)
    else:
        yield from record_faults_2010(resolution)


def democratic_record(case: Case, version: Version) -> Iterator[Found]:
    """The record of the resolution by the law in force."""
    resolution = case.contract.resolution
    if resolution is None:
        yield _missing()
    else:
        yield from record_faults(resolution, version, delegable=case.contract.kind not in NOT_DELEGATED)


def outside_lessee(case: Case, version: Version) -> Iterator[Found]:
    """To whom does not belong, only with two thirds of members or representatives, and the township's approval."""
    contract, resolution = case.contract, case.contract.resolution
    if not contract.lessee_outside:
        return
    if resolution is None:
        yield "no_resolution", Severity.FLAG, _("Let to somebody from outside, and no resolution is on file."), {}
    elif not reaches(resolution.agreed, whole=resolution.entitled, numerator=2, denominator=3):
        sentence = _("Let to somebody from outside, and %(agreed)s of %(entitled)s agreed; two thirds must.")
        yield "majority", Severity.FLAG, sentence, _votes(resolution)
    if contract.township_approved_on is None:
        sentence = _("Let to somebody from outside, and the township's approval is not on file.")
        yield "no_approval", Severity.FLAG, sentence, {}
    elif contract.township_approved_on > contract.signed_on:
        sentence = _("Signed on %(signed_on)s, and the township approved it only on %(approved_on)s.")
        yield "late_approval", Severity.FLAG, sentence, {
            "signed_on": contract.signed_on, "approved_on": contract.township_approved_on,
        }  # fmt: skip


def construction_land(case: Case, version: Version) -> Iterator[Found]:
    """Commercial construction land: two thirds agree, and bounds, area, term and use are in writing."""
    contract, resolution = case.contract, case.contract.resolution
    if resolution is None:
        yield "no_resolution", Severity.FLAG, _("Construction land, and no resolution is on file."), {}
    elif not reaches(resolution.agreed, whole=resolution.entitled, numerator=2, denominator=3):
        sentence = _("Construction land, and %(agreed)s of %(entitled)s agreed; two thirds must.")
        yield "majority", Severity.FLAG, sentence, _votes(resolution)
    if not contract.written or contract.bounds_written is False:
        sentence = _("Construction land, and bounds, area, term and use are not all in writing.")
        yield "not_written", Severity.FLAG, sentence, {}


def signed_before(case: Case, version: Version) -> Iterator[Found]:
    """First the resolution, then the signature."""
    contract, resolution = case.contract, case.contract.resolution
    if resolution is not None and contract.signed_on < resolution.held_on:
        sentence = _("Signed on %(signed_on)s, %(early_days)s days before the resolution of %(held_on)s.")
        yield "early", Severity.FLAG, sentence, {
            "signed_on": contract.signed_on, "held_on": resolution.held_on,
            "early_days": (resolution.held_on - contract.signed_on).days,
        }  # fmt: skip


def notice_faults(resolution: Resolution, least: int) -> Iterator[Found]:
    """Whether a meeting was announced ``least`` days before."""
    if resolution.notice_on is None:
        sentence = _("It is not on file when the meeting was announced; it must be %(limit_days)s days before.")
        yield "no_notice", Severity.FLAG, sentence, {"limit_days": least}
    elif (resolution.held_on - resolution.notice_on).days < least:
        sentence = _("The meeting was announced %(notice_days)s days before; it must be %(limit_days)s.")
        yield "short_notice", Severity.FLAG, sentence, {
            "notice_days": (resolution.held_on - resolution.notice_on).days, "limit_days": least,
        }  # fmt: skip


def _missing() -> Found:
    return "missing", Severity.FLAG, _("No resolution is on file."), {}


def _votes(resolution: Resolution) -> dict[str, Number]:
    return {
        "held_on": resolution.held_on, "entitled": resolution.entitled, "present": resolution.present,
        "agreed": resolution.agreed,
    }  # fmt: skip
