"""How schemathesis tries the application in this process: every operation, right and wrong, at the edges and at random.

Each call is undone, so that no operation finds what another left, and the caller's own account outlives them all. Half
of the calls name things that are there (requests in each state, units, posts), so that they reach what an act does;
the other half are as schemathesis made them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounds
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.parameters import ParameterLocation

from tests.web.api.calling import token_for
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import forget_catalogue, forget_dispatching
from tianqu.kernel.places.api import forget_actors
from tianqu.kernel.places.tree import forget_all

DOCUMENT = "/api/v1/openapi.json"
JSON = "application/json"
# What is left out of a call that is to reach the act: each of these alone is refused before, for what it is.
SILENT = frozenset({"at", "asked_by", "expected_version"})
# What may be refused although the schema allows it, by the field that the problem names: each with what no schema can
# say. Wherever another field is named, or the shape was at fault (422), that is a finding.
MEANT: Final[Mapping[str, str]] = {
    "on": "a day in this age of the world, on which the thing is there",
    "day": "a day in this age of the world",
    "first_day": "a day in this age of the world",
    "last_day": "a day in this age of the world, not before the first",
    "valid_from": "a day in this age of the world",
    "valid_to": "a day in this age of the world, after the first",
    "since": "before the end, and not years before",
    "until": "a day in this age of the world, after the first",
    "expires_at": "within a year from now",
    "again_at": "within some days from now",
    "name": "characters that can be printed, by Unicode's tables",
    "name_en": "characters that can be printed, by Unicode's tables",
    "title": "characters that can be printed, by Unicode's tables",
    "email": "what a mail address is",
    "address": "what a mail address is, or an address of Apprise",
    "code": "a notice's kind that is registered; the codes of rules and calendars",
    "hours": "one span after the other, none of them backwards",
    "lon": "longitude and latitude, both or neither",
    "form": "what the item's own form asks for",
    "contact": "at least one way to reach who asks, unless anonymous",
    "item": "an item that is offered on that day",
    "post_id": "a post of the unit that answers, held today",
    "into": "another request than this one",
    "into_id": "a place that does not lie in those that are merged",
    "parent_id": "a place or unit that does not lie below the one that moves",
    "place_ids": "places that were there on the day",
    "parts": "each place below in one of the parts",
    "transfer_id": "said here, or by an Idempotency-Key; of version 7",
    "legs": "sums of nothing in each ledger, on open accounts of the book",
    "lines": "each code once, and below none that does not stand before it",
    "pairs": "codes of the two charts, with a follower for each of the old one",
    "successor_id": "what does not follow itself",
    "nominee_unit_id": "another unit than the one that returns",
    "person_id": "somebody else than the one who is stood in for",
    "working_days": "in working days or in minutes, one of the two",
    "contacted": "said where somebody answered",
    "satisfaction": "said where somebody answered",
    "unit_id": "a unit or a kind of unit, one of the two, that is there",
    "unit_kind": "a kind of unit that is there",
    "condition": "at least one thing that is asked for",
    "order_id": "an identifier of version 7",
    "file": "bytes of a picture, a PDF or a text",
    "body": "no text in free JSON holds U+0000",
}
# The same of the registers of villages alone.
MEANT_OF_VILLAGES: Final[Mapping[str, str]] = {
    "place_id": "a village",
    "boundary": "rings that close, in degrees",
    "area_mu_4": "what the parcels' areas sum to",
    "land_class": "said here, or by parcels of one class",
    "signed_on": "a day in this age of the world, not yet to come",
    "starts_on": "a day in this age of the world",
    "household_until": "a day in this age of the world",
    "township_approved_on": "a day in this age of the world",
    "board_elected_on": "a day in this age of the world",
    "objected_on": "a day in this age of the world",
    "held_on": "a day in this age of the world",
    "notice_on": "a day in this age of the world",
    "due_on": "a day in this age of the world",
    "draw_on": "a day to come, after those in which the findings were closed",
    "covers_from": "a day in this age of the world",
    "covers_until": "a day in this age of the world, after the first",
    "instalments": "days in this age of the world, which begin before they end",
    "resolution": "days in this age of the world; of the entitled who came, of these who agreed",
    "agreed": "at most those who came, who are at most the entitled",
    "contracts": "each identifier once",
    "parcel_ids": "different parcels, of one village and class",
    "party": "who owes a claim, or is owed a debt",
    "quarter": "one that is over",
    "corners": "at least three, of edges that do not cross",
    "": "numbers in free JSON that a hash is written of",
    "settled_fen": "at most what is owed, and nothing of an asset or fund",
}
# The same of one family each, by a part of the address.
KIND_MEANT: Final = "a kind that a pack has registered"
MEANT_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "village": MEANT_OF_VILLAGES,
    "occasions": {"kind": KIND_MEANT},
    "rosters": {"kind": KIND_MEANT},
    "tours": {"kind": KIND_MEANT},
    "certificates": {"kind": KIND_MEANT},
    "releases": {"after": "`next` of a page before", "periods": "periods, each written as its kind is"},
    "datasets": {"unit": "the code of a unit that is there"},
    "programme": {"starts_at": "within three years from now"},
    "opendata": {"cloud_since": "a day on or after the one from which the system is there"},
}
# Operations with an object in which the schema says nothing of what stands there: every field may be at fault.
FREE: Final[Mapping[str, str]] = {
    "orders_place": "the item's own form says which fields it has, and names them",
    "items_publish": "docs/items.md says what a definition holds",
    "calendars_publish": "a calendar is laid out as calendar.toml is",
    "figures_check": "docs/consistency.md says how a bulletin is laid out",
    "figures_define": "docs/figures.md says what a definition holds",
    "returns_design_form": "docs/returns.md says how a form is laid out",
    "returns_save_draft": "the form says which rows and columns it has",
    "returns_submit_filing": "as the draft",
    "orders_bulk": "the arguments are the body of the act that is named",
}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what was written meanwhile."""
    before = transaction.savepoint()  # no block of its own: acts insist on being the outermost one
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
        transaction.savepoint_commit(before)  # else the next lies within it, and each holds a lock of its own
        for forget in (forget_actors, forget_catalogue, forget_dispatching, forget_all):
            forget()


