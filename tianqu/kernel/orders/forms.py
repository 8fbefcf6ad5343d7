"""Forms: the typed, versioned questions of an item. See docs/items.md for the kinds.

``form_answers`` checks what people answer, ``form_schemas`` says the same to programs as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from tianqu.base.errors import _
from tianqu.kernel.orders.reading import At, Reading, Text

KINDS: Final = (
    "text", "long_text", "choice", "choices", "number", "date", "phone", "person_name", "place", "photo", "money",
    "yes_no",
)  # fmt: skip
FIELDS_MAX, CHOICES_MAX = 60, 2000
NUMBER_MAX, MONEY_MAX = 10**12, 10**14  # fen
LENGTHS_MAX: Final[Mapping[str, int]] = MappingProxyType({"text": 200, "long_text": 5000})
PHOTOS_MAX = 5
LIMITED: Final = ("text", "long_text", "choices", "number", "date", "photo", "money")  # kinds with min and max


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field may have, and how it reads."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class ShowIf:
    """Show a field only if an earlier one has one of these values."""

    field: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``min`` and ``max`` are characters, entries, the number, fen, or a date in ISO 8601 or "today"."""

    code: str
    kind: str
    label: Text
    hint: Text | None = None
    required: bool = False
    personal: bool = False
    min: int | str | None = None
    max: int | str | None = None
    unit: Text | None = None
    decimals: int = 0
    choices: tuple[Choice, ...] = ()
    show_if: ShowIf | None = None

    def as_json(self) -> dict[str, Any]:
        """The field as it is stored: what is not set is left out."""
        said: dict[str, Any] = {"code": self.code, "kind": self.kind, "label": self.label.as_json()}
        if self.hint:
            said["hint"] = self.hint.as_json()
        if self.unit:
            said["unit"] = self.unit.as_json()
        for name in ("required", "personal", "decimals"):
            if value := getattr(self, name):
                said[name] = value
        for name in ("min", "max"):
            if (limit := getattr(self, name)) is not None:
                said[name] = limit
        if self.choices:
            said["choices"] = [{"label": each.label.as_json(), "value": each.value} for each in self.choices]
        if self.show_if:
            said["show_if"] = {"field": self.show_if.field, "in": list(self.show_if.values)}
        return said


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of an item, in order."""

    version: int = 1
    fields: tuple[Field, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"fields": [each.as_json() for each in self.fields], "version": self.version}


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field in one language, ready to be shown."""

    code: str
    kind: str
    label: str
    hint: str
    required: bool
    personal: bool
    min: int | str | None
    max: int | str | None
    unit: str
    decimals: int
    choices: tuple[tuple[str, str], ...]  # value, label
    show_if: ShowIf | None


def fields(form: Form, language: str) -> Iterator[FieldView]:
    """The fields of a form in a language, in order."""
    for each in form.fields:
        yield FieldView(
            code=each.code,
            kind=each.kind,
            label=each.label.said(language),
            hint=each.hint.said(language) if each.hint else "",
            required=each.required,
            personal=each.personal,
            min=each.min,
            max=each.max,
            unit=each.unit.said(language) if each.unit else "",
            decimals=each.decimals,
            choices=tuple((choice.value, choice.label.said(language)) for choice in each.choices),
            show_if=each.show_if,
        )


def shown(form: Form, answers: Mapping[str, Any]) -> Iterator[Field]:
    """The fields that are shown, given the answers so far; one that depends on a hidden field is hidden too."""
    visible: set[str] = set()
    for each in form.fields:
        if each.show_if is None or (
            each.show_if.field in visible and _holds(answers.get(each.show_if.field), each.show_if.values)
        ):
            visible.add(each.code)
            yield each


def _holds(answer: object, values: tuple[str | bool, ...]) -> bool:
    answers = answer if isinstance(answer, list | tuple) else [answer]
    return any(type(each) is type(value) and each == value for each in answers for value in values)


# Reading a form's definition.

_FIELD_SETTINGS = "hint required personal show_if min max unit decimals choices"


def read_form(reading: Reading, value: object, at: At) -> Form:
    """Read the definition of a form; what is wrong becomes a fault of ``reading``."""
    if value is None:
        return Form()
    said = reading.mapping(value, at, wanted="version fields")
    version = reading.whole(said.get("version", 1), (*at, "version"), least=1, most=10_000)
    known: dict[str, Field] = {}
    for where, each in reading.sequence(said.get("fields", []), (*at, "fields"), most=FIELDS_MAX):
        form_field = _read_field(reading, each, where, known)
        if form_field.code in known:
            reading.fault((*where, "code"), _("Two fields have the code %(value)s."), value=form_field.code)
        known[form_field.code] = form_field
    return Form(version, tuple(known.values()))


