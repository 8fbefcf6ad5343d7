"""The pages on which a unit fills a return in: by form, with the period before beside it, or by spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.base.spreadsheets import XLSX
from tianqu.kernel.files.api import SHEET_BYTES_MAX
from tianqu.kernel.pack.api import Download, Faults, PageRequest, PageResult, Redirect, Rendered, faults, refusal_said
from tianqu.kernel.places.api import require
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import Design
from tianqu.packs.returns.filling import Explanation, FilingRow, TypedRow, cell_field
from tianqu.packs.returns.queries import FilingDetail, filing_detail
from tianqu.packs.returns.sheets import SheetFilled, csv_template, read_filing, xlsx_template
from tianqu.packs.returns.words import key_titled, titled, unit_said, value_said

FILES: Final = "returns.submit_filing"
PAGE_ROWS_MAX: Final = 60  # what a form has room for; more are sent as a spreadsheet, and filed from the draft
SPARE_ROWS: Final = 5
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
_ROW: Final = re.compile(r"r([0-9]{1,3})_([a-z][a-z0-9_]{0,39})")
_EXPLAIN: Final = re.compile(r"explain_([a-z][a-z0-9_]{0,39})_(all|[0-9]{1,4})")


@dataclass(slots=True)
class Typed:
    """What somebody has typed so far: rows without the blank ones, explanations, and a reason."""

    rows: list[FilingRow] = field(default_factory=list)
    explanations: list[Explanation] = field(default_factory=list)
    reason: str = ""


def day_or_none(text: str) -> date | None:
    """The day that was typed as ``due_on``, None if it was left empty. Raises ``InvalidInput`` for what is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("“%(value)s” is not a day."), field="due_on", value=text[:20],
            remedy=gettext_noop("Write it as 2026-03-09."),
        ) from error  # fmt: skip


def day_of(text: str) -> date:
    """The day that was typed as ``due_on``. Raises ``InvalidInput`` if it is none, or was left empty."""
    day = day_or_none(text)
    if day is None:
        raise InvalidInput(gettext_noop("This is needed."), field="due_on", remedy=gettext_noop("Choose a day."))
    return day


def number_given(given: Mapping[str, str]) -> int | None:
    """The number of a revision or of a form's version that a page sent back with it; None for what is none."""
    number = given.get("number", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None


def address_of(filing_id: UUID) -> str:
    """The page of one return."""
    return reverse("returns:filing", kwargs={"filing_id": filing_id})


def fill(request: PageRequest, filing_id: UUID) -> PageResult:
    """Show the form; keep a draft of it, or file it. What is refused is shown with what was typed."""
    require(request.actor, FILES)
    detail = filing_detail(request.actor, filing_id=filing_id)
    if FILES not in detail.acts:
        return Redirect(address_of(filing_id), notice=gettext("This return is with the office now."))
    if request.method != "POST":
        return _shown(detail, _begun(detail), Faults(), new_identifier())
    typed = _drafted(detail) if request.POST.get("from_draft") else _typed(detail.design, request.POST.dict())
    typed.reason = str(request.POST.get("reason", ""))[: acts.TEXT_MAX]
    if request.POST.get("from_draft"):
        typed.explanations = _explained(request.POST.dict(), [row.key for row in typed.rows])
    sent_id, action = _sent_id(request), request.POST.get("action", "submit")
    if action == "more":
        return _shown(detail, typed, Faults(), sent_id)
    try:
        if action == "draft":
            acts.save_draft(
                request.actor, filing_id=filing_id, rows=typed.rows, explanations=typed.explanations,
                reason=typed.reason,
            )  # fmt: skip
            return Redirect(reverse("returns:fill", kwargs={"filing_id": filing_id}), notice=gettext("Draft kept."))
        acts.submit_filing(
            request.actor, filing_id=filing_id, revision_id=sent_id, rows=typed.rows,
            explanations=typed.explanations, reason=typed.reason,
        )  # fmt: skip
    except TianquError as error:
        return _shown(detail, typed, faults(error), sent_id, status=error.status)
    return Redirect(address_of(filing_id), notice=gettext("The return was filed; the office looks at it."))


def _sent_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.POST.get("sent_id", ""))
    except ValueError:
        return new_identifier()


def _begun(detail: FilingDetail) -> Typed:
    """What a form begins with: the draft, else what was filed last, else the keys of the period before."""
    if detail.draft:
        return _drafted(detail)
    own = [one for one in detail.revisions if one.method == ""]
    if own:
        return Typed([_as_typed(row) for row in own[0].rows], [Explanation(**one) for one in own[0].explanations])
    return Typed([FilingRow(row.key, {}) for row in detail.last] if detail.design.keyed else [])


def _drafted(detail: FilingDetail) -> Typed:
    draft = detail.draft
    if not draft:
        return Typed()
    rows = [_as_typed(TypedRow(row["key"], row["values"])) for row in draft["rows"]]
    return Typed(rows, [Explanation(**one) for one in draft["explanations"]], draft["reason"])


def _as_typed(row: TypedRow) -> FilingRow:
    return FilingRow(row.key, {name: "" if value is None else str(value) for name, value in row.values.items()})


def _typed(design: Design, given: Mapping[str, object]) -> Typed:
    """What was typed into the form: rows by their number, the blank ones of a list left out."""
    cells: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if (match := _ROW.fullmatch(name)) is not None:
            cells.setdefault(int(match[1]), {})[match[2]] = str(value)[:1_000]
    names = [column.name for column in design.columns]
    rows, keys = [], []
    for place in sorted(cells):
        key = cells[place].get("key", "").strip() if design.keyed else ""
        values = {name: cells[place].get(name, "") for name in names}
        if key or not design.keyed or any(value.strip() for value in values.values()):
            rows.append(FilingRow(key, values))
            keys.append(key)
    return Typed(rows, _explained(given, keys))


