"""Our items as GeoReport's services and service definitions."""

from __future__ import annotations

from datetime import date, datetime, time
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
    return [item for item in item_catalogue(timezone.localdate()) if is_offered(item.private)]


def is_offered(private: bool) -> bool:
    """Say whether an item is one of GeoReport's services: what is private is neither listed nor taken here."""
    return not private


def changeset() -> str:
    """When the services last changed: the day on which the newest version of an item came into force."""
    days = [item.valid_from for item in item_catalogue(timezone.localdate())]
    newest = datetime.combine(max(days, default=date(2020, 1, 1)), time.min)
    return timezone.make_aware(newest).isoformat(timespec="seconds")


def service_row(item: ItemDefinition, language: str) -> dict[str, Any]:
    """One service of the list."""
    return {
        "service_code": item.code,
        "service_name": item.name.said(language),
        "description": item.summary.said(language),
        "metadata": bool(_shown_fields(item)),
        "type": "realtime",
        "keywords": ", ".join(item.keywords),
        "group": item.group.said(language),
    }


def definition(item: ItemDefinition, language: str) -> dict[str, Any]:
    """The attributes of one service."""
    attributes = []
    for order, field in enumerate(_shown_fields(item), 1):
        row: dict[str, Any] = {
            "variable": True,
            "code": field.code,
            "datatype": DATATYPES[field.kind],
            # What is asked only after a certain answer to another question is not wanted from everybody.
            "required": field.required and field.show_if is None,
            "datatype_description": _hint(field, language),
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


def _hint(field: Any, language: str) -> str | None:
    """What helps to fill an attribute in: its hint, and the unit of a number."""
    parts = [said.said(language) for said in (field.hint, field.unit) if said]
    if field.kind == "date":
        parts.append("ISO 8601")
    return "; ".join(parts) or None


def _shown_fields(item: ItemDefinition) -> list[Any]:
    """The questions that GeoReport can carry: all but photos, which come as ``media_url``."""
    return [field for field in item.form.fields if field.kind in DATATYPES]
