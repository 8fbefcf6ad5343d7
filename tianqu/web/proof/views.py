"""Pages of the public log, and files that belong to orders."""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tianqu.base.errors import NotFound, _
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor, journal_status, proof_file, published_entries, published_entry
from tianqu.kernel.orders.api import order_detail, order_id_of, read_code
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.ask.receipts import asker_of

SHOWN = 50


@require_safe
def log(request: PageRequest) -> HttpResponse:
    """What the log is, how large it is now, and how to check it without us."""
    before = request.GET.get("before", "")
    whole = before.isascii() and before.isdigit() and len(before) < 19
    entries = published_entries(before=int(before) if whole else None, limit=SHOWN)
    context = {"status": journal_status(), "origin": settings.TIANQU_ORIGIN, "entries": entries}
    return render(request, "proof/log.html", context, using="jinja2")


@require_safe
def entry(request: PageRequest, index: int) -> HttpResponse:
    """One entry: its public leaf, and the file that proves that it is in the log."""
    found = published_entry(index)
    context = {
        "index": index, "act": json.loads(found.leaf).get("act", ""), "leaf": found.leaf.decode(),
        "hash": found.leaf_hash, "at": found.at,
        "address": settings.TIANQU_ORIGIN + reverse("log_entry", kwargs={"index": index}),
        "key": str(journal_status().key),
    }  # fmt: skip
    return render(request, "proof/entry.html", context, using="jinja2")


@require_safe
def proof(request: PageRequest, index: int) -> HttpResponse:
    """The proof of one entry as a file (c2sp.org/tlog-proof@v1)."""
    data = proof_file(published_entry(index).entry_id)
    name = f"entry-{index}.tlog-proof"
    return HttpResponse(
        data, content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@require_safe
def order_file(request: PageRequest, code: str, file_id: UUID) -> HttpResponseBase:
    """A file of an order, for whoever sees the order."""
    actor = asker_of(request, read_code(code))
    order_id = order_id_of(actor, code=read_code(code))

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"order:{order_id}":
            raise NotFound(_("There is no such file."), field="file")
        if file_id not in {one.id for one in order_detail(reader, order_id=order_id).attachments}:
            raise NotFound(_("There is no such file."), field="file")

    variant: Any = "thumbnail" if request.GET.get("size") == "small" else "served"
    opened = open_file(actor, file_id=file_id, may_see=may_see, variant=variant)
    whole: Any = StreamingHttpResponse(opened.chunks, headers=opened.headers)
    answer: Any = get_conditional_response(request, etag=opened.headers["ETag"], response=whole)
    return cast(HttpResponseBase, answer)
