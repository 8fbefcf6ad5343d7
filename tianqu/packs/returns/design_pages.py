"""The pages on which an office designs a return, and asks units for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require, unit_typed
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import (
    COLUMNS_MAX,
    ColumnChoice,
    ColumnKind,
    Design,
    FormCheck,
    FormColumn,
    Periodicity,
)
from tianqu.packs.returns.filling_pages import day_of, number_given
from tianqu.packs.returns.queries import FormLine, form_detail, last_asked
from tianqu.packs.returns.words import COLUMN_KINDS, PERIODICITIES, named, titled

SPARE: Final = 3
UNITS_TEXT_MAX: Final = 20_000
KIND_OPTIONS: Final = [(kind.value, _(title)) for kind, title in COLUMN_KINDS.items()]
PERIOD_OPTIONS: Final = [(each.value, _(title)) for each, title in PERIODICITIES.items()]
_LINES: Final = re.compile(r"[\n;；]+")


def design(request: PageRequest, form_id: UUID | None = None) -> PageResult:
    """Design a return, or its next version. What is refused is shown with what was typed."""
    require(request.actor, "returns.design_form")
    known = form_detail(request.actor, form_id=form_id) if form_id is not None else None
    if request.method != "POST":
        given = _given(known.design) | {"code": known.code, "number": str(known.number)} if known else {
            "periodicity": Periodicity.YEAR.value, "sent_id": str(new_identifier()),
        }  # fmt: skip
        return _design_shown(known, given, Faults())
    given = {name: str(value).strip()[:UNITS_TEXT_MAX] for name, value in request.POST.items()}
    if given.get("action") == "more":
        return _design_shown(known, given, Faults(), spare=SPARE * 3)
    try:
        told = _designed(given)
        acts.design_form(
            request.actor, form_id=form_id or _identifier(given), code=given.get("code", ""),
            expected_number=number_given(given),
            **{name: getattr(told, name) for name in told.__dataclass_fields__},
        )  # fmt: skip
    except TianquError as error:
        return _design_shown(known, given, faults(error), status=error.status)
    return Redirect(reverse("returns:forms"), notice=gettext("The return is designed so from its next campaign on."))


def _identifier(given: Mapping[str, str]) -> UUID:
    try:
        return UUID(given.get("sent_id", ""))
    except ValueError:
        return new_identifier()


def _given(told: Design) -> dict[str, str]:
    """A design as the fields of the form have it."""
    given = {
        "title_zh": told.title_zh, "title_en": told.title_en, "periodicity": told.periodicity.value,
        "keyed": "on" if told.keyed else "", "key_title_zh": told.key_title_zh, "key_title_en": told.key_title_en,
    }  # fmt: skip
    for place, column in enumerate(told.columns):
        given |= {f"columns_{place}_{name}": str(getattr(column, name)) for name in (
            "name", "title_zh", "title_en", "decimals", "unit_zh", "unit_en",
        )}  # fmt: skip
        given[f"columns_{place}_kind"] = column.kind.value
        given[f"columns_{place}_choices"] = "\n".join(f"{one.code} {one.title_zh} {one.title_en}"
                                                      for one in column.choices)  # fmt: skip
        given |= {f"columns_{place}_{name}": "on" if getattr(column, name) else "" for name in ("required", "personal")}
    for place, check in enumerate(told.checks):
        given |= {f"checks_{place}_{name}": getattr(check, name) for name in ("code", "rule", "title_zh", "title_en")}
        given[f"checks_{place}_soft"] = "on" if check.soft else ""
    return given


def _designed(given: Mapping[str, str]) -> Design:
    """The design that was typed; rows without a name are left out. Raises ``InvalidInput``."""
    periodicity = given.get("periodicity", "")
    if periodicity not in [each.value for each in Periodicity]:
        raise InvalidInput(gettext_noop("“%(value)s” is none of the list."), field="periodicity",
                           value=periodicity[:40], remedy=gettext_noop("Choose one of the list."))  # fmt: skip
    columns = tuple(_column(given, f"columns_{place}") for place in _places(given, "columns", of="name"))
    checks = tuple(
        FormCheck(
            given.get(f"checks_{place}_code", ""), given.get(f"checks_{place}_rule", ""),
            given.get(f"checks_{place}_title_zh", ""), given.get(f"checks_{place}_title_en", ""),
            given.get(f"checks_{place}_soft") == "on",
        )
        for place in _places(given, "checks", of="code")
    )  # fmt: skip
    return Design(
        given.get("title_zh", ""), given.get("title_en", ""), Periodicity(periodicity), columns, checks,
        given.get("keyed") == "on", given.get("key_title_zh", ""), given.get("key_title_en", ""),
    )  # fmt: skip


def _places(given: Mapping[str, str], kind: str, /, *, of: str) -> list[int]:
    return [place for place in range(COLUMNS_MAX + 1) if given.get(f"{kind}_{place}_{of}")]


def _column(given: Mapping[str, str], at: str) -> FormColumn:
    kind, decimals = given.get(f"{at}_kind", ""), given.get(f"{at}_decimals", "") or "0"
    if kind not in [each.value for each in ColumnKind]:
        raise InvalidInput(gettext_noop("“%(value)s” is none of the list."), field=f"{at}_kind", value=kind[:40],
                           remedy=gettext_noop("Choose one of the list."))  # fmt: skip
    if not (decimals.isascii() and decimals.isdigit() and len(decimals) == 1):
        raise InvalidInput(gettext_noop("A number has at most %(most)s decimals."), field=f"{at}_decimals", most=6)
    choices = []
    for line in _LINES.split(given.get(f"{at}_choices", "")):
        code, _space, titles = line.strip().partition(" ")
        title_zh, _space, title_en = titles.strip().partition(" ")
        if code:
            choices.append(ColumnChoice(code, title_zh, title_en.strip() or title_zh))
    return FormColumn(
        given.get(f"{at}_name", ""), given.get(f"{at}_title_zh", ""), given.get(f"{at}_title_en", ""),
        ColumnKind(kind), int(decimals), given.get(f"{at}_unit_zh", ""), given.get(f"{at}_unit_en", ""),
        given.get(f"{at}_required") == "on", given.get(f"{at}_personal") == "on", tuple(choices),
    )  # fmt: skip


def _design_shown(
    known: FormLine | None, given: Mapping[str, str], errors: Faults, *, spare: int = SPARE, status: int = 200
) -> PageResult:
    last = {kind: max(_places(given, kind, of=of), default=-1) + 1 for kind, of in (("columns", "name"),
                                                                                      ("checks", "code"))}  # fmt: skip
    fixed = known.design.periodicity.value if known is not None and known.campaigns else ""
    context = {
        "given": given, "errors": errors, "kinds": KIND_OPTIONS, "known": known, "fixed": fixed,
        "periods": [option for option in PERIOD_OPTIONS if fixed in ("", option[0])],
        "columns": range(min(last["columns"] + spare, COLUMNS_MAX)),
        "checks": range(min(last["checks"] + spare, COLUMNS_MAX)), "summary": list(errors.items()),
        "where": [(_("Returns"), reverse("returns:forms"))],
    }  # fmt: skip
    return Rendered("returns/design.html", context, status=status)


def ask(request: PageRequest, form_id: UUID) -> PageResult:
    """Ask units for a return of a period; those that were asked last time stand there already."""
    require(request.actor, "returns.open_campaign")
    line = form_detail(request.actor, form_id=form_id)
    if request.method != "POST":
        units = "\n".join(named(unit) for unit in last_asked(request.actor, form_id=form_id))
        return _ask_shown(line, {"units": units, "sent_id": str(new_identifier())}, Faults())
    given = {name: str(value).strip()[:UNITS_TEXT_MAX] for name, value in request.POST.items()}
    campaign_id = _identifier(given)
    try:
        acts.open_campaign(
            request.actor, campaign_id=campaign_id, form_id=form_id, period=given.get("period", ""),
            due_on=day_of(given.get("due_on", "")), unit_ids=_units(given.get("units", "")),
            note=given.get("note", ""),
        )  # fmt: skip
    except TianquError as error:
        shown = faults(error)
        if "unit_ids" in shown:
            shown["units"] = shown.pop("unit_ids")
        return _ask_shown(line, given, shown, status=error.status)
    return Redirect(reverse("returns:campaign", kwargs={"campaign_id": campaign_id}), notice=gettext("Asked for."))


def _units(text: str) -> list[UUID]:
    """The units that were named, one a line. Raises ``InvalidInput`` for the first name that fits none or several."""
    names = [line.strip() for line in _LINES.split(text) if line.strip()][: acts.UNITS_MAX + 1]
    return [unit_typed(name, field="units").id for name in names]


def _ask_shown(line: Any, given: Mapping[str, str], errors: Faults, *, status: int = 200) -> PageResult:
    context = {
        "line": line, "given": given, "errors": errors, "titled": titled, "today": timezone.localdate().isoformat(),
        "summary": list(errors.items()), "where": [(_("Returns"), reverse("returns:forms"))],
    }  # fmt: skip
    return Rendered("returns/ask.html", context, status=status)
