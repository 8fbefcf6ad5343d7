"""Sending rows and parts: files that are made while they are sent, and parts whole or by a range of their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.datasets.api import (
    EXPORTS,
    PAGE_MAX,
    Dataset,
    Export,
    Opened,
    Part,
    Question,
    dataset_called,
    export_rows,
    groups_page,
    open_at,
    open_found,
    open_version,
    pieces,
    question_of,
    versions_holding,
    written,
)
from tianqu.kernel.journal.api import Actor

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")
DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
GROUPS_MAX: Final = 100_000  # of a file of groups


def version_asked(told: Mapping[str, Sequence[str]]) -> int | None:
    """Which version an address names; None for the newest. Raises ``InvalidInput``."""
    text = (told.get("version") or [""])[-1]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise InvalidInput(
            _("“%(value)s” is not the number of a version."), field="version", value=text[:20],
            remedy=_("Give a whole number, such as 1."),
        )  # fmt: skip
    return int(text)


def index_asked(told: Mapping[str, Sequence[str]]) -> int | None:
    """As of how many entries of the public log an address asks; None for as of now. Raises ``InvalidInput``."""
    text = (told.get("as_of_index") or [""])[-1]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidInput(
            _("“%(value)s” is not an index of the public log."), field="as_of_index", value=text[:20],
            remedy=_("Give how many entries the log held, as a whole number."),
        )  # fmt: skip
    return int(text)


def opened_as_asked(actor: Actor, dataset: Dataset, told: Mapping[str, Sequence[str]]) -> Opened:
    """Open the version that an address names, the newest without one, or the dataset as of an index of the log.

    Raises ``InvalidInput`` for both at once, and what ``open_version`` and ``open_at`` raise.
    """
    number, index = version_asked(told), index_asked(told)
    if index is None:
        return open_version(actor, dataset, number=number)
    if number is not None:
        raise InvalidInput(
            _("Both a version and an index of the log are asked for."), field="as_of_index", value=index,
            remedy=_("Give one of them."),
        )  # fmt: skip
    return open_at(actor, dataset, index=index)


def exported(actor: Actor, *, code: str, form: str, told: Mapping[str, Sequence[str]]) -> HttpResponseBase:
    """A file of every row or group that an address asks for. Raises what ``export_rows`` raises."""
    dataset = dataset_called(actor, code)
    opened = opened_as_asked(actor, dataset, told)
    question = question_of({name: values for name, values in told.items() if name != "after"}, opened.schema)
    export = _groups_file(opened, question, form) if question.groups else export_rows(opened, question, form)
    chunks = iter(export.chunks)
    begun = next(chunks, b"")  # what goes wrong at once is told as an error, not as a file that breaks off
    answer = StreamingHttpResponse(chain((begun,), chunks), content_type=export.media_type)
    answer["Content-Disposition"] = content_disposition_header(True, export.name) or "attachment"
    if opened.is_version:
        answer["Link"] = f'<{dataset_address(dataset, opened.version.number)}>; rel="canonical"'
    if export.size is not None:
        answer["Content-Length"] = str(export.size)
    return answer


def dataset_address(dataset: Dataset, number: int) -> str:
    """The permanent address of a version."""
    return f"/data/{dataset.code}/v{number}/"


def _groups_file(opened: Opened, question: Question, form: str) -> Export:
    if form != "csv":
        raise InvalidInput(
            _("%(value)s is not possible here."), field="format", value=form[:40], remedy=_("Possible: %(allowed)s."),
            allowed="csv",
        )  # fmt: skip
    name = f"{opened.dataset.code}-{opened.called}-groups.csv"
    return Export(name, EXPORTS["csv"], _groups_lines(opened, question))


def _groups_lines(opened: Opened, question: Question) -> Iterator[bytes]:
    """The lines of a file of groups. Where there are too many, the file breaks off, and does not seem to be whole."""
    asked, count = replace(question, limit=PAGE_MAX, after=""), 0
    while count < GROUPS_MAX:
        page = groups_page(opened, asked)
        head = "" if count else "\ufeff" + csv_line(page.names)
        yield (head + "".join(csv_line([_cell(value) for value in row]) for row in page.rows)).encode()
        count += len(page.rows)
        if not page.after:
            return
        asked = replace(asked, after=page.after)
    raise TooLarge(
        _("A file holds at most %(most)s groups, and there are more."), field="group", most=GROUPS_MAX,
        remedy=_("Group by fewer columns, or ask for fewer rows."),
    )  # fmt: skip


def _cell(value: Any) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) else written(value)


def part_sent(request: HttpRequest, actor: Actor, *, code: str, digest: str) -> HttpResponseBase:
    """A part by its hash, for those who may read it, whole or by a range. Raises ``NotFound`` for any other hash."""
    part = part_of(actor, code=code, digest=digest)
    etag = f'"{part.sha256}"'
    headers = {
        "ETag": etag, "Accept-Ranges": "bytes", "Content-Type": EXPORTS["parquet"],
        "Content-Disposition": f'attachment; filename="{part.sha256}.parquet"',
    }  # fmt: skip
    asked = _range_of(request.headers.get("Range", ""), part.bytes)
    if asked is not None and not asked:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{part.bytes}"})
    first, count = asked or (0, part.bytes)
    answer: Any = StreamingHttpResponse(pieces(part.sha256, first=first, count=count), headers=headers)
    answer["Content-Length"] = str(count)
    if asked:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {first}-{first + count - 1}/{part.bytes}"
        return answer  # type: ignore[no-any-return]
    return get_conditional_response(request, etag=etag, response=answer) or answer


def part_of(actor: Actor, *, code: str, digest: str) -> Part:
    """The part with a hash, of any version, as far as the actor may read it. Raises ``NotFound``."""
    dataset = dataset_called(actor, code)
    if DIGEST.match(digest):
        for version in versions_holding(dataset, digest):
            for part in open_found(actor, dataset, version).stored.parts:
                if part.sha256 == digest:
                    return part
    raise NotFound(_("There is no such part."), field="sha256", value=digest[:64])


def _range_of(header: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """The first byte and the count that a Range asks for; None for none that is read, () for one beyond the end."""
    found = _RANGE.match(header.strip())
    if found is None or header.strip() == "bytes=-":
        return None
    begin, end = found.groups()
    if not begin:
        count = min(int(end), size)
        return (size - count, count) if count else ()
    first, last = int(begin), min(int(end), size - 1) if end else size - 1
    return (first, last - first + 1) if first < size and first <= last else ()
