"""Scans over the API. What is done goes by ``POST /files``, then ``POST /acts/village.attach_scans`` and the like."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from tianqu.kernel.pack.api import caller_of
from tianqu.packs.village.scanning.queries import open_scan, scans_of
from tianqu.packs.village.statements.endpoints import BINARY

router = Router(tags=["village"])


class ScanTakenBody(BaseModel):
    """When and why a scan was taken away; no reason: it went with the name of a party."""

    model_config = ConfigDict(from_attributes=True)
    at: datetime
    reason: str


class ContractScanBody(BaseModel):
    """A scan of a contract. ``by`` is the name of who kept it, ``role`` their post's."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    kind: str
    name: str
    media_type: str
    size: int = Field(description="bytes")
    pages: int | None = Field(description="Null where the file does not tell them.")
    sha256: str = Field(description="In hexadecimal, of the bytes that are handed out.")
    at: datetime
    role: str
    by: str
    taken_away: ScanTakenBody | None


@router.get(
    "/village/contracts/{contract_id}/scans", response=list[ContractScanBody], summary="The scans of a contract"
)
def scans(request: HttpRequest, contract_id: UUID) -> Any:
    """Read which scans a contract has, and which were taken away. Needs the permission village.see_parties."""
    found = scans_of(caller_of(request), contract_id=contract_id)
    return [*found.standing, *found.taken]


@router.get(
    "/village/contracts/{contract_id}/scans/{scan_id}", summary="The bytes of a scan",
    openapi_extra={"responses": {200: {"description": "OK", "content": {
        "application/pdf": {"schema": BINARY}, "image/jpeg": {"schema": BINARY}, "image/png": {"schema": BINARY},
    }}}},
)  # fmt: skip
def scan(request: HttpRequest, *, contract_id: UUID, scan_id: UUID) -> Any:
    """Download a scan that stands with a contract. Needs the permission village.see_parties."""
    opened = open_scan(caller_of(request), contract_id=contract_id, scan_id=scan_id)
    return StreamingHttpResponse(opened.chunks, headers=opened.headers)
