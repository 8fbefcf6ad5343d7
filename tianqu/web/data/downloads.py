"""Taking data away: rows as files in four forms, and the published parts by their hashes."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from tianqu.kernel.pack.api import PageRequest
from tianqu.web.data.rows import asked_in
from tianqu.web.data.sending import exported, part_sent


@require_safe
def export(request: PageRequest, *, code: str, form: str) -> HttpResponseBase:
    """Every row or group that the address asks for, as a file."""
    return exported(request.actor, code=code, form=form, told=asked_in(request.GET))


@require_safe
def part(request: PageRequest, *, code: str, digest: str) -> HttpResponseBase:
    """A part by its hash, as it was published."""
    return part_sent(request, request.actor, code=code, digest=digest)
