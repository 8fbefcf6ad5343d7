"""A book as a journal of hledger over the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import BeforeValidator

from tianqu.base.moments import written_day
from tianqu.gateways.hledger.journal import journal_of
from tianqu.kernel.ledgers.api import exported_book, few_postings

router = Router(tags=["ledgers"])
BookCode = Annotated[str, Path(max_length=80, description="Code of the book.")]
Day = Annotated[date, BeforeValidator(written_day)]
Until = Annotated[Day | None, Query(description="The last day that is told; without it everything.")]
PLAIN: Final = {"responses": {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}}


@router.get("/books/{code}/hledger", summary="A book as a journal of hledger", openapi_extra=PLAIN)
def whole_book(request: HttpRequest, code: BookCode, until: Until = None) -> Any:
    """Read a whole book in the form of hledger, in whole numbers of the smallest units; at most 50,000 postings.

    The command `tianqu books export hledger` writes books of any size, and those of a township or county in one file.
    """
    book = exported_book(request.auth, book=code)  # type: ignore[attr-defined]  # the door has set it
    text = "".join(journal_of(book, few_postings(book, until=until)))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
