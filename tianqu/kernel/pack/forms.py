"""A page that is one form: filled in as it begins, kept by one act, shown again as it was typed where it is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest

from tianqu.base.errors import InvalidInput, TianquError, at_field
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.pack.page_request import PageRequest
from tianqu.kernel.pack.refusals import faults
from tianqu.kernel.pack.results import PageResult, Redirect, Rendered

TYPED_MAX: Final = 20_000


def typed(request: HttpRequest, several: Collection[str] = ()) -> dict[str, Any]:
    """What a form sent, cut short; what no database takes stands as the sign of what cannot be read.

    Of the fields ``several`` many values are chosen at once: each is a list.
    """
    one = {name: _readable(value) for name, value in request.POST.items()}
    return one | {name: [_readable(value) for value in request.POST.getlist(name)] for name in several}


def _readable(value: object) -> str:
    return str(value).strip()[:TYPED_MAX].replace("\0", "\ufffd")


def formed(
    request: PageRequest,
    template: str,
    *,
    begun: Callable[[], Mapping[str, Any]],
    keep: Callable[[Mapping[str, Any]], tuple[str, str]],
    renamed: Mapping[str, str] | None = None,
    several: Collection[str] = (),
    **context: Any,
) -> PageResult:
    """Show a form, or keep what it sent.

    ``begun`` gives what it begins with; ``keep`` calls the act with what was typed and returns the address to go on at
    and the notice that stands there. ``renamed``: the field of the form for a field of the act, where they differ;
    ``several``: fields of which many values are chosen at once. The template gets ``given``, ``errors`` by field,
    ``summary`` of all, and ``context``.
    """
    given: Mapping[str, Any] = {}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        given = typed(request, several)
        try:
            address, notice = keep(given)
            return Redirect(address, notice=notice)
        except TianquError as error:
            errors = {(renamed or {}).get(name, name): text for name, text in faults(error).items()}
            status = error.status
    else:
        given = begun()
    context |= {"given": given, "errors": errors, "summary": list(errors.items())}
    return Rendered(template, context, status=status)


def with_files(request: PageRequest, do: Callable[[list[UUID]], Any], *, most: int, name: str = "files") -> Any:
    """Hand the files of a form in and do something with them; what is refused leaves none of them behind."""
    kept: list[UUID] = []
    try:
        for one in request.FILES.getlist(name)[: most + 1]:
            try:
                kept.append(store_file(request.actor, content=one.read(), name=one.name or "file").id)
            except InvalidInput as error:
                raise at_field(error, name) from error
        return do(kept)
    except TianquError:
        for file_id in kept:
            discard_file(request.actor, file_id=file_id)
        raise
