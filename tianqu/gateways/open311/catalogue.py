"""Our items as GeoReport's services and service definitions."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tianqu.kernel.orders.api import ItemDefinition, item_catalogue

# GeoReport's datatypes: string, number, datetime, text, singlevaluelist, multivaluelist.
DATATYPES = {
    "text": "string", "long_text": "text", "choice": "singlevaluelist", "choices": "multivaluelist",
    "number": "number", "money": "number", "date": "datetime", "phone": "string", "person_name": "string",
    "place": "string", "yes_no": "singlevaluelist",
}  # fmt: skip
YES_NO = (("true", "是", "Yes"), ("false", "否", "No"))


def public_items() -> list[ItemDefinition]:
    """The items offered today that are not private."""
    return [item for item in item_catalogue(timezone.localdate()) if not item.private]


def service_row(item: ItemDefinition, language: str) -> dict[str, Any]:
    """One service of the list."""
    return {
        "service_code": item.code,
        "service_name": item.name.said(language),
        "description": item.summary.said(language),
        "metadata": "true" if _shown_fields(item) else "false",
        "type": "realtime",
        "keywords": ", ".join(item.keywords),
        "group": item.group.said(language),
    }


def definition(item: ItemDefinition, language: str) -> dict[str, Any]:
    """The attributes of one service."""
    attributes = []
    for order, field in enumerate(_shown_fields(item), 1):
        row: dict[str, Any] = {
            "variable": "true",
            "code": field.code,
            "datatype": DATATYPES[field.kind],
            "required": "true" if field.required else "false",
            "datatype_description": field.hint.said(language) if field.hint else "",
            "order": order,
            "description": field.label.said(language),
        }
        if field.kind in ("choice", "choices"):
            row["values"] = [{"key": one.value, "name": one.label.said(language)} for one in field.choices]
        if field.kind == "yes_no":
            chinese = language.startswith("zh")
            row["values"] = [{"key": key, "name": zh if chinese else en} for key, zh, en in YES_NO]
        attributes.append(row)
    return {"service_code": item.code, "attributes": attributes}


def _shown_fields(item: ItemDefinition) -> list[Any]:
    """The questions that GeoReport can carry: all but photos, which come as ``media_url``."""
    return [field for field in item.form.fields if field.kind in DATATYPES]
