"""Items: what people may ask for, as a dated definition. docs/items.md says how one is written.

for definition in load_items(folder): …      all faults of all files at once, with file, line and field
definition_from(stored)                       the same from stored JSON
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

from tianqu.base.canonical import canonical_bytes
from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.base.working_time import Duration
from tianqu.kernel.orders.clocks import CLOCK_KINDS, URGENCIES, default_duration
from tianqu.kernel.orders.flow import known_flows
from tianqu.kernel.orders.forms import Form, read_form
from tianqu.kernel.orders.reading import At, Reading, Text, read_yaml, yaml_in

ASKERS: Final = ("resident", "firm")
OFFICE: Final = "office"  # asked by no resident and no firm: an act of an office places it
IDENTITIES: Final = ("open", "sealed", "anonymous")
PUBLIC: Final = ("answered", "at_once")
STEP_BY: Final = ("asker", "hotline", "unit", "another")
PAPER_FORMS: Final = ("original", "copy", "electronic", "shared")
NAME_MAX, SUMMARY_MAX = 60, 500
NO_FORM: Final = Form()

_WANTED = "code valid_from family group name summary answerable steps"
_ALLOWED = "valid_to askers identity private public urgency flow clocks form papers legal_basis keywords examples"


@dataclass(frozen=True, slots=True)
class Answerable:
    """The kind of unit that answers, and the kind of place that it is responsible for."""

    unit_kind: str
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class Promise:
    """How long something may take by law, and how long is promised; what runs is the promise, else the law."""

    statutory: Duration | None = None
    promised: Duration | None = None

    @property
    def running(self) -> Duration:
        running = self.promised or self.statutory
        assert running is not None, "a clock without any duration is not kept"
        return running


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does on the way."""

    code: str
    by: str
    name: Text
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """Something that the asker brings, or that the office fetches itself (``shared``)."""

    code: str
    name: Text
    form: str
    required: bool = True
    instead: Text | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """A law, a regulation or a document that the item rests on."""

    title: Text
    number: str = ""
    article: str = ""
    issued_by: Text | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    url: str = ""


