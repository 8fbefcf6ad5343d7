"""The queue of an activity: who waits moves up, first come first served, when there is room."""

from __future__ import annotations

from tianqu.kernel.journal.api import Acting
from tianqu.kernel.notices.api import prepare_notice, queue_notices
from tianqu.packs.practice.models import Activity, Participation, TakingPart


def move_up(acting: Acting, activity: Activity) -> list[Participation]:
    """Let those who wait longest into the free places of a locked activity, tell them, and keep its counts.

    The act has its eyes open (``writing``), and records the activity itself; those who moved are recorded here.
    """
    signed = Participation.objects.filter(activity=activity)
    free = activity.places - signed.filter(state=TakingPart.GOING).count()
    moved: list[Participation] = []
    if free > 0 and activity.cancelled_at is None and activity.ends_at > acting.now:
        waiting = signed.select_for_update().filter(state=TakingPart.WAITING).order_by("queued_at", "id")
        moved = list(waiting[:free])
    for one in moved:
        one.state = TakingPart.GOING
        one.save(update_fields=["state"])
        record(acting, one)
    tell(acting, activity, moved, code="practice_moved_up")
    activity.going = signed.filter(state=TakingPart.GOING).count()
    activity.waiting = signed.filter(state=TakingPart.WAITING).count()
    activity.save(update_fields=["going", "waiting"])
    return moved


def tell(acting: Acting, activity: Activity, persons: list[Participation], *, code: str, **more: str) -> None:
    """Tell volunteers what has happened with an activity."""
    queue_notices(acting, [
        prepare_notice(
            acting, key=f"{code}:{one.id}:{acting.now.timestamp()}", code=code, subject=f"activity:{activity.id}",
            parameters={"title": activity.title, "at": activity.starts_at.isoformat(), **more},
            person_id=one.person_id,
        )
        for one in persons if one.person_id is not None
    ])  # fmt: skip


def record(acting: Acting, one: Participation, **more: object) -> None:
    """Record how a volunteer stands to an activity. The log does not show which act it was."""
    names = ("activity_id", "number", "state", "queued_at", "in_at", "out_at", "sent_later", "elsewhere", "minutes",
             "transfer_id", "leader_words", "volunteer_words")  # fmt: skip
    acting.record(f"participation:{one.id}", after={name: getattr(one, name) for name in names} | more, sealed=True)


def record_activity(acting: Acting, activity: Activity) -> None:
    """Record what an activity is after the act, and how many take part and wait."""
    names = ("team_id", "title", "title_en", "words", "words_en", "venue", "venue_en", "starts_at", "ends_at", "places",
             "theme_day", "going", "waiting", "cancelled_at", "cause", "reason", "reason_en", "version")  # fmt: skip
    acting.record(f"activity:{activity.id}", after={name: getattr(activity, name) for name in names})
