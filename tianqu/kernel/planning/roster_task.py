"""What the process of a roster does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tianqu.kernel.planning.roster_json import plan_json, problem_from
from tianqu.kernel.planning.roster_search import solve_roster
from tianqu.kernel.planning.rosters import Effort


def make(asked: Mapping[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
    """Make the roster that is asked for."""
    return plan_json(solve_roster(problem_from(asked["problem"]), Effort(**asked["effort"]), tell=tell))
