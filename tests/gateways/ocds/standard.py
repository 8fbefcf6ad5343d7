"""Validating packages against the standard's own schema, with formats."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = Path(__file__).parent / "schema"
ADDRESS = "https://standard.open-contracting.org/schema/1__1__5"


@cache
def _validator(name: str) -> Any:
    schema = json.loads((SCHEMA / name).read_text())
    release = json.loads((SCHEMA / "release-schema.json").read_text())
    registry = jsonschema_rs.Registry([(f"{ADDRESS}/release-schema.json", release)], draft=jsonschema_rs.Draft4)
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True, registry=registry)


def faults(package: dict[str, Any]) -> list[str]:
    """What the official schema finds wrong with a release package, or with the releases of a record package."""
    if "records" not in package:
        return [_said(error) for error in _validator("release-package-schema.json").iter_errors(package)]
    releases = [release for record in package["records"] for release in record["releases"]]
    return [_said(error) for one in releases for error in _validator("release-schema.json").iter_errors(one)]


def _said(error: Any) -> str:
    return f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