def _read_field(reading: Reading, value: object, at: At, earlier: Mapping[str, Field]) -> Field:
    said = reading.mapping(value, at, wanted="code kind label", allowed=_FIELD_SETTINGS)
    kind = reading.choice(said.get("kind", "text"), (*at, "kind"), KINDS)
    for name, kinds in (
        ("choices", ("choice", "choices")), ("unit", ("number",)), ("decimals", ("number",)),
        ("min", LIMITED), ("max", LIMITED),
    ):  # fmt: skip
        if name in said and kind not in kinds:
            reading.fault((*at, name), _("A field of kind %(kind)s has no such setting."), kind=kind)
            del said[name]
    decimals = reading.whole(said.get("decimals", 0), (*at, "decimals"), least=0, most=6)
    return Field(
        code=reading.code(said.get("code", "code"), (*at, "code"), dots=False),
        kind=kind,
        label=reading.text(said.get("label", "-"), (*at, "label"), most=200),
        hint=reading.text(said["hint"], (*at, "hint"), most=500) if "hint" in said else None,
        required=reading.flag(said.get("required", False), (*at, "required")),
        personal=reading.flag(said.get("personal", False), (*at, "personal")),
        min=_read_limit(reading, said.get("min"), (*at, "min"), kind, decimals),
        max=_read_limit(reading, said.get("max"), (*at, "max"), kind, decimals),
        unit=reading.text(said["unit"], (*at, "unit"), most=20) if "unit" in said else None,
        decimals=decimals,
        choices=_read_choices(reading, said.get("choices"), (*at, "choices"), kind),
        show_if=_read_show_if(reading, said["show_if"], (*at, "show_if"), earlier) if "show_if" in said else None,
    )


def _read_limit(reading: Reading, value: object, at: At, kind: str, decimals: int) -> int | str | None:
    if value is None:
        return None
    if kind == "date":
        return "today" if value == "today" else reading.day(value, at).isoformat()
    if kind == "number" and decimals:
        try:
            return str(Decimal(str(value)))
        except InvalidOperation:
            reading.fault(at, _("“%(value)s” is not a number."), value=value)
            return None
    signed = kind in ("number", "money")
    most = {"number": NUMBER_MAX, "money": MONEY_MAX}.get(kind, 100_000)
    return reading.whole(value, at, least=-most if signed else 0, most=most)


def _read_choices(reading: Reading, value: object, at: At, kind: str) -> tuple[Choice, ...]:
    if kind not in ("choice", "choices"):
        return ()
    choices: dict[str, Choice] = {}
    for where, each in reading.sequence(value, at, least=1, most=CHOICES_MAX):
        said = reading.mapping(each, where, wanted="value label")
        name = reading.string(said.get("value", "-"), (*where, "value"), most=120)
        if name in choices:
            reading.fault((*where, "value"), _("Two choices have the value %(value)s."), value=name)
        choices[name] = Choice(name, reading.text(said.get("label", "-"), (*where, "label"), most=200))
    return tuple(choices.values())


def _read_show_if(reading: Reading, value: object, at: At, earlier: Mapping[str, Field]) -> ShowIf | None:
    said = reading.mapping(value, at, wanted="field", allowed="is in")
    other = earlier.get(said.get("field", ""))
    if other is None or other.kind not in ("choice", "choices", "yes_no"):
        reading.fault(
            (*at, "field"), _("“%(value)s” is no earlier field with choices."), value=said.get("field"),
            remedy=_("Name a field of kind choice, choices or yes_no that stands before this one."),
        )  # fmt: skip
        return None
    if ("is" in said) == ("in" in said):
        reading.fault(at, _("Give one value with “is”, or several with “in”."))
        return None
    members = [((*at, "is"), said["is"])] if "is" in said else list(reading.sequence(said["in"], (*at, "in"), least=1))
    known = [True, False] if other.kind == "yes_no" else [choice.value for choice in other.choices]
    for where, member in members:
        if not any(type(member) is type(each) and member == each for each in known):
            reading.fault(where, _("%(other)s can never be “%(value)s”."), value=member, other=other.code)
    return ShowIf(other.code, tuple(member for _where, member in members))


def form_from(definition: Mapping[str, Any]) -> Form:
    """A form from its stored JSON; ``InvalidInputs`` names every fault."""
    reading = Reading()
    form = read_form(reading, definition, ())
    reading.finish()
    return form
