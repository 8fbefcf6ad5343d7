"""Items written as text: the YAML that docs/items.md lays out, and that ``items_in`` reads again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import yaml

from tianqu.kernel.orders.forms import Form
from tianqu.kernel.orders.items import ItemDefinition
from tianqu.kernel.orders.reading import yaml_in

# In the order in which people read a definition; what is as usual is left out.
_ORDER: Final = (
    "code", "valid_from", "valid_to", "family", "group", "name", "summary", "askers", "identity", "private", "public",
    "urgency", "flow", "answerable", "clocks", "form", "steps", "papers", "legal_basis", "keywords", "examples",
)  # fmt: skip
LINE_CHARACTERS: Final = 110


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, so that a date given twice stays readable."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def item_text(definitions: Iterable[ItemDefinition]) -> str:
    """Write definitions as one YAML file. What ``items_in`` reads from it is equal to them."""
    written = [_ordered(definition) for definition in definitions]
    text: str = yaml.dump(
        written, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_CHARACTERS, default_flow_style=False
    )
    return text


def questions_text(form: Form) -> str:
    """Write the questions of a form as YAML; "" where it asks nothing."""
    if not form.fields:
        return ""
    text: str = yaml.dump(
        form.as_json()["fields"], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_CHARACTERS
    )
    return text


def questions_in(text: str) -> list[Any]:
    """Read the questions of a form from YAML, unchecked. Raises ``InvalidInput`` for what is no YAML."""
    questions, _lines = yaml_in(text.encode("utf-8", "replace"), name="form")
    return [question for question in questions if question is not None]


def _ordered(definition: ItemDefinition) -> dict[str, Any]:
    dates: dict[str, date | None] = {"valid_from": definition.valid_from, "valid_to": definition.valid_to}
    said: dict[str, Any] = {**definition.as_json(), **dates}
    return {name: said[name] for name in _ORDER if said[name] is not None and said[name] != []}
