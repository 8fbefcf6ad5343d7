"""The defaults that no law sets: an installation may change each, and every finding by one says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from tianqu.base.errors import InvalidInput, _

VALUE_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the rules that are a policy. Percentages are whole, areas in 0.0001 mu."""

    low_rent_percent: int = 70  # below it a rent is flagged
    severe_rent_percent: int = 50  # below it severely so
    peers_min: int = 5
    peer_years: int = 2  # signed as many calendar years before or after
    prepaid_years: int = 3
    prepaid_ordinary_months: int = 12  # what is paid ahead for so long is no payment "for years"
    board_years: int = 5
    flat_years: int = 5
    overdue_days: int = 30
    limitation_warning_months: int = 30
    expiry_notice_days: int = 90
    expiry_alarm_days: int = 30
    area_percent: int = 3
    area_mu_4: int = 5_000
    at_once_days: int = 3  # what "at once" is taken for where a major matter is to be disclosed
    attest_days: int = 7  # within which a second person attests a resolution
    scan_since_year: int = 2027  # in which a contract was signed of which a scan is to be in the register


def policy_of(given: Mapping[str, object]) -> Policy:
    """Return the policy with what an installation changed. Raises ``InvalidInput`` for what is no such number."""
    known = [field.name for field in fields(Policy)]
    for name, value in given.items():
        if name not in known:
            raise InvalidInput(
                _("There is no policy called %(value)s."), field="policy", value=str(name)[:60],
                remedy=_("Known: %(known)s."), known=", ".join(known),
            )  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= VALUE_MAX:
            raise InvalidInput(
                _("The policy %(name)s must be a whole number from 0 to %(most)s."), field=name, value=str(value)[:40],
                name=name, most=VALUE_MAX, remedy=_("Leave it out for the default."),
            )  # fmt: skip
    policy = Policy(**{name: value for name, value in given.items() if isinstance(value, int)})
    if policy.severe_rent_percent > policy.low_rent_percent:
        raise InvalidInput(
            _("A severely low rent cannot be above a low one."), field="severe_rent_percent",
            value=policy.severe_rent_percent, remedy=_("Give at most %(most)s."), most=policy.low_rent_percent,
        )  # fmt: skip
    return policy