@dataclass(frozen=True)
class ItemDefinition:
    """One dated version of an item."""

    code: str
    valid_from: date
    family: str
    group: Text
    name: Text
    summary: Text
    answerable: tuple[Answerable, ...]
    steps: tuple[Step, ...]
    valid_to: date | None = None
    askers: tuple[str, ...] = ASKERS
    identity: tuple[str, ...] = IDENTITIES
    private: bool = False
    public: str = "answered"
    urgency: str = "none"
    flow: str = "appeal"
    clocks: tuple[tuple[str, Promise], ...] = ()
    form: Form = NO_FORM
    papers: tuple[Paper, ...] = ()
    legal_basis: tuple[Basis, ...] = ()
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((self.digest, self.valid_from, self.valid_to))

    def duration(self, kind: str) -> Duration:
        """How long a clock of this kind runs: what is promised, else the statute, else the default of the urgency."""
        for said, promise in self.clocks:
            if said == kind:
                return promise.running
        return default_duration(kind, urgency=self.urgency)

    def as_json(self) -> dict[str, Any]:
        """The definition as it is stored and published, without its dates."""
        return {
            "answerable": [_stored(each) for each in self.answerable],
            "askers": list(self.askers),
            "clocks": {kind: _stored(promise) for kind, promise in self.clocks},
            "code": self.code,
            "examples": list(self.examples),
            "family": self.family,
            "flow": self.flow,
            "form": self.form.as_json(),
            "group": self.group.as_json(),
            "identity": list(self.identity),
            "keywords": list(self.keywords),
            "legal_basis": [_stored(each) for each in self.legal_basis],
            "name": self.name.as_json(),
            "papers": [_stored(each) for each in self.papers],
            "private": self.private,
            "public": self.public,
            "steps": [_stored(each) for each in self.steps],
            "summary": self.summary.as_json(),
            "urgency": self.urgency,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the canonical definition without its dates."""
        return hashlib.sha256(canonical_bytes(self.as_json())).hexdigest()


def _stored(part: object) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for name in part.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(part, name)
        if isinstance(value, Text):
            stored[name] = value.as_json()
        elif isinstance(value, Duration):
            stored[name] = str(value)
        elif isinstance(value, date):
            stored[name] = value.isoformat()
        elif value is not None and value != "":
            stored[name] = value
    return stored


def definition_from(stored: Mapping[str, Any], *, valid_from: date, valid_to: date | None = None) -> ItemDefinition:
    """A definition from its stored or edited JSON. Raises ``InvalidInputs`` that names every fault."""
    reading = Reading()
    dates = {"valid_from": valid_from} | ({"valid_to": valid_to} if valid_to else {})
    definition = read_item(reading, {**stored, **dates}, ())
    reading.finish()
    return definition


def load_items(folder: Path) -> list[ItemDefinition]:
    """Read every ``*.yaml`` below ``folder``, sorted by code and date.

    Raises ``InvalidInputs`` with all faults of all files: what is wrong, where, and what would be right.
    """
    names = ((path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.yaml")))
    return _read_files((name, partial(read_yaml, path, name=name)) for path, name in names)


def items_in(content: bytes, *, name: str) -> list[ItemDefinition]:
    """Read what one file called ``name`` holds, sorted by code and date; raises as ``load_items`` does.

    A file without any item is a fault too.
    """
    definitions = _read_files([(name, partial(yaml_in, content, name=name))])
    if not definitions:
        raise InvalidInput(
            _("%(file)s holds no item."), field="file", file=name, remedy=_("docs/items.md shows how one is written."),
        )  # fmt: skip
    return definitions


def _read_files(files: Iterable[tuple[str, Callable[[], tuple[list[Any], dict[At, int]]]]]) -> list[ItemDefinition]:
    faults: list[InvalidInput] = []
    found: dict[tuple[str, date], tuple[str, ItemDefinition]] = {}
    for name, read in files:
        try:
            values, lines = read()
        except InvalidInput as error:
            faults.append(error)
            continue
        reading = Reading(lines=lines, file=name)
        for index, value in enumerate(values):
            definition = read_item(reading, value, (index,))
            key = (definition.code, definition.valid_from)
            if key in found:
                reading.fault(
                    (index, "code"), _("“%(value)s” of this date is in %(other)s already."), value=definition.code,
                    other=found[key][0],
                )  # fmt: skip
            found[key] = (name, definition)
        faults.extend(reading.faults)
    if faults:
        raise InvalidInputs(faults)
    return [found[key][1] for key in sorted(found)]


def read_item(reading: Reading, value: object, at: At) -> ItemDefinition:
    """Read one definition; what is wrong becomes a fault of ``reading``."""
    said = reading.mapping(value, at, wanted=_WANTED, allowed=_ALLOWED)
    valid_from = reading.day(said.get("valid_from", "2000-01-01"), (*at, "valid_from"))
    valid_to = reading.day(said["valid_to"], (*at, "valid_to")) if "valid_to" in said else None
    if valid_to is not None and valid_to <= valid_from:
        reading.fault((*at, "valid_to"), _("An item cannot end before it begins."))
    urgency = reading.choice(said.get("urgency", "none"), (*at, "urgency"), URGENCIES)
    return ItemDefinition(
        code=reading.code(said.get("code", "code"), (*at, "code")),
        valid_from=valid_from,
        valid_to=valid_to,
        family=reading.code(said.get("family", "family"), (*at, "family"), dots=False),
        group=reading.text(said.get("group", "-"), (*at, "group"), most=NAME_MAX),
        name=reading.text(said.get("name", "-"), (*at, "name"), most=NAME_MAX),
        summary=reading.text(said.get("summary", "-"), (*at, "summary"), most=SUMMARY_MAX),
        askers=reading.choices(said.get("askers", ASKERS), (*at, "askers"), (*ASKERS, OFFICE)),
        identity=reading.choices(said.get("identity", IDENTITIES), (*at, "identity"), IDENTITIES),
        private=reading.flag(said.get("private", False), (*at, "private")),
        public=reading.choice(said.get("public", "answered"), (*at, "public"), PUBLIC),
        urgency=urgency,
        flow=reading.choice(said.get("flow", "appeal"), (*at, "flow"), [each.code for each in known_flows()]),
        answerable=_read_answerable(reading, said.get("answerable", []), (*at, "answerable")),
        clocks=_read_clocks(reading, said.get("clocks", {}), (*at, "clocks")),
        form=read_form(reading, said.get("form"), (*at, "form")),
        steps=_read_steps(reading, said.get("steps", []), (*at, "steps")),
        papers=_read_papers(reading, said.get("papers", []), (*at, "papers")),
        legal_basis=_read_basis(reading, said.get("legal_basis", []), (*at, "legal_basis")),
        keywords=_read_strings(reading, said.get("keywords", []), (*at, "keywords"), most=60),
        examples=_read_strings(reading, said.get("examples", []), (*at, "examples"), most=1000),
    )


def _read_answerable(reading: Reading, value: object, at: At) -> tuple[Answerable, ...]:
    found = []
    for where, each in reading.sequence([value] if isinstance(value, Mapping) else value, at, most=10):
        said = reading.mapping(each, where, wanted="unit_kind jurisdiction")
        found.append(
            Answerable(
                reading.code(said.get("unit_kind", "kind"), (*where, "unit_kind")),
                reading.code(said.get("jurisdiction", "kind"), (*where, "jurisdiction")),
            )
        )
    return tuple(found)


def _read_clocks(reading: Reading, value: object, at: At) -> tuple[tuple[str, Promise], ...]:
    said = reading.mapping(value, at, allowed=" ".join(CLOCK_KINDS))
    clocks = []
    for kind in CLOCK_KINDS:
        if kind not in said:
            continue
        where = (*at, kind)
        each = said[kind] if isinstance(said[kind], Mapping) else {"promised": said[kind]}
        durations = {
            name: reading.duration(text, (*where, name))
            for name, text in reading.mapping(each, where, allowed="statutory promised").items()
        }
        promise = Promise(durations.get("statutory"), durations.get("promised"))
        if not durations:
            reading.fault(where, _("Give what is statutory, or what is promised."))
            continue
        if promise.statutory and promise.promised and _longer(promise.promised, promise.statutory):
            reading.fault(
                (*where, "promised"), _("%(promised)s are promised where the law gives %(statutory)s."),
                promised=str(promise.promised), statutory=str(promise.statutory),
                remedy=_("Promise at most what the law gives."),
            )  # fmt: skip
        clocks.append((kind, promise))
    return tuple(clocks)


def _longer(one: Duration, other: Duration) -> bool:
    """Whether ``one`` is longer than ``other`` in every calendar; in doubt it is not."""
    if one.unit == other.unit:
        return one.amount > other.amount
    return one.unit == "working_minutes" and other.unit == "minutes" and one.amount > other.amount


def _read_steps(reading: Reading, value: object, at: At) -> tuple[Step, ...]:
    found: dict[str, Step] = {}
    for where, each in reading.sequence(value, at, least=1, most=60):
        said = reading.mapping(each, where, wanted="code by name", allowed="note")
        step = Step(
            code=_fresh_code(reading, said.get("code", "code"), (*where, "code"), found),
            by=reading.choice(said.get("by", "unit"), (*where, "by"), STEP_BY),
            name=reading.text(said.get("name", "-"), (*where, "name"), most=200),
            note=reading.text(said["note"], (*where, "note")) if "note" in said else None,
        )
        found[step.code] = step
    return tuple(found.values())


def _read_papers(reading: Reading, value: object, at: At) -> tuple[Paper, ...]:
    found: dict[str, Paper] = {}
    for where, each in reading.sequence(value, at, most=60):
        said = reading.mapping(each, where, wanted="code name form", allowed="required instead note")
        paper = Paper(
            code=_fresh_code(reading, said.get("code", "code"), (*where, "code"), found),
            name=reading.text(said.get("name", "-"), (*where, "name"), most=200),
            form=reading.choice(said.get("form", "copy"), (*where, "form"), PAPER_FORMS),
            required=reading.flag(said.get("required", True), (*where, "required")),
            instead=reading.text(said["instead"], (*where, "instead")) if "instead" in said else None,
            note=reading.text(said["note"], (*where, "note")) if "note" in said else None,
        )
        found[paper.code] = paper
    return tuple(found.values())


def _fresh_code(reading: Reading, value: object, at: At, found: Mapping[str, object]) -> str:
    code = reading.code(value, at)
    if code in found:
        reading.fault(at, _("The code %(value)s is used twice in this list."), value=code)
    return code


def _read_basis(reading: Reading, value: object, at: At) -> tuple[Basis, ...]:
    found = []
    for where, each in reading.sequence(value, at, most=60):
        said = reading.mapping(
            each, where, wanted="title", allowed="number article issued_by in_force_from in_force_to url"
        )
        strings = {
            name: reading.string(said[name], (*where, name), most=500) if name in said else ""
            for name in ("number", "article", "url")
        }
        if strings["url"] and not strings["url"].startswith(("https://", "http://")):
            reading.fault((*where, "url"), _("An address begins with https://."), value=strings["url"])
        first, last = (
            reading.day(said[name], (*where, name)) if name in said else None
            for name in ("in_force_from", "in_force_to")
        )
        issuer = reading.text(said["issued_by"], (*where, "issued_by")) if "issued_by" in said else None
        title = reading.text(said.get("title", "-"), (*where, "title"), most=300)
        found.append(Basis(title, strings["number"], strings["article"], issuer, first, last, strings["url"]))
    return tuple(found)


def _read_strings(reading: Reading, value: object, at: At, *, most: int) -> tuple[str, ...]:
    strings: Iterable[str] = (reading.string(each, where, most=most) for where, each in reading.sequence(value, at))
    return tuple(dict.fromkeys(strings))
