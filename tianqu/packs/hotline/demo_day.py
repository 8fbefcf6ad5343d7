"""What becomes of invented requests: each one's way round the loop, planned from a seed as moves with their times.

A plan is pure: it knows the calendar and chance, not the database. Whoever plays it makes each move by the public API
or by acts, and drops what is left of a request once a move of it is refused.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from tianqu.base.working_time import WorkingCalendar, add_working_time
from tianqu.kernel.orders.api import ItemDefinition
from tianqu.packs.hotline.demo import InventedRequest, Inventor

# Share of requests that come in each hour of the day, as at a hotline: mornings, after lunch, and some at night.
HOURS: Final = (1, 1, 1, 1, 1, 2, 6, 14, 40, 44, 40, 26, 14, 18, 38, 36, 34, 26, 16, 14, 12, 9, 5, 2)
CHANNELS: Final[Mapping[str, int]] = {"phone": 52, "web": 24, "app": 18, "open311": 6}
SATISFIED: Final[Mapping[str, int]] = {
    "very": 34,
    "satisfied": 44,
    "basically": 14,
    "dissatisfied": 6,
    "very_dissatisfied": 2,
}
LEGAL_BASIS: Final = (
    "本单位三定规定",
    "部门权责清单",
    "城市道路管理条例 第二十三条",
    "物业管理条例 第三十五条",
    "属地管理原则",
)
MERGED_SHARE: Final = 0.06
WRONG_SHARE: Final = 0.07
PHOTO_SHARE: Final = 0.6  # of what can be photographed and was asked on a phone or a page
REOPENED_SHARE: Final = 0.6  # of the unhappy
LEFT_OUT_SHARE: Final = 0.03  # of rates, by the supervisor
COUNTED_AGAIN_SHARE: Final = 0.25  # of what was left out
# Why a request is left out of which rate, in the supervisor's words.
LEFT_OUT: Final = (
    ("test", "all", "系统联调时误录的测试工单。"),
    ("duplicate", "all", "与先前工单重复：同一诉求人、同一事项。"),
    ("force_majeure", "all", "强降雨致道路中断，非承办单位所能控制。"),
    ("beyond_powers", "satisfaction", "诉求超出现行政策，单位已依法解释到位。"),
)
ENDS: Final = ("orders.finish", "orders.withdraw", "orders.refuse")
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Move:
    """Something that somebody does to a request at a time.

    ``by`` is asker, operator, dispatcher, supervisor, unit (the one it belongs to) or wrong_unit (the one it was sent
    to by mistake). ``body`` holds what the act takes; "@unit", "@wrong_unit", "@cause" and "@photo" stand for
    identifiers.
    """

    at: datetime
    act: str  # orders.accept
    by: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Planned:
    """A request with where it goes and all moves that follow its placing."""

    number: int
    request: InventedRequest
    item: ItemDefinition
    place: str  # code
    unit: str  # code of the unit that is answerable
    wrong_unit: str  # code of another unit of the same place
    placed_at: datetime
    channel: str
    identity: str
    public: bool
    cause: int | None = None  # number of the request that this one is merged into
    moves: list[Move] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Where:
    """A place that people live in, and the units that answer there by kind."""

    code: str
    name: str
    units: Mapping[str, str]
    kind_of_unit: str = "township_government"


class Planner:
    """Plans days of requests."""

    def __init__(
        self, inventor: Inventor, calendar: WorkingCalendar, items: Mapping[str, ItemDefinition],
        places: Sequence[Where], *, seed: int,
    ) -> None:  # fmt: skip
        self.inventor = inventor
        self.calendar = calendar
        self.items = items
        self.places = places
        self.random = random.Random(seed)  # noqa: S311  nothing secret is made of it
        self.count = 0

    def day(self, day: date, orders: int, *, until: datetime) -> Iterator[Planned]:
        """Plan the requests of one day, in the order in which they come. Moves after ``until`` are left out."""
        codes = self.inventor.item_codes(month=day.month, count=orders)
        times = sorted(self.time_on(day) for _each in codes)
        earlier: list[Planned] = []
        for code, at in zip(codes, times, strict=True):
            if at > until:
                continue
            cause = self._cause(earlier, at) if self.random.random() < MERGED_SHARE else None
            planned = self._planned(code, at, cause)
            if planned is None:
                continue
            if cause is not None and planned.cause is not None:
                planned.moves = self._merged(planned)
            else:
                planned.moves = list(self._way(planned))
                earlier.append(planned)
            planned.moves = [move for move in planned.moves if move.at <= until]
            yield planned

    def _cause(self, earlier: list[Planned], at: datetime) -> Planned | None:
        """An earlier request that is still being worked on when this one could be merged into it."""
        latest = at + MINUTE * 45
        working = [
            planned
            for planned in earlier[-60:]
            if not any(move.act in ENDS and move.at < latest for move in planned.moves)
        ]
        return self.random.choice(working) if working else None

    def _planned(self, code: str, at: datetime, cause: Planned | None) -> Planned | None:
        item = cause.item if cause is not None else self.items[code]
        where = next((place for place in self.places if cause and place.code == cause.place), None)
        for _attempt in range(5):
            where = where or self.random.choice(self.places)
            unit = next((where.units[each.unit_kind] for each in item.answerable if each.unit_kind in where.units), "")
            if unit:
                break
            where = None
        if where is None:
            return None
        self.count += 1
        others = sorted(other for other in set(where.units.values()) if other != unit)
        identities = [name for name in ("open", "sealed", "anonymous") if name in item.identity]
        identity = self.random.choices(identities, [84, 10, 6][: len(identities)])[0]
        return Planned(
            number=self.count,
            request=self.inventor.request(item, place=where.name, day=at.date()),
            item=item,
            place=where.code,
            unit=unit,
            wrong_unit=self.random.choice(others),
            placed_at=at,
            channel=self.random.choices(list(CHANNELS), list(CHANNELS.values()))[0],
            identity=identity,
            public=not item.private and self.random.random() < 0.6,
            cause=cause.number if cause is not None else None,
        )

    def time_on(self, day: date) -> datetime:
        """Return a time of a day at which somebody may ask, the usual hours more often."""
        hour = self.random.choices(range(24), HOURS)[0]
        moment = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, moment, self.calendar.zone)

    def _merged(self, planned: Planned) -> list[Move]:
        at = planned.placed_at + MINUTE * self.random.randrange(4, 40)
        reason = "同一地点同一问题，并入先前工单一并办理。"
        return [Move(at, "orders.merge", "dispatcher", {"into": "@cause", "reason": reason})]

    def _way(self, planned: Planned) -> Iterator[Move]:
        chance = self.random.random
        if planned.request.photo and planned.channel in ("web", "app") and chance() < PHOTO_SHARE:
            yield Move(planned.placed_at, "orders.attach", "asker", {"file_id": "@photo"})
        if chance() < 0.015:
            at = planned.placed_at + MINUTE * self.random.randrange(5, 200)
            yield Move(at, "orders.withdraw", "asker", {"reason": "已经解决了，不用派人来了。"})
            return
        at = self._dispatched(planned)
        if chance() < 0.012:
            yield Move(at, "orders.refuse", "dispatcher", {
                "reason_code": "in_court", "reason": "该事项已进入诉讼程序，请依法定途径主张权利。",
                "legal_basis": "信访工作条例",
            })  # fmt: skip
            return
        wrong = chance() < WRONG_SHARE and planned.item.urgency == "none"
        yield self._dispatch(at, "@wrong_unit" if wrong else "@unit")
        if wrong:
            at = yield from self._returned(at)
        at = self._worked(planned, at, 8, most=150)
        yield Move(at, "orders.accept", "unit")
        yield from self._handled(planned, at)

    def _returned(self, at: datetime) -> Generator[Move, None, datetime]:
        """Sent to the wrong unit: returned, sometimes twice, then ruled on."""
        at = add_working_time(self.calendar, at, self.random.randrange(10, 120))
        yield self._return(at, "@unit")
        if self.random.random() < 0.3:  # sent to the wrong one again, which returns it again
            at += MINUTE * self.random.randrange(5, 40)
            yield self._dispatch(at, "@wrong_unit")
            at = add_working_time(self.calendar, at, self.random.randrange(10, 120))
            yield self._return(at, "@unit")
            at = add_working_time(self.calendar, at, self.random.randrange(15, 120))
            yield Move(at, "orders.adjudicate", "supervisor", {
                "unit_id": "@unit", "reason": "经核对权责清单，由该单位负责办理。",
                "legal_basis": self._one(LEGAL_BASIS),
            })  # fmt: skip
        else:
            at += MINUTE * self.random.randrange(5, 60)
            yield self._dispatch(at, "@unit")
        return at

    def _handled(self, planned: Planned, at: datetime) -> Iterator[Move]:
        """From acceptance to the answer, with questions, comments and extensions."""
        chance = self.random.random
        if chance() < 0.15:
            at = self._worked(planned, at, 5, most=60)
            yield Move(at, "orders.comment", "unit", {"text": self.inventor.says("comments")})
        if chance() < 0.07 and planned.item.urgency == "none" and planned.identity != "anonymous":
            at = self._worked(planned, at, 5, most=90)
            yield Move(at, "orders.ask_back", "unit", {"question": self.inventor.says("ask_back_questions")})
            at += MINUTE * self.random.randrange(10, 300)
            yield Move(at, "orders.answer_question", "asker", {"answer": self.inventor.says("ask_back_answers")})
        if chance() < 0.04 and planned.item.urgency == "none":
            at = self._worked(planned, at, 20, most=200)
            reason = self.inventor.says("extend_reasons")
            yield Move(at, "orders.extend", "unit", {"reason": reason, "working_days": self.random.randrange(1, 4)})
        solved = chance() < 0.9
        at = self._answered(planned, at)
        reply = self.inventor.reply(planned.item.code, unit="我单位", solved=solved)
        yield Move(at, "orders.finish", "unit", {"answer_public": reply})
        if planned.public and chance() < 0.7:
            yield Move(at + MINUTE, "orders.publish", "unit", {
                "title": planned.request.title, "question": planned.request.description, "answer": reply,
            })  # fmt: skip
        yield from self._judged(planned, at, solved=solved)

    def _judged(self, planned: Planned, at: datetime, *, solved: bool) -> Iterator[Move]:
        """The asker rates, or is called back; an unhappy one may reopen."""
        satisfaction = self.random.choices(list(SATISFIED), list(SATISFIED.values()))[0]
        if not solved and self.random.random() < 0.6:
            satisfaction = self.random.choice(("dissatisfied", "very_dissatisfied", "basically"))
        unhappy = "dissatisfied" in satisfaction
        solved = solved and not unhappy
        rated = at + MINUTE * self.random.randrange(20, 900)
        if self.random.random() < 0.3:
            text = self.inventor.rating_text(satisfaction)
            body = {"satisfaction": satisfaction, "solved": solved, "text": text}
            yield Move(rated, "orders.rate", "asker", body)
        if planned.identity != "anonymous":
            called = add_working_time(self.calendar, max(rated, at), self.random.randrange(20, 500))
            yield self._called(called, satisfaction, solved=solved)
            rated = called
        if unhappy and self.random.random() < REOPENED_SHARE:
            yield Move(rated + MINUTE * 9, "orders.reopen", "asker", {"reason": "问题没有真正解决，请重新办理。"})
            rated = add_working_time(self.calendar, rated + MINUTE * 9, self.random.randrange(120, 900))
            reply = self.inventor.reply(planned.item.code, unit="我单位")
            yield Move(rated, "orders.finish", "unit", {"answer_public": reply})
        elif not unhappy and self.random.random() < 0.6:
            rated += MINUTE * 30
            yield Move(rated, "orders.close", "dispatcher")
        if self.random.random() < LEFT_OUT_SHARE:
            yield from self._left_out(rated)

    def _left_out(self, at: datetime) -> Iterator[Move]:
        """The supervisor leaves a request out of a rate, and sometimes thinks better of it."""
        reason, rate, note = self.random.choice(LEFT_OUT)
        at = add_working_time(self.calendar, at, self.random.randrange(30, 300))
        yield Move(at, "orders.exclude", "supervisor", {"rate": rate, "reason": reason, "note": note})
        if self.random.random() < COUNTED_AGAIN_SHARE:
            at = add_working_time(self.calendar, at, self.random.randrange(200, 900))
            yield Move(at, "orders.include", "supervisor", {"rate": rate, "note": "经复核不应剔除，恢复计入。"})

    def _called(self, at: datetime, satisfaction: str, *, solved: bool) -> Move:
        note = self.inventor.says("call_back_notes")
        if self.random.random() < 0.2:
            outcome = self.random.choices(("no_answer", "declined", "wrong_number"), (70, 20, 10))[0]
            return Move(at, "orders.call_back", "operator", {"outcome": outcome, "note": note})
        return Move(at, "orders.call_back", "operator", {
            "outcome": "answered", "contacted": self.random.random() < 0.95, "solved": solved,
            "satisfaction": satisfaction, "note": note,
        })  # fmt: skip

    def _dispatch(self, at: datetime, unit: str) -> Move:
        decided_by = self.random.choices(("rule", "model", "human"), (35, 40, 25))[0]
        body = {"unit_id": unit, "reason": "按职责转办。", "decided_by": decided_by}
        return Move(at, "orders.dispatch", "dispatcher", body)

    def _return(self, at: datetime, nominee: str) -> Move:
        return Move(at, "orders.return", "wrong_unit", {
            "legal_basis": self._one(LEGAL_BASIS), "reason": self.inventor.says("return_reasons"),
            "nominee_unit_id": nominee,
        })  # fmt: skip

    def _dispatched(self, planned: Planned) -> datetime:
        """Urgent lines are dispatched at any hour and at once; the hotline works in shifts, so the others are too."""
        urgent = planned.item.urgency != "none"
        return planned.placed_at + MINUTE * self.random.randrange(*((1, 6) if urgent else (3, 50)))

    def _worked(self, planned: Planned, at: datetime, least: int, *, most: int) -> datetime:
        """Some minutes later: of working time, or of the clock's for urgent lines."""
        if planned.item.urgency != "none":
            return at + MINUTE * self.random.randrange(2, 14)
        return add_working_time(self.calendar, at, self.random.randrange(least, most))

    def _answered(self, planned: Planned, at: datetime) -> datetime:
        """When the unit answers: mostly in time, some late."""
        if planned.item.urgency != "none":
            limit = 60 if planned.item.urgency == "danger" else 120
            return at + MINUTE * int(limit * self.random.triangular(0.2, 1.4, 0.5))
        days = self.random.triangular(0.1, 5.6, 1.2)
        return add_working_time(self.calendar, at, int(days * 450))

    def _one(self, values: Sequence[str]) -> str:
        return self.random.choice(values)
