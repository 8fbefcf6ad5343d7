"""The demonstration: the conferences of the realm's bulletins, who spoke for their units, and what was asked.

Which conferences there are stands in the realm's ``releases.yaml``, what is told of them besides in ``programme.yaml``.
A realm without these has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import yaml
from django.utils import timezone

from tianqu.base.identifiers import named_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import Unit, account_called, actor_of, unit_called
from tianqu.packs.programme import acts
from tianqu.packs.programme.acts import SpeakerPost
from tianqu.packs.programme.aims.acts import Measure, Sense, Task, declare_domain
from tianqu.packs.programme.queries import conferences, domains

PLANNED_BEFORE: Final = timedelta(days=21)
TOLD_AFTER: Final = timedelta(hours=2)


def programme_of_year(stage: DemoStage) -> int:
    """Declare the realm's programme where it has changed; return how many domains it has."""
    told = _read(stage, "programme.yaml").get("programme")
    if told is None:
        return 0
    with seeing(SYSTEM.scope):
        unit_id = unit_called(told["unit"]).id
        there = {domain.code for domain in domains()}
    for position, one in enumerate(told["domains"]):
        if one["code"] not in there:
            declare_domain(
                SYSTEM, domain=one["code"], position=position, unit_id=unit_id, name=one["name"],
                name_en=one["name_en"], tasks=[_task(task) for task in one["tasks"]],
            )  # fmt: skip
    return len(told["domains"])


def _task(told: Mapping[str, Any]) -> Task:
    with seeing(SYSTEM.scope):
        measures = tuple(
            Measure(
                each["name"], each["name_en"], unit_called(each["unit"]).id, each["figure"], Decimal(each["target"]),
                Sense(each.get("sense", "at_least")),
            )
            for each in told["measures"]
        )  # fmt: skip
    return Task(told["name"], told["name_en"], measures)


def conferences_of_year(stage: DemoStage) -> int:
    """Plan the conferences that are not there yet, and keep what was asked at them; return how many were new."""
    told, bulletins = _read(stage, "programme.yaml"), _read(stage, "releases.yaml")
    wanted = [one for one in bulletins.get("releases", ()) if told and "day" in one]
    if not wanted:
        return 0
    with seeing(SYSTEM.scope):
        officer = actor_of(account_called(told["officer"]), channel="import")
        there = {line.conference.code for line in conferences()}
    new = [one for one in wanted if one["code"] not in there]
    for done, one in enumerate(new):
        stage.tell(done, len(new))
        _plan(officer, told["conferences"], one, office=bulletins["unit"])
        for place, asked in enumerate(told["conferences"]["questions"]):
            if asked["conference"] == one["code"]:
                _ask(officer, told["conferences"], one, asked, place=place)
    stage.tell(len(new), len(new))
    return len(new)


def _read(stage: DemoStage, name: str) -> Mapping[str, Any]:
    path = stage.realm / name
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _plan(officer: Actor, told: Mapping[str, Any], one: Mapping[str, Any], *, office: str) -> None:
    starts_at = _begins(told, one)
    with seeing(SYSTEM.scope):
        unit = unit_called(office)
        speakers = [_speaker(told["posts"], unit_called(code)) for code in one["units"]]
    acts.plan_conference(
        officer, conference_id=named_identifier(f"demo:conference:{one['code']}"), unit_id=unit.id, code=one["code"],
        domain=one["domain"], title=one["title"], title_en=one["title_en"], venue=told["venue"],
        venue_en=told["venue_en"], starts_at=starts_at, speakers=speakers, release_code=one["code"],
        at=starts_at - PLANNED_BEFORE,
    )  # type: ignore[call-arg]  # fmt: skip


def _ask(
    officer: Actor, told: Mapping[str, Any], one: Mapping[str, Any], asked: Mapping[str, Any], *, place: int
) -> None:
    with seeing(SYSTEM.scope):
        answered_by = _speaker(told["posts"], unit_called(asked["unit"]))
    words = {name: asked[name] for name in
             ("medium", "medium_en", "question", "question_en", "answer", "answer_en")}  # fmt: skip
    acts.keep_question(
        officer, conference_id=named_identifier(f"demo:conference:{one['code']}"), answered_by=answered_by,
        question_id=named_identifier(f"demo:question:{one['code']}:{place}"), **words,
        at=_begins(told, one) + TOLD_AFTER,
    )  # type: ignore[call-arg]  # fmt: skip


def _begins(told: Mapping[str, Any], one: Mapping[str, Any]) -> datetime:
    day = one["day"] if isinstance(one["day"], date) else date.fromisoformat(one["day"])
    return datetime.combine(day, time.fromisoformat(told["time"]), timezone.get_current_timezone())


def _speaker(posts: Sequence[Sequence[str]], unit: Unit) -> SpeakerPost:
    _ending, post, post_en = next(each for each in posts if unit.name.endswith(each[0]))
    return SpeakerPost(unit.id, post, post_en)
