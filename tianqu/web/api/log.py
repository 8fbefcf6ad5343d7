"""The public log: its entries as everybody may see them, and the proof that one is in it."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from tianqu.kernel.journal.api import PublishedEntry, proof_file, published_entries, published_entry
from tianqu.web.api.paging import Page, cursor_of, number_of
from tianqu.web.api.values import Cursor, Index, Limit

router = Router(tags=["journal"])


class EntryBody(BaseModel):
    """An entry: its place, its public leaf, and the leaf's hash. What stands in the leaf is all that is public."""

    index: int
    leaf: dict[str, Any]
    leaf_hash: str


def _shown(entry: PublishedEntry) -> dict[str, Any]:
    return {"index": entry.index, "leaf": orjson.loads(entry.leaf), "leaf_hash": entry.leaf_hash}


@router.get("/journal/entries", response=Page[EntryBody], summary="Entries of the log")
def entries(request: HttpRequest, after: Cursor | None = None, limit: Limit = 50) -> Any:
    """List entries of the log, the newest first."""
    found = published_entries(before=number_of(after), limit=limit)
    return {
        "rows": [_shown(one) for one in found],
        "next": cursor_of(found[-1].index) if len(found) == limit and found[-1].index else None,
    }


@router.get("/journal/entries/{index}", response=EntryBody, summary="One entry of the log")
def entry(request: HttpRequest, index: Index) -> Any:
    """Read the entry at an index."""
    return _shown(published_entry(index))


@router.get(
    "/journal/entries/{index}/proof", summary="The proof of an entry",
    openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
)  # fmt: skip
def proof(request: HttpRequest, index: Index) -> Any:
    """Read the proof that an entry is in the log (c2sp.org/tlog-proof@v1), to be checked by `tianqu verify`."""
    return HttpResponse(proof_file(published_entry(index).entry_id), content_type="text/plain; charset=utf-8")
