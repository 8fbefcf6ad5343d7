"""Each schema of the OpenAPI document has a name of its own: two of one name would describe one of them wrongly."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from ninja.openapi.schema import OpenAPISchema

from tianqu.web.api.api import api


def test_no_two_schemas_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, set[str]] = defaultdict(set)
    put = OpenAPISchema.add_schema_definitions

    def noted(document: Any, definitions: dict[str, Any]) -> None:
        for name, schema in definitions.items():
            told[name].add(json.dumps(schema, sort_keys=True))
        put(document, definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", noted)
    api.make_document(api.get_root_path({}))
    assert len(told) > 100
    several = [name for name, schemas in sorted(told.items()) if len(schemas) > 1]
    assert several == [], several