@dataclass(frozen=True)
class Known:
    """Things that are there: by the name of a field, and by the part of the address that a code stands in."""

    fields: Mapping[str, list[Any]]
    codes: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass
class Trial:
    """One caller trying operations; ``found`` holds each operation's first fault in each way of trying it."""

    actor: Actor | None
    known: Known
    examples: int
    found: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {token_for(self.actor)}"} if self.actor else {}
        self.document = schemathesis.openapi.from_wsgi(DOCUMENT, get_wsgi_application())
        self.document.config.update(headers=self.headers)
        self.checks = CHECKS.get_all()

    def operations(self, only: tuple[str, ...] = ()) -> Iterator[Any]:
        """Yield the operations, or those whose identifier is one of ``only``."""
        for result in self.document.get_all_operations():
            operation = result.ok()
            if not only or operation.definition.raw["operationId"] in only:
                yield operation

    def run(self, *only: str, edges: bool = True) -> list[str]:
        """Try the operations, and return what was found."""
        for operation in self.operations(only):
            self.tried.append(operation.label)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._try_at_random(operation, mode)
            if edges:
                self._try_edges(operation)
        return self.found

    def _try_at_random(self, operation: Any, mode: GenerationMode) -> None:
        @seed(20240304)
        @bounds(
            max_examples=self.examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode), turn=st.integers(0, 11))
        def try_one(case: Any, turn: int) -> None:
            self._call(case, turn)

        try:
            try_one()
        except BaseExceptionGroup as faults:
            self._note(mode.value, operation, faults)
        except Exception as error:  # noqa: BLE001  each operation is tried, whatever the one before did
            if "Unsatisfiable" not in type(error).__name__ and "generate" not in str(error):  # nothing can be wrong
                self._note(mode.value, operation, error)

    def _try_edges(self, operation: Any) -> None:
        """Try the longest and the shortest, what is missing or given twice, and the methods that are not there."""
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        config = self.document.config.generation_for(operation=operation)
        cases = operation.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config)
        for turn, case in enumerate(cases):
            try:
                self._call(case, turn)
            except BaseExceptionGroup as faults:
                return self._note("edge", operation, faults)
        return None

    def _note(self, way: str, operation: Any, error: BaseException) -> None:
        self.found.append(f"{way} {operation.label}: {type(error).__name__} {error}")

    def _call(self, case: Any, turn: int) -> None:
        """Call, check the answer by all checks, and undo what was done."""
        if turn % 2:
            self._name_what_is_there(case, turn // 2)
        with undone():
            self.check(case, case.call(headers=self.headers))

    def check(self, case: Any, response: Any, **more: Any) -> None:
        """Hold an answer to all checks."""
        excluded = self._excluded(case, response)
        case.validate_response(response, checks=self.checks, headers=self.headers, excluded_checks=excluded, **more)

    def _excluded(self, case: Any, response: Any) -> list[Any]:
        """Leave out the check of acceptance alone, and only for what no schema can say."""
        free = case.operation.definition.raw["operationId"] in FREE
        allowed = {*MEANT, *(name for part, meant in MEANT_OF.items() if part in case.path for name in meant)}
        meant = response.status_code == 400 and (free or _fields(response.json()) <= allowed)
        return [check for check in self.checks if meant and check.__name__ == "positive_data_acceptance"]

    def _name_what_is_there(self, case: Any, turn: int) -> None:
        if ParameterLocation.PATH not in _wrong(case):
            for name in case.path_parameters or {}:
                value = self._code(case.path, turn) if name == "code" else self._value(name, turn)
                if value is not None and name != "account_id":  # in addresses a ledger's, which has a number
                    case.path_parameters[name] = value
        if ParameterLocation.HEADER not in _wrong(case) and case.headers:
            case.headers.pop("Receipt-Secret", None)
        self.name_in_body(case, turn)

    def name_in_body(self, case: Any, turn: int) -> None:
        """Let the body name things that are there, unless it is meant to be wrong."""
        if ParameterLocation.BODY not in _wrong(case) and case.media_type == JSON and isinstance(case.body, dict):
            case.body = self._named(case.body, turn)

    def _named(self, value: Any, turn: int) -> Any:
        if isinstance(value, list):
            return [self._named(each, turn) for each in value]
        if not isinstance(value, dict):
            return value
        told = {}
        for name, each in value.items():
            if name in SILENT:
                continue
            there = self._value(name, turn)
            # Numbers are called as texts are.
            fits = each is not None and isinstance(there, str) is isinstance(each, str)
            told[name] = _as_written(there, each) if there is not None and fits else self._named(each, turn)
        return told

    def _value(self, name: str, turn: int) -> Any:
        values = self.known.fields.get(name)
        return values[turn % len(values)] if values else None

    def _code(self, path: str, turn: int) -> Any:
        for part, codes in self.known.codes.items():
            if f"/{part}/" in path:
                return codes[turn % len(codes)]
        return None


def _as_written(there: Any, each: Any) -> Any:
    """Say a time as a day, where a day is asked for by the same name."""
    days = isinstance(there, str) and isinstance(each, str) and len(each) == len("2024-06-01")
    return there.partition("T")[0] if days else there


def _wrong(case: Any) -> set[ParameterLocation]:
    return {where for where, part in case.meta.components.items() if part.mode.is_negative}


def _fields(problem: Any) -> set[str]:
    """The fields that a problem names."""
    return {one["field"] for one in problem["errors"]} or {problem["field"]}
