"""The values that certain keywords of acts may have, so that the OpenAPI document names them."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal

from tianqu.kernel.notices.api import Channel
from tianqu.kernel.orders.api import EXCLUSION_REASONS, OUTCOMES, RATES, REFUSAL_REASONS, SATISFACTIONS, Audience, State
from tianqu.web.api.values import Latitude, Longitude

URGENCIES: Final = ("none", "utilities", "danger")
IDENTITIES: Final = ("open", "sealed", "anonymous")
ASKERS: Final = ("resident", "firm")


def one_of(values: tuple[str, ...]) -> Any:
    """Return the type of exactly these texts."""
    return Literal[values]


def _values(enumeration: type[Enum]) -> tuple[str, ...]:
    return tuple(str(each.value) for each in enumeration)


Urgency: Any = one_of(URGENCIES)
Identity: Any = one_of(IDENTITIES)
Asker: Any = one_of(ASKERS)
StateName: Any = one_of(_values(State))

# By "act.keyword", or by the keyword alone where it means the same in every act.
CHOICES: Final[dict[str, Any]] = {
    "orders.refuse.reason_code": one_of(REFUSAL_REASONS),
    "orders.rate.satisfaction": one_of(SATISFACTIONS),
    "orders.call_back.satisfaction": one_of(("", *SATISFACTIONS)),
    "orders.call_back.outcome": one_of(OUTCOMES),
    "orders.exclude.rate": one_of(RATES),
    "orders.include.rate": one_of(RATES),
    "orders.exclude.reason": one_of(EXCLUSION_REASONS),
    "places.name_successors.kind": one_of(("merge", "split", "rename", "move")),
    "lon": Longitude,
    "lat": Latitude,
    "audience": one_of(_values(Audience)),
    "channel": one_of(_values(Channel)),
    "language": one_of(("zh-hans", "en")),
}
