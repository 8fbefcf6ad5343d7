"""What was typed into a register's form, or stands in a line of a sheet, as the keywords of the act that takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import InvalidInput, InvalidInputs, TianquError, at_field
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import Choice, Field, Form, Text, page_answers, validate_answers
from tianqu.kernel.pack.register_fields import OWN_UNIT, RegisterField, keywords_of
from tianqu.kernel.pack.registers import FORM_KINDS, PLACE, Register
from tianqu.kernel.pack.typed_values import FEN, count_given, minute_given, moment_read, quantity_read
from tianqu.kernel.places.api import account_called, place_called, unit_typed

LINES_MAX: Final = 1_000
NO_LABEL: Final = Text("", "")
Typed = Mapping[str, list[str]]


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


def arguments_of(
    register: Register,
    perform: Callable[..., Any],
    fields: tuple[RegisterField, ...],
    typed: Typed,
    *,
    actor: Actor,
    sent_id: UUID,
) -> dict[str, Any]:
    """The keywords of an act as they were typed: by keyword, what its field held. Raises ``InvalidInputs``.

    What was left empty is the act's own default, or nothing.
    """
    faults: list[InvalidInput] = []
    given = _answered(fields, typed, faults)
    for field in fields:
        text = (typed.get(field.keyword) or [""])[-1].strip()
        try:
            if field.kind not in FORM_KINDS:
                given[field.keyword] = _own(field, text)
        except TianquError as error:
            faults.append(at_field(error, field.keyword))
    arguments: dict[str, Any] = {}
    for field in fields:
        try:
            arguments[field.keyword] = _as_taken(field, given.get(field.keyword))
        except TianquError as error:
            faults.append(at_field(error, field.keyword))
    if faults:
        raise InvalidInputs(faults) if len(faults) > 1 else faults[0]
    return arguments | _unasked(register, perform, arguments, actor=actor, sent_id=sent_id)


def _unasked(
    register: Register, perform: Callable[..., Any], arguments: Mapping[str, Any], *, actor: Actor, sent_id: UUID
) -> dict[str, Any]:
    """What no field asks for: the identifier of the form, and the unit by whose post somebody acts."""
    known, more = keywords_of(perform), dict[str, Any]()
    if register.sent and register.sent in known:
        more[register.sent] = sent_id
    if OWN_UNIT in known and OWN_UNIT not in arguments:
        if actor.unit_id is None:
            raise InvalidInput(
                _("Only somebody with a post at an office does this."), field=OWN_UNIT,
                remedy=_("Choose the post by which you act."),
            )  # fmt: skip
        more[OWN_UNIT] = actor.unit_id
    return more


def _answered(fields: tuple[RegisterField, ...], typed: Typed, faults: list[InvalidInput]) -> dict[str, Any]:
    """What the fields hold that the forms of items have, too: by the rules of these forms."""
    form = Form(fields=tuple(_as_question(field) for field in fields if field.kind in FORM_KINDS))
    answers = page_answers(form, {name: list(values) for name, values in typed.items()})
    while True:
        try:
            return validate_answers(form, answers, today=timezone.localdate())
        except InvalidInputs as error:
            faults += error.errors
            wrong = {each.field for each in error.errors}
            form = Form(fields=tuple(each for each in form.fields if each.code not in wrong))
            answers = {name: value for name, value in answers.items() if name not in wrong}


def _as_question(field: RegisterField) -> Field:
    return Field(
        code=field.keyword, kind=field.kind, label=NO_LABEL, required=field.required, decimals=field.decimals,
        max=5_000 if field.kind == "text" else None,  # how long a line may be is for the act to say
        choices=tuple(Choice(code, NO_LABEL) for code in field.column.choices),
    )  # fmt: skip


def _own(field: RegisterField, text: str) -> Any:
    if not text and field.kind != "lines":
        if field.required:
            raise InvalidInput(_("This is needed."), field=field.keyword, remedy=_("Fill it in."))
        return None
    return _READERS[field.kind](field, text)


def _as_taken(field: RegisterField, value: Any) -> Any:
    """A value as the act takes it."""
    if value is None or (field.kind == "choices" and not value):
        if field.kind == "yes_no":
            return False
        if field.kind in ("choices", "lines"):
            return []
        return field.default if field.default is not None else "" if field.hint is str else None
    if field.kind == "number" and field.hint is Decimal:
        return Decimal(str(value))
    if field.scaled:
        return int(Decimal(str(value)) * 10**field.decimals)
    if field.kind == "date":
        return date.fromisoformat(str(value))
    if field.kind == PLACE and field.hint is UUID:
        return place_called(str(value)).id
    return value


def _lines(field: RegisterField, text: str) -> list[Any]:
    """Each line's parts with blanks between them, the last taking what is left. Raises ``InvalidInput``."""
    assert field.made is not None, f"{field.keyword} takes no lines of parts"
    found = [line.split(None, len(field.parts) - 1) for line in text.splitlines() if line.strip()]
    if len(found) > LINES_MAX:
        raise InvalidInput(_("At most %(most)s lines, please."), field=field.keyword, most=LINES_MAX)
    made: list[Any] = []
    for number, line in enumerate(found, 1):
        if len(line) != len(field.parts):
            raise InvalidInput(
                _("Line %(line)s has %(value)s parts, and %(parts)s are needed."), field=field.keyword, line=number,
                value=len(line), parts=len(field.parts), remedy=_("Write them with blanks between them."),
            )  # fmt: skip
        values = {part.keyword: _part(part, each) for part, each in zip(field.parts, line, strict=True)}
        made.append(field.made(**values))
    return made


def _part(part: RegisterField, text: str) -> Any:
    if part.kind == "money":
        return quantity_read(text, FEN, field=part.keyword)
    if part.kind == "number":
        return quantity_read(text, part.unit, field=part.keyword) if part.scaled else _count(part, text)
    return _own(part, text) if part.kind not in FORM_KINDS else text


def _count(part: RegisterField, text: str) -> int:
    return count_given({part.keyword: text}, part.keyword)


_READERS: Final[Mapping[str, Callable[[RegisterField, str], Any]]] = {
    "moment": lambda field, text: moment_read(text, field=field.keyword),
    "time": lambda field, text: minute_given({field.keyword: text}, field.keyword),
    "unit": lambda field, text: unit_typed(text, field=field.keyword).id,
    "person": lambda field, text: account_called(text).person_id,
    "row": lambda field, text: text,
    "lines": _lines,
}
