"""A form as JSON Schema 2020-12, for programs that fill it in.

The schema accepts what ``form_answers.validate`` accepts, but for what JSON Schema cannot know: whether a place exists,
limits of dates and of decimal numbers, and spaces around a text.
"""

from __future__ import annotations

from typing import Any

from tianqu.base.canonical import INTEGER_MAX
from tianqu.kernel.orders.form_answers import NAME_MAX
from tianqu.kernel.orders.forms import LENGTHS_MAX, PHOTOS_MAX, Field, Form

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LINE = r"^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$"
LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$"


def json_schema(form: Form, language: str) -> dict[str, Any]:
    """The schema of a form's answers, with titles and descriptions in ``language``."""
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    conditions: dict[str, dict[str, Any]] = {}
    for each in form.fields:
        said = _field_schema(each, language)
        if each.show_if is None:
            schema["properties"][each.code] = said
            if each.required:
                schema.setdefault("required", []).append(each.code)
            continue
        # What a hidden field holds is not looked at, so its schema holds only while it is shown.
        schema["properties"][each.code] = {name: said[name] for name in ("title", "description") if name in said}
        conditions[each.code] = _condition(form, each, conditions)
        then: dict[str, Any] = {"properties": {each.code: said}}
        if each.required:
            then["required"] = [each.code]
        schema.setdefault("allOf", []).append({"if": conditions[each.code], "then": then})
    return schema


def _condition(form: Form, each: Field, conditions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """When a field is shown: the field it depends on has the value, and is itself shown."""
    assert each.show_if is not None
    other = next(field for field in form.fields if field.code == each.show_if.field)
    among = {"enum": list(each.show_if.values)}
    holds = {"type": "array", "contains": among} if other.kind == "choices" else among
    condition = {"properties": {other.code: holds}, "required": [other.code]}
    before = conditions.get(other.code)
    return {"allOf": [before, condition]} if before else condition


def _field_schema(each: Field, language: str) -> dict[str, Any]:
    described = {"title": each.label.said(language)}
    notes = [each.hint.said(language)] if each.hint else []
    if each.unit:
        notes.append(each.unit.said(language))
    if notes:
        described["description"] = " · ".join(notes)
    return described | _kind_schema(each, language)


def _kind_schema(each: Field, language: str) -> dict[str, Any]:
    match each.kind:
        case "text" | "long_text":
            return _text_schema(each)
        case "choice":
            return {"oneOf": _consts(each, language)}
        case "choices":
            return {"type": "array", "items": {"oneOf": _consts(each, language)}, "uniqueItems": True} | _counts(
                each, len(each.choices)
            )
        case "number" if each.decimals:
            return {"type": "string", "pattern": rf"^-?[0-9]{{1,12}}(\.[0-9]{{1,{each.decimals}}})?$"}
        case "number" | "money":
            low, high = each.min, each.max
            return {
                "type": "integer",
                "minimum": low if low is not None else -INTEGER_MAX,
                "maximum": high if high is not None else INTEGER_MAX,
            }
        case "date":
            return {"type": "string", "format": "date", "pattern": r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
        case "phone":
            return {"type": "string", "pattern": r"^[+(0-9][0-9 ()+-]{2,29}$"}
        case "person_name":
            return {
                "type": "string",
                "minLength": 1,
                "maxLength": NAME_MAX,
                "pattern": LINE,
                "not": {"pattern": "[0-9]{6}"},
            }
        case "place":
            return {"type": "string", "pattern": "^[A-Za-z0-9_]{1,80}$"}
        case "photo":
            return {"type": "array", "items": {"type": "string", "format": "uuid"}, "uniqueItems": True} | _counts(
                each, PHOTOS_MAX
            )
        case "yes_no":
            return {"type": "boolean"}
    raise AssertionError(each.kind)


def _text_schema(each: Field) -> dict[str, Any]:
    return {
        "type": "string",
        "minLength": each.min or (1 if each.required else 0),
        "maxLength": each.max if each.max is not None else LENGTHS_MAX[each.kind],
        "pattern": LINE if each.kind == "text" else LINES,
    }


def _counts(each: Field, most: int) -> dict[str, Any]:
    least = each.min or (1 if each.required else 0)
    return {"minItems": least, "maxItems": each.max if each.max is not None else most}


def _consts(each: Field, language: str) -> list[dict[str, str]]:
    return [{"const": choice.value, "title": choice.label.said(language)} for choice in each.choices]
