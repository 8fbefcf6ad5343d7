"""Clients under whom the ground shakes: they place requests over HTTP, try again with the same key, and keep count."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any
from uuid import uuid4

import httpx

from tianqu.base.identifiers import new_identifier

AGAIN_SECONDS = 0.1
ANSWER_SECONDS_MAX = 30.0
IMPATIENT_SECONDS = 0.02
TRY_AGAIN = frozenset({502, 503, 504})  # 500 is never an answer to what passes
ABANDONED_SHARE = 0.05
COMMENTED_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Placed:
    """A request that the server has acknowledged."""

    order_id: str
    code: str
    secret: str


@dataclass
class Clients:
    """So many threads that place requests one after another until they are told to stop."""

    address: str
    count: int
    placed: list[Placed] = field(default_factory=list)
    comments: set[str] = field(default_factory=set)
    abandoned: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)
    retries: int = 0
    failed_answers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._changed = Condition()
        self._stopping = Event()
        self._threads = [Thread(target=self._live, name=f"client-{number}") for number in range(self.count)]
        self._log = httpx.Client(timeout=ANSWER_SECONDS_MAX)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client finish what it has begun: what was sent is sent again until it is acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client never got its answer"
        self._log.close()

    def wait_for_more(self, more: int, *, seconds: float, what: str = "the start") -> None:
        """Wait until so many more requests are acknowledged."""
        with self._changed:
            wanted = len(self.placed) + more
            assert self._changed.wait_for(lambda: len(self.placed) >= wanted, seconds), (
                f"{len(self.placed) - wanted + more} of {more} requests acknowledged in {seconds:.0f} s after {what}"
            )

    def log_size(self) -> int:
        """How many entries the published checkpoint holds; -1 while it cannot be read."""
        try:
            answer = self._log.get(f"{self.address}/log/checkpoint")
        except httpx.TransportError:
            return -1
        return int(answer.text.splitlines()[1]) if answer.status_code == 200 else -1

    def placed_ids(self) -> list[str]:
        return [placed.order_id for placed in self.placed]

    def abandoned_ids(self) -> set[str]:
        return self.abandoned

    def commented(self) -> set[str]:
        return self.comments

    def summary(self) -> str:
        return (
            f"{len(self.placed)} requests and {len(self.comments)} comments acknowledged, {len(self.abandoned)}"
            f" abandoned, {self.retries} sent again; answers without success: {self.failed_answers}"
        )

    @staticmethod
    def get(address: str) -> str:
        return httpx.get(address, timeout=ANSWER_SECONDS_MAX).raise_for_status().text

    def _live(self) -> None:
        with httpx.Client(timeout=ANSWER_SECONDS_MAX) as line:
            while not self._stopping.is_set():
                chance = random.random()
                if chance < ABANDONED_SHARE:
                    self._place_and_go_away(line)
                    continue
                placed = self._place(line)
                if placed and chance < ABANDONED_SHARE + COMMENTED_SHARE:
                    self._comment(line, placed)

    def _place(self, line: httpx.Client) -> Placed | None:
        answer = self._send(line, "/orders", body(), {"Idempotency-Key": str(uuid4())}, wanted=201)
        if answer is None:
            return None
        placed = Placed(answer["order_id"], answer["code"], answer["secret"])
        with self._changed:
            self.placed.append(placed)
            self._changed.notify_all()
        return placed

    def _comment(self, line: httpx.Client, placed: Placed) -> None:
        text = f"补充 {uuid4()}"
        headers = {"Idempotency-Key": str(uuid4()), "Receipt-Secret": placed.secret}
        if self._send(line, f"/orders/{placed.code}/comment", {"text": text}, headers, wanted=200) is not None:
            with self._changed:
                self.comments.add(text)

    def _place_and_go_away(self, line: httpx.Client) -> None:
        """Send a request once and do not wait for the answer: it is there once or not at all."""
        order_id = str(new_identifier())
        with self._changed:
            self.abandoned.add(order_id)
        try:
            line.post(f"{self.address}/api/v1/orders", json=body(order_id=order_id), timeout=IMPATIENT_SECONDS)
        except httpx.TransportError:
            return

    def _send(
        self, line: httpx.Client, path: str, told: dict[str, Any], headers: dict[str, str], *, wanted: int
    ) -> dict[str, Any] | None:
        """Send until it is acknowledged, always with the same key; None for an answer that nobody expects."""
        while True:
            try:
                answer = line.post(f"{self.address}/api/v1{path}", json=told, headers=headers)
            except httpx.TransportError as error:
                self._failed(type(error).__name__)
                continue
            if answer.status_code == wanted:
                given: dict[str, Any] = answer.json()
                return given
            if answer.status_code not in TRY_AGAIN:
                self.refusals.append(f"{answer.status_code} {path} {answer.text[:500]}")
                return None
            self._failed(str(answer.status_code))

    def _failed(self, how: str) -> None:
        with self._changed:
            self.retries += 1
            self.failed_answers[how] = self.failed_answers.get(how, 0) + 1
        Event().wait(AGAIN_SECONDS)


def body(**more: str) -> dict[str, Any]:
    """A request as a phone sends it."""
    return {
        "item": "lamp.sent", "place": "P102001", "title": "路灯不亮", "description": "村口的路灯坏了三天。",
        "contact": {"name": "李梅", "phone": "13800000000"}, **more,
    }  # fmt: skip
