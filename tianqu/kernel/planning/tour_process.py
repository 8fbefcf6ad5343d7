"""A tour planned in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from tianqu.base.errors import TianquError, _
from tianqu.kernel.planning.child import Limits
from tianqu.kernel.planning.process import Ended, in_child
from tianqu.kernel.planning.tour_json import replan_from, stored_season, stored_shows
from tianqu.kernel.planning.tour_terms import Season, Show, check_season
from tianqu.kernel.planning.tours import Replan

TOUR_LIMITS: Final = Limits(seconds=300, memory_mb=2_000)  # what 2,000 visits may take; 300 take some seconds


class TourEnded(TianquError):
    """A tour whose process was ended from outside, used its memory or time up, or broke."""

    code = "tour_ended"
    status = 503


def compute_tour(
    season: Season,
    *,
    plan: Sequence[Show] | None = None,
    today: date,
    limits: Limits = TOUR_LIMITS,
    tell: Callable[[int], None] = lambda share: None,
) -> Replan:
    """Plan a season in a process of its own, within memory and time; with the shows of a ``plan``, anew from ``today``.

    ``tell`` is told how far it is, in per cent. Raises what ``season_plan`` and ``replanned`` do, and ``TourEnded``.
    """
    check_season(season)
    shows = None if plan is None else stored_shows(plan)
    asked = {"season": stored_season(season), "shows": shows, "today": today.isoformat()}
    try:
        return replan_from(in_child("tour", asked, limits, tell=lambda stage: tell(int(stage))))
    except Ended as ended:
        raise TourEnded(
            _("The process in which the tour was planned was ended (%(value)s)."), value=ended.how,
            remedy=_("Plan fewer days at once, or ask again in a moment."),
        ) from ended  # fmt: skip
