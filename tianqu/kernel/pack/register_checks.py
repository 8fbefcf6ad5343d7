"""What is wrong with the registers that a pack declares, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields as fields_of
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise

from tianqu.kernel.pack.declarations import Pack
from tianqu.kernel.pack.register_fields import (
    OWN_UNIT,
    RegisterField,
    act_named_of,
    ending_of,
    form_of,
    keywords_of,
)
from tianqu.kernel.pack.register_rows import kind_of, model_field
from tianqu.kernel.pack.registers import KINDS, Register, attribute_of


def register_faults(pack: Pack) -> Iterator[str]:
    """A sentence for each fault of the pack's registers."""
    for code, count in sorted(Counter(register.code for register in pack.registers).items()):
        if count > 1:
            yield f"two registers are called {code}."
    names = {page.name for page in pack.pages}
    for register in pack.registers:
        yield from (f"the register {register.code} {fault}" for fault in _faults_of(register, names))


def _faults_of(register: Register, pages: set[str]) -> Iterator[str]:
    yield from _said_faults(register)
    if not register.permission:
        yield "says no permission; give one, or EVERYBODY."
    if register.address.startswith("/") or register.address.endswith("/"):
        yield f"has the address {register.address}, which begins or ends with a slash; leave it out."
    if isinstance(register.page, str) and register.page and register.page not in pages:
        yield f"shows a row on the page {register.page}, which is not declared."
    if register.above and register.above not in pages:
        yield f"stands below the page {register.above}, which is not declared."
    if register.code in pages:
        yield f"has the name of the page {register.code}; give the page another."
    yield from _column_faults(register)
    yield from _act_faults(register, register.declares, form_of(register), what="declares")
    yield from _act_faults(register, register.ends, ending_of(register), what="ends")
    declared = keywords_of(register.declares) if register.declares is not None else {}
    for column in register.columns:
        if column.keyword and column.keyword not in declared:
            yield f"types {column.name} in for {column.keyword}, which no act takes that declares a row."
    if register.imports and register.declares is None:
        yield "is read from sheets, but no act declares a row."
    if register.imports and register.sent:
        yield f"is read from sheets, but each form's {register.sent} makes a row of its own: a line sent again is two."


def _said_faults(register: Register) -> Iterator[str]:
    said = {"the title": register.title, "what is said where it is empty": register.empty}
    if register.declares is not None:
        said["what declaring a row is called"] = register.declaring
    if register.ends is not None:
        said["what ending a row is called"] = register.ending
    for column in register.columns:
        if column.title or column.listed:
            said[f"the title of {column.name}"] = column.title
    for what, text in said.items():
        if not isinstance(text, Promise):
            yield f"says {what} as {text!r}, which is not translated; write it in gettext_lazy."


def _column_faults(register: Register) -> Iterator[str]:
    for name, count in sorted(Counter(column.name for column in register.columns).items()):
        if count > 1:
            yield f"has two columns called {name}."
    for column in register.columns:
        if kind_of(register, column) not in KINDS:
            yield f"has the column {column.name} of the kind {column.kind!r}; the kinds are {', '.join(KINDS)}."
        if column.kind in ("choice", "choices") and not column.choices:
            yield f"lets one choose {column.name} and names no choices."
        shown = register.completed is None and (column.listed or column.told) and not callable(column.at)
        if shown and not hasattr(register.model, attribute_of(column)):
            yield f"shows {attribute_of(column)}, which {register.model.__name__} does not have."
    for name in (register.key, (register.sort or register.key).lstrip("-")):
        try:
            if model_field(register, name).null:
                yield f"is sorted or keyed by {name}, which may be empty."
        except FieldDoesNotExist:
            yield f"is sorted or keyed by {name}, which {register.model.__name__} does not keep."
    for each in register.filters:
        if isinstance(each, str) and each not in register.named_columns:
            yield f"is narrowed by {each}, which is none of its columns."
        if not isinstance(each, str) and register.narrow is None:
            yield f"is narrowed by {each.name}, which nothing understands; say so in `narrow`."


def _act_faults(
    register: Register, perform: Callable[..., Any] | None, fields: tuple[RegisterField, ...], *, what: str
) -> Iterator[str]:
    if perform is None:
        return
    act = act_named_of(perform)
    if not act:
        yield f"{what} a row by {getattr(perform, '__name__', perform)}, which is no act."
        return
    filled = {field.keyword for field in fields} | {register.sent, OWN_UNIT}
    for name, keyword in keywords_of(perform).items():
        if keyword.default is keyword.empty and name not in filled:
            yield f"has no column for {name}, which {act} wants."
    for field in fields:
        if not field.kind:
            yield f"cannot tell how {field.keyword} of {act} is typed in; give its column a kind."
        taken = {each.name for each in fields_of(field.made)} if field.made is not None else set[str]()
        if field.kind == "lines" and taken != {part.name for part in field.column.parts}:
            yield f"types {field.keyword} in lines, whose parts are not those of what {act} takes."
