"""Serving the log's files. They are public, they hold no personal data, and all but the checkpoint never change."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import (
    WITNESS_REQUEST_BYTES_MAX,
    Witness,
    WitnessAnswer,
    open_witness,
    our_key,
    our_log,
    parse_tile_path,
)

BYTES = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"
IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "no-cache"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    note = our_log().checkpoint_note()
    if note is None:
        raise Http404
    return _answer(note, media_type=TEXT, caching=FRESH)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The verifier key of the log. Whoever checks the log takes it from somewhere else as well."""
    return _answer(f"{our_key().verifier}\n".encode(), media_type=TEXT, caching=FRESH)


@require_safe
@gzip_page
def tile(request: HttpRequest, rest: str) -> HttpResponse:
    """A tile or an entry bundle, full or partial; 404 for an address that no tile has."""
    try:
        data = our_log().tile(parse_tile_path(f"tile/{rest}"))
    except NotFound:
        data = None
    if data is None:
        raise Http404
    return _answer(data, media_type=BYTES, caching=IMMUTABLE)


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign the checkpoint of another log, if this installation is a witness (``TIANQU_WITNESS_LOGS``)."""
    witness = _witness(settings.TIANQU_WITNESS_LOGS)
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > WITNESS_REQUEST_BYTES_MAX:
        return _answer(b"No checkpoint is that long.\n", media_type=TEXT, caching=FRESH, status=413)
    return _witnessed(witness.add_checkpoint(request.body))


@require_safe
def witnessed_checkpoint(request: HttpRequest, digest: str) -> HttpResponse:
    """The latest checkpoint that this installation cosigned for a log, named by the SHA-256 of its origin."""
    return _witnessed(_witness(settings.TIANQU_WITNESS_LOGS).checkpoint(digest))


@cache
def _opened(logs: str, *, state: str, origin: str) -> Witness:
    return open_witness(state=Path(state), logs=Path(logs), name=f"{origin}/witness")


def _witness(logs: str) -> Witness:
    if not logs:
        raise Http404
    return _opened(logs, state=str(Path(settings.VAR) / "witness"), origin=our_key().name)


def _witnessed(answer: WitnessAnswer) -> HttpResponse:
    return _answer(answer.body, media_type=answer.media_type, caching=FRESH, status=answer.status)


def _answer(data: bytes, *, media_type: str, caching: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type, status=status)
    response["Cache-Control"] = caching
    response["Access-Control-Allow-Origin"] = "*"  # anybody's page may check the log
    return response
