"""The desk of uploads: a file, the guess of its columns put right, its reading, its report, and publishing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, Final, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, TianquError
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.datasets.api import (
    UPLOAD_BYTES_MAX,
    Column,
    Schema,
    Upload,
    accept_newer,
    checked_schema,
    dataset_called,
    describe_upload,
    drop_upload,
    publish_upload,
    upload_file,
    upload_with,
    version_of,
)
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import require
from tianqu.web.data.dataset import reason_said
from tianqu.web.data.words import ACCESSES, TYPES, WORDS
from tianqu.web.layout.errors import faults

WAITS: Final = ("described", "reading")
STAGES: Final = {"": 0, "reading": 1, "describing": 2}
REFUSED_SHOWN: Final = 50
HTMX_STOP: Final = 286  # what htmx takes as the end of polling


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PageRequest, code: str) -> HttpResponse:
    """Choose a file for a dataset."""
    dataset = dataset_called(request.actor, code)
    require(request.actor, "datasets.upload", dataset)
    errors, status = Faults(), 200
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise InvalidInput(gettext_noop("Choose a file."), field="file")
            before = version_of(dataset, dataset.version).columns if dataset.version else None
            received = upload_file(
                request.actor, dataset_id=dataset.id, file=cast(IO[bytes], file), name=file.name or "", columns=before
            )
        except TianquError as error:
            errors, status = faults(error), error.status
        else:
            return redirect("data_upload_page", upload_id=received.id)
    context = {**WORDS, "dataset": dataset, "errors": errors, "most": UPLOAD_BYTES_MAX // 1024**2}
    return render(request, "data/desk_upload.html", context, status=status, using="jinja2")


@require_http_methods(["GET", "HEAD", "POST"])
def upload_page(request: PageRequest, upload_id: UUID) -> HttpResponse:
    """One upload, whatever its state: describe it, watch it, read its report."""
    found = upload_with(request.actor, upload_id)
    if request.method == "POST":
        return _describe(request, found)
    edits = found.state in ("received", "failed") or (found.state == "ready" and "edit" in request.GET)
    return _page(request, found, Faults(), found.columns if edits else None)


def _describe(request: PageRequest, found: Upload) -> HttpResponse:
    columns, key = columns_given(request.POST, len(found.guess.get("headings", ())))
    try:
        describe_upload(
            request.actor, upload_id=found.id, schema=checked_schema(columns, key),
            access=request.POST.get("access", "")[:20], note=request.POST.get("note", "").replace("\0", ""),
        )  # fmt: skip
    except TianquError as error:
        return _page(request, found, faults(error), Schema(tuple(columns), tuple(key)), status=error.status)
    return redirect("data_upload_page", upload_id=found.id)


def columns_given(post: QueryDict, count: int) -> tuple[list[Column], list[str]]:
    """The columns of the form, as typed, and the names that are ticked as the key."""
    columns, key = [], []
    for place in range(1, count + 1):

        def typed(name: str, place: int = place) -> str:
            return post.get(f"{name}-{place}", "").replace("\0", "").strip()[:400]

        kind = typed("type") if typed("type") in TYPES else "text"
        decimals = typed("decimals")
        whole = int(decimals) if decimals.isascii() and decimals.isdigit() and len(decimals) < 4 else 0
        column = Column(
            name=typed("name"), type=kind, title=typed("title"), title_en=typed("title_en"),  # type: ignore[arg-type]
            unit=typed("unit"), decimals=whole if kind == "decimal" else 0, personal=bool(typed("personal")),
            closed=bool(typed("closed")),
        )  # fmt: skip
        columns.append(column)
        if typed("key"):
            key.append(column.name)
    return columns, key


def _page(
    request: PageRequest, found: Upload, errors: Faults, schema: Schema | None, *, status: int = 200
) -> HttpResponse:
    kept = bool(found.guess)
    context: dict[str, Any] = {
        **WORDS, "upload": found, "dataset": found.dataset, "errors": errors, "summary": list(errors.items()),
        "schema": schema if kept else None, "sample": found.guess.get("sample", [])[:8],
        "headings": found.guess.get("headings", []), "type_choices": TYPES.items(), "waits": found.state in WAITS,
        "access_choices": [("", _("As it is: %(access)s") % {"access": ACCESSES[found.dataset.access]}),
                           *((code, title) for code, title in ACCESSES.items() if code != found.dataset.access)],
        "refused": refused_said(found.report[:REFUSED_SHOWN]), "faults": _faults_said(found.fault),
        "overtaken": not found.settled and found.dataset.version != found.expected_version, **_progress(found),
    }  # fmt: skip
    return render(request, "data/desk_upload_page.html", context, status=status, using="jinja2")


def _progress(found: Upload) -> dict[str, Any]:
    return {"done": STAGES.get(found.stage, 0), "total": len(STAGES)}


def refused_said(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refused rows with their reasons in the language of the page."""
    return [{**row, "reason": reason_said(row.get("reason", ""))} for row in told]


def _faults_said(told: Sequence[dict[str, Any]]) -> list[str]:
    return [
        " ".join(_(fault[part]) % fault["parameters"] for part in ("message", "remedy") if fault[part])
        for fault in told
    ]  # fmt: skip


@require_safe
def progress(request: PageRequest, upload_id: UUID) -> HttpResponse:
    """How far the reading is, for the page that watches it; at the end it is told to load itself anew."""
    found = upload_with(request.actor, upload_id)
    context = {**WORDS, "upload": found, **_progress(found)}
    if found.state in WAITS:
        return render(request, "data/desk_progress.html", context, using="jinja2")
    return HttpResponse(status=HTMX_STOP, headers={"HX-Refresh": "true"})


@require_safe
def refused(request: PageRequest, upload_id: UUID) -> HttpResponse:
    """The refused rows as a file, by which they are put right."""
    found = upload_with(request.actor, upload_id)
    lines = [csv_line([_("Line number"), _("Column"), _("Value"), _("Why")])]
    lines += [
        csv_line([row["line"], row["column"], row.get("value", ""), row["reason"]])
        for row in refused_said(found.report)
    ]
    answer = HttpResponse("\ufeff" + "".join(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{found.id}.csv"'
    return answer


@require_POST
def settle(request: PageRequest, upload_id: UUID) -> HttpResponse:
    """Publish an upload, drop it, or let it follow what somebody else published meanwhile."""
    found = upload_with(request.actor, upload_id)
    deed = request.POST.get("deed", "")
    try:
        if deed == "publish":
            version = publish_upload(request.actor, upload_id=upload_id)
            messages.success(request, _("Version %(number)s is published.") % {"number": version.number})
            return redirect("dataset", code=found.dataset.code)
        if deed == "follow":
            accept_newer(request.actor, upload_id=upload_id)
            return redirect("data_upload_page", upload_id=upload_id)
        if deed == "drop":
            drop_upload(request.actor, upload_id=upload_id)
            messages.success(request, _("The file was dropped; nothing of it was published."))
            return redirect("data_desk_dataset", code=found.dataset.code)
        raise InvalidInput(gettext_noop("Choose what is to be done."), field="deed", value=deed[:20])
    except (Conflict, InvalidInput, InvalidInputs) as error:
        return _page(request, upload_with(request.actor, upload_id), faults(error), None, status=error.status)
