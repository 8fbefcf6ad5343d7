"""Reading what is published, page by page, as anybody or as somebody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.test import Client

from tests.gateways.ocds.standard import faults
from tests.web.api.calling import token_for
from tianqu.gateways.ocds.check import check_bytes
from tianqu.kernel.journal.api import Actor

RELEASES = "/api/v1/ocds/releases"


def packages(actor: Actor | None = None, **asked: Any) -> Iterator[dict[str, Any]]:
    """Every package that answers a question, each found sound by the official schema and by our own check."""
    client = Client(headers={"Authorization": f"Bearer {token_for(actor)}"} if actor else {})
    address, query = RELEASES, asked
    while address:
        answer = client.get(address, query)
        assert answer.status_code == 200, answer.content
        package = sound(answer.content)
        yield package
        address, query = package.get("links", {}).get("next", ""), {}


def record(contract_id: UUID, actor: Actor | None = None) -> dict[str, Any]:
    """The record package of a contract, found sound as well."""
    client = Client(headers={"Authorization": f"Bearer {token_for(actor)}"} if actor else {})
    return sound(b"".join(client.get(f"/api/v1/ocds/records/ocds-tianqu-{contract_id}").streaming_content))


def sound(content: bytes) -> dict[str, Any]:
    """A package that both the official schema and our check let pass."""
    package: dict[str, Any] = json.loads(content)
    assert faults(package) == []
    assert [(one.field, str(one)) for one in check_bytes(content, prefix="ocds-tianqu")] == []
    return package


def releases(actor: Actor | None = None, **asked: Any) -> list[dict[str, Any]]:
    """The releases of all of these packages, in their order."""
    return [release for package in packages(actor, **asked) for release in package["releases"]]