def _explained(given: Mapping[str, object], keys: Sequence[str]) -> list[Explanation]:
    found = []
    for name, value in given.items():
        match = _EXPLAIN.fullmatch(name)
        if match is not None and str(value).strip():
            place = None if match[2] == "all" else int(match[2])
            key = keys[place] if place is not None and place < len(keys) else ""
            found.append(Explanation(match[1], key, str(value)[: acts.TEXT_MAX]))
    return found


def _shown(detail: FilingDetail, typed: Typed, errors: Faults, sent_id: UUID, *, status: int = 200) -> PageResult:
    design, rows = detail.design, list(typed.rows)
    large = len(rows) > PAGE_ROWS_MAX
    if design.keyed and not large:
        rows += [FilingRow("", {})] * min(SPARE_ROWS, PAGE_ROWS_MAX - len(rows))
    rows = rows or [FilingRow("", {})]
    last = {row.key: row for row in detail.last}
    accepted = detail.line.kind not in ("", "estimated")
    labels = {cell_field(place, column.name): _label(design, column.name, rows[place].key)
              for place in range(len(rows)) for column in design.columns}  # fmt: skip
    labels |= {cell_field(place, "key"): key_titled(design) for place in range(len(rows))}
    context = {
        "detail": detail, "line": detail.line, "design": design, "rows": rows, "last": last, "errors": errors,
        "sent_id": sent_id, "reason": typed.reason, "reason_wanted": accepted, "large": large, "labels": labels,
        "full": len(rows) >= PAGE_ROWS_MAX,
        "checks": _asked(design, typed, errors), "summary": list(errors.items()), "titled": titled,
        "unit_said": unit_said, "value_said": value_said, "key_titled": key_titled(design), "cell": cell_field,
        "options": lambda column: [(choice.code, titled(choice)) for choice in column.choices],
        "where": [(_("Returns to file"), reverse("returns:filings")), (_title(detail), address_of(detail.line.id))],
        "title": _title(detail),
    }  # fmt: skip
    return Rendered("returns/fill.html", context, status=status)


def _title(detail: FilingDetail) -> str:
    return f"{titled(detail.design)} {detail.line.period}"


def _label(design: Design, name: str, key: str, /) -> str:
    title = next(titled(column) for column in design.columns if column.name == name)
    return f"{key} · {title}" if key else title


def _asked(design: Design, typed: Typed, errors: Faults) -> list[tuple[str, str, str, bool, str]]:
    """Checks with something to be said: field, title, what was computed, whether it is soft, what is said."""
    places = {row.key: str(place) for place, row in enumerate(typed.rows)}
    rules = {check.code: (check, rule) for check, rule in design.rules()}
    said: dict[str, str] = {}
    for one in typed.explanations:
        if one.check in rules:
            place = places.get(one.key, "0") if rules[one.check][1].of_rows else "all"
            said[f"explain_{one.check}_{place}"] = one.text
    found = []
    for name in dict.fromkeys([*(name for name in errors if name.startswith("explain_")), *said]):
        match = _EXPLAIN.fullmatch(name)
        if match is not None and match[1] in rules:
            check = rules[match[1]][0]
            found.append((name, titled(check), errors[name], check.soft, said.get(name, "")))
    return found


def template(request: PageRequest, *, filing_id: UUID, form: str) -> PageResult:
    """The table to fill in, as .xlsx or CSV, in the language of the page. Raises ``NotFound``."""
    detail = filing_detail(request.actor, filing_id=filing_id)
    if form not in MEDIA_TYPES:
        raise NotFound(gettext_noop("There is no such template."), field="form", value=form[:20])
    name = f"{detail.line.period}-{filing_id.hex[-6:]}.{form}"
    if form == "csv":
        content = csv_template(detail.design, detail.last)
    else:
        content = xlsx_template(detail.design, detail.last, words=(gettext("Return"), gettext("Period before")))
    return Download(name, MEDIA_TYPES[form], [content])


def upload(request: PageRequest, filing_id: UUID) -> PageResult:
    """Take a filled template into the draft, and say what became of each line; a line sent again is the same line."""
    require(request.actor, FILES)
    detail = filing_detail(request.actor, filing_id=filing_id)
    errors, found, status = Faults(), None, 200
    if request.method == "POST":
        try:
            found = _taken(request, detail)
        except TianquError as error:
            errors, status = faults(error), error.status
    refusals = [(one.line, one.column, refusal_said(one.error)) for one in found.refusals] if found else []
    context = {
        "detail": detail, "line": detail.line, "title": _title(detail), "errors": errors, "found": found,
        "refusals": refusals, "remarks": [gettext(text) % told for text, told in found.remarks] if found else [],
        "megabytes": SHEET_BYTES_MAX // 2**20,
        "where": [(_("Returns to file"), reverse("returns:filings")), (_title(detail), address_of(filing_id))],
    }  # fmt: skip
    return Rendered("returns/upload.html", context, status=status)


def _taken(request: PageRequest, detail: FilingDetail) -> SheetFilled:
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(
            gettext_noop("There is no file."), field="file", remedy=gettext_noop("Choose the filled template.")
        )
    found = read_filing(detail.design, file.read(SHEET_BYTES_MAX + 1))
    if found.rows:
        before = _drafted(detail)
        rows: dict[str, Any] = {row.key: row for row in before.rows if detail.design.keyed}
        rows |= {row.key: row for row in found.rows}
        acts.save_draft(
            request.actor, filing_id=detail.line.id, rows=list(rows.values()), explanations=before.explanations,
            reason=before.reason,
        )  # fmt: skip
    return found
