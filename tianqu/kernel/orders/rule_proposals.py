"""Proposed rules: replayed on the past by the worker, and published by whoever has seen what would have changed.

A replay of a year reads hundreds of thousands of orders, so a page asks for it and comes back for the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from procrastinate.contrib.django import app

from tianqu.base.canonical import plain
from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, Actor, act, seeing
from tianqu.kernel.orders.models import RuleReplay
from tianqu.kernel.orders.rule_replay import Replay, replay_rules
from tianqu.kernel.orders.rules import Condition, Rule, checked_rules, may_publish_rules, publish_one
from tianqu.kernel.orders.walls import asked_orders
from tianqu.kernel.places.api import Account, actor_of, require

TASK: Final = "orders.replay_rule"
DAYS_MAX: Final = 3 * 366
SHIFTS_KEPT: Final = 50
PROGRESS_STEPS: Final = 10  # how often, at most, a replay says how far it is


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """A proposed rule as it is stored until it is published."""
    said = plain({**asdict(rule), "condition": rule.condition.stored()})
    assert isinstance(said, dict), "a mapping stays one"
    return said


def rule_from_json(said: Mapping[str, Any]) -> Rule:
    """A stored proposal again."""
    return Rule(
        code=said["code"], condition=Condition.of(said["condition"]), valid_from=date.fromisoformat(said["valid_from"]),
        valid_to=date.fromisoformat(said["valid_to"]) if said["valid_to"] else None, rank=said["rank"],
        unit_id=UUID(said["unit_id"]) if said["unit_id"] else None, unit_kind=said["unit_kind"],
        legal_basis=said["legal_basis"], note=said["note"],
    )  # fmt: skip


@act("rules.propose", may=may_publish_rules)
def propose_rule(acting: Acting, *, rule: Rule, since: datetime, until: datetime) -> UUID:
    """Ask the worker to hold one rule against the orders placed from ``since`` until before ``until``.

    Returns the identifier of the replay. Raises ``InvalidInputs`` for a faulty rule.
    """
    checked_rules([rule])
    if not 0 < (until - since).days <= DAYS_MAX:
        raise InvalidInput(
            _("A replay looks at between 1 and %(most)s days."), field="since", most=DAYS_MAX,
            remedy=_("Choose a first day before the last one."),
        )  # fmt: skip
    actor = acting.actor
    replay = RuleReplay(
        id=new_identifier(), asked_at=acting.now, person_id=actor.person_id, post_id=actor.post_id,
        rule=rule_as_json(rule), since=since, until=until,
        total=asked_orders().filter(placed_at__gte=since, placed_at__lt=until).count(),
    )  # fmt: skip
    replay.save(force_insert=True)
    acting.record(f"rule_replay:{replay.id}", after={"rule": replay.rule, "since": since, "until": until})
    app.configure_task(TASK).defer(replay_id=str(replay.id))
    return replay.id


def rule_proposal(actor: Actor, replay_id: UUID) -> RuleReplay:
    """One replay, finished or under way. Raises ``NotFound``."""
    require(actor, "rules.publish")
    found = RuleReplay.objects.filter(id=replay_id).first()
    if found is None:
        raise NotFound(_("There is no such replay."), field="replay_id", value=str(replay_id))
    return found


def run_replay(replay_id: UUID) -> None:
    """Do a replay that was asked for, with the eyes of who asked; what went wrong is kept with it. For the worker."""
    replay = RuleReplay.objects.filter(id=replay_id, finished_at=None).first()
    if replay is None:
        return
    account = Account.objects.filter(person_id=replay.person_id).first() if replay.person_id else None
    if account is None:
        return
    actor = actor_of(account, channel="job", post_id=replay.post_id)
    step, said = max(replay.total // PROGRESS_STEPS, 1), 0

    def progress(done: int) -> None:
        nonlocal said
        if done >= said + step:
            said = done
            note_replay(actor, replay_id=replay_id, done=done)

    with seeing(actor.scope):
        try:
            result = replay_rules(
                actor, rules=[rule_from_json(replay.rule)], since=replay.since, until=replay.until, progress=progress
            )
        except TianquError as error:
            note_replay(actor, replay_id=replay_id, done=said, failed=str(error))
            return
        note_replay(actor, replay_id=replay_id, done=result.orders, result=_result(result))


def _result(replay: Replay) -> dict[str, Any]:
    """What is kept of a replay. Orders are named by their identifier alone, so that erasing a person leaves nothing."""
    kept = plain({
        "orders": replay.orders, "decided_before": replay.decided_before, "decided_after": replay.decided_after,
        "changed": replay.changed, "by_unit": [asdict(shift) for shift in replay.by_unit[:SHIFTS_KEPT]],
        "samples": [
            {"order": one.order_id, "before": one.before, "after": one.after, "answered_by": one.answered_by}
            for one in replay.samples
        ],
        "precision_before": asdict(replay.precision_before), "precision_after": asdict(replay.precision_after),
    })  # fmt: skip
    assert isinstance(kept, dict), "a mapping stays one"
    return kept


@act("rules.note_replay", may=may_publish_rules)
def note_replay(
    acting: Acting, *, replay_id: UUID, done: int, result: dict[str, Any] | None = None, failed: str = ""
) -> None:
    """Note how far a replay is, what it found, or why it could not go on."""
    replay = RuleReplay.objects.select_for_update().filter(id=replay_id).first()
    if replay is None:
        raise NotFound(_("There is no such replay."), field="replay_id", value=str(replay_id))
    replay.done, replay.result, replay.failed = done, result, failed
    replay.finished_at = acting.now if result is not None or failed else None
    replay.save(update_fields=["done", "result", "failed", "finished_at"])
    acting.record(f"rule_replay:{replay_id}", after={"done": done, "result": result, "failed": failed})


@act("rules.publish_proposal", may=may_publish_rules)
def publish_proposal(acting: Acting, *, replay_id: UUID) -> str:
    """Publish the rule of a finished replay, once; return its code.

    Raises ``Conflict`` while the replay runs, when it failed, and when its rule was published before.
    """
    replay = RuleReplay.objects.select_for_update().filter(id=replay_id).first()
    if replay is None:
        raise NotFound(_("There is no such replay."), field="replay_id", value=str(replay_id))
    if replay.result is None:
        raise Conflict(
            _("This rule was not replayed to the end."), field="replay_id",
            remedy=_("Wait until it is, or propose the rule again."),
        )  # fmt: skip
    if replay.published_at is not None:
        raise Conflict(_("This rule was published already."), field="replay_id")
    rule = rule_from_json(replay.rule)
    may_publish_rules(acting, rules=[rule])
    publish_one(acting, rule)
    replay.published_at = acting.now
    replay.save(update_fields=["published_at"])
    acting.record(f"rule_replay:{replay.id}", after={"rule": rule.code, "published_at": acting.now})
    return rule.code
