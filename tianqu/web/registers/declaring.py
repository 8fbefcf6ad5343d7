"""The form of a register: a row declared, changed or ended by its act; what is refused stands beside its field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import identifier_typed, new_identifier
from tianqu.kernel.pack.api import (
    Pack,
    PageRequest,
    PageResult,
    Redirect,
    Register,
    RegisterField,
    Rendered,
    act_named_of,
    arguments_of,
    attribute_of,
    begun,
    ending_of,
    faults,
    form_of,
    key_of,
    named,
    row_called,
    typed,
)
from tianqu.kernel.places.api import can, require, rows_in_reach
from tianqu.web.registers.cells import unit_of
from tianqu.web.registers.listing import above

OPTIONS_MAX: Final = 500
WIDTHS: Final = {"date": "s", "time": "s", "money": "s", "number": "s", "moment": "m", "phone": "m", "place": "m"}
INPUTS: Final = {"date": "date", "time": "time", "moment": "datetime-local", "phone": "tel"}
SENT: Final = "sent_id"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field as the page shows it: which component, with what in it."""

    name: str
    label: str
    component: str  # line, area, select, checkboxes, checkbox
    value: Any
    hint: str
    required: bool
    type: str = "text"
    width: str = ""
    options: Sequence[tuple[str, str]] = ()
    attributes: Mapping[str, Any] | None = None


def register_form(request: PageRequest, register: Register, *, pack: Pack) -> PageResult:
    """The form: begun, or filled with the row that ``?of=`` names; sent, it does the act and goes on to the list."""
    assert register.declares is not None, f"no act declares a row of {register.code}"
    act, row = act_named_of(register.declares), None
    require(request.actor, act)
    if request.GET.get("of"):
        row = row_called(register, request.actor, request.GET["of"][:200])
        _require_reach(request, act, row)
    errors: dict[str, str] = {}
    status, sent_id, home = 200, new_identifier(), reverse(f"{pack.code}:{register.code}")
    given = begun(register, row, {name: str(value)[:200] for name, value in request.GET.items()})
    if request.method == "POST":
        given, sent_id = _sent(request, register), identifier_typed(request.POST.get(SENT, ""))
        try:
            return Redirect(home, notice=_done(request, register, given, sent_id=sent_id))
        except TianquError as error:
            errors, status = dict(faults(error)), error.status
    ends = row is not None and register.ends is not None and can(request.actor, act_named_of(register.ends))
    asked = (*form_of(register), *_asked_at_end(register)) if ends else form_of(register)
    fields = [_shown(request, register, field, given, known=row is not None) for field in asked]
    names = {field.name for field in fields}
    context = {
        "register": register, "fields": fields, "errors": {name: errors.get(name, "") for name in names},
        "summary": [(name if name in names else "", sentence) for name, sentence in errors.items()],
        "labels": {field.name: field.label for field in fields}, "sent_id": sent_id,
        "ends": ends, "where": [*above(register, pack), (register.title, home)],
    }  # fmt: skip
    return Rendered("registers/declare.html", context, status=status)


def _require_reach(request: PageRequest, act: str, row: Any) -> None:
    if hasattr(row, "unit_id") or hasattr(row, "place_path"):
        require(request.actor, act, row)


def _asked_at_end(register: Register) -> list[RegisterField]:
    """What ending a row asks for that declaring it does not, such as a reason."""
    known = {field.keyword for field in form_of(register)}
    return [replace(field, required=False) for field in ending_of(register) if field.keyword not in known]


def _sent(request: PageRequest, register: Register) -> dict[str, Any]:
    """What the form sent, by keyword; a list where many are chosen."""
    fields = (*form_of(register), *_asked_at_end(register))
    given = typed(request, [field.keyword for field in fields if field.kind == "choices"])
    return {field.keyword: given.get(field.keyword, "") for field in fields}


def _done(request: PageRequest, register: Register, given: Mapping[str, Any], *, sent_id: UUID) -> str:
    """Do the act that the button stands for; return the notice."""
    assert register.declares is not None
    ending = request.POST.get("deed") == "end"
    if ending and register.ends is None:
        raise InvalidInput(gettext_noop("No act ends a row of this register."), field="deed")
    perform = register.ends if ending and register.ends is not None else register.declares
    fields = ending_of(register) if ending else form_of(register)
    values = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    perform(
        request.actor, **arguments_of(register, perform, fields, values, actor=request.actor, sent_id=sent_id)
    )  # fmt: skip
    return _("This is written down.")


def _shown(
    request: PageRequest, register: Register, field: RegisterField, given: Mapping[str, Any], *, known: bool
) -> FormField:
    column, kind = field.column, field.kind
    unit = unit_of(register, column)
    label = _("%(title)s (%(unit)s)") % {"title": column.title, "unit": unit} if unit else str(column.title)
    is_key = not callable(column.at) and attribute_of(column) == register.key
    attributes: dict[str, Any] = {"readonly": "readonly"} if is_key and known else {}
    if kind in ("money", "number"):
        attributes["inputmode"] = "decimal" if field.decimals or kind == "money" else "numeric"
    if kind in ("place", "unit", "person") or is_key:
        attributes |= {"autocapitalize": "none", "autocomplete": "off"}
    options = _options(request, field)
    return FormField(
        field.keyword, label, _component(field, options), given.get(field.keyword, ""),
        str(column.hint) or _hint(kind, options), field.required, type=INPUTS.get(kind, "text"),
        width="m" if is_key else WIDTHS.get(kind, ""), options=options, attributes=attributes,
    )  # fmt: skip


def _component(field: RegisterField, options: Sequence[tuple[str, str]]) -> str:
    if field.kind == "row":
        return "select" if options else "line"
    return {
        "long_text": "area", "lines": "area", "choice": "select", "choices": "checkboxes", "yes_no": "checkbox",
    }.get(field.kind, "line")  # fmt: skip


def _hint(kind: str, options: Sequence[tuple[str, str]]) -> str:
    match kind:
        case "row":
            return "" if options else _("Its code.")
        case "place":
            return _("Its code.")
        case "unit":
            return _("Its name or its code.")
        case "person":
            return _("By the login name.")
        case "lines":
            return _("A line for each, with blanks between its parts.")
    return ""


def _options(request: PageRequest, field: RegisterField) -> list[tuple[str, str]]:
    """What can be chosen: the codes of the column, or the rows of another register within reach.

    Rows of one name are told apart by their keys. Of more than can be chosen from, and of none, the key is typed in.
    """
    other = field.column.of
    if other is None:
        return [(code, field.column.said(code)) for code in field.column.choices]
    rows = other.rows(request.actor)
    if {"unit_id", "place_path"} <= {each.attname for each in other.model._meta.concrete_fields}:
        rows = rows_in_reach(request.actor, rows)
    found = list(rows.order_by(other.key)[: OPTIONS_MAX + 1])
    if len(found) > OPTIONS_MAX:
        return []
    said = [(key_of(other, row), named(row) if hasattr(row, "name_en") else key_of(other, row)) for row in found]
    often = Counter(name for _key, name in said)
    return [(key, name if often[name] == 1 else f"{name} · {key}") for key, name in said]
