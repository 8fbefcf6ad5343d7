"""The pages of contracts: the list and its file, one contract with its findings, a form for each act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.spreadsheets import XLSX
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Redirect, Rendered, Table
from tianqu.kernel.places.api import can, places_at
from tianqu.packs.village import acts
from tianqu.packs.village.choosing import narrowed_to
from tianqu.packs.village.contract_form import FIELDS, end_fields, terms_given, values_of
from tianqu.packs.village.contract_sheets import csv_register, xlsx_register
from tianqu.packs.village.findings.pages import about
from tianqu.packs.village.forms import (
    Done,
    Field,
    Form,
    act_page,
    day_given,
    home_village,
    place_path_asked,
    said_mu,
    said_yuan,
    village_field,
    village_given,
)
from tianqu.packs.village.keeping.queries import contract_vouchers, money_moved
from tianqu.packs.village.keeping.words import kind_said as voucher_said
from tianqu.packs.village.land_pages import ROWS
from tianqu.packs.village.models import ContractStanding
from tianqu.packs.village.queries import (
    FOUND,
    ContractDetail,
    ContractFilters,
    ContractRow,
    contract_detail,
    contract_list,
)
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.scanning.queries import may_see_scans, scans_of
from tianqu.packs.village.scanning.words import keeper_said, kind_said
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names
from tianqu.packs.village.words import (
    BODIES,
    CLASSES,
    KINDS,
    SEVERITIES,
    SOURCES,
    STATES,
    day_said,
    english,
    rule_name,
    shown,
    state_tone,
)

COLUMNS: Final = (
    Column("number", _("Register number")), Column("lessee", _("Lessee")), Column("kind", _("Kind")),
    Column("class", _("Class")), Column("area", _("Area"), numeric=True, unit=_("mu")),
    Column("rent", _("Rent a year"), numeric=True, unit=_("yuan")), Column("until", _("Until")),
    Column("state", _("State")), Column("found", _("Findings")),
)  # fmt: skip
KIND_OPTIONS: Final = [(each.value, _(title)) for each, title in KINDS.items()]
STATE_OPTIONS: Final = [(each.value, _(title)) for each, title in STATES.items()]
FOUND_OPTIONS: Final = [
    ("severe", _("with severe findings")), ("flagged", _("with findings")), ("clean", _("without findings")),
]  # fmt: skip
assert {value for value, _title in FOUND_OPTIONS} == set(FOUND)
SCANNED: Final = {"yes": True, "no": False}
SCANNED_OPTIONS: Final = [("yes", _("with a scan")), ("no", _("without a scan"))]


def crumbs(detail: ContractDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages about contracts are."""
    first = (_("Contracts"), reverse("village:contracts"))
    return [first, (detail.row.number, address_of(detail.row.id))] if detail else [first]


def address_of(contract_id: UUID) -> str:
    """The page of one contract."""
    return reverse("village:contract", kwargs={"contract_id": contract_id})


def filters_of(query: QueryDict, actor: Actor) -> ContractFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    kind, state = query.get("kind", ""), query.get("state", "")
    for field, value, allowed in (
        ("kind", kind, [each.value for each in ContractKind]), ("state", state, ContractStanding.values)
    ):  # fmt: skip
        if value and value not in allowed:
            raise InvalidInput(
                gettext_noop("“%(value)s” is none of the list."), field=field, value=value[:40],
                remedy=gettext_noop("Choose one of the list."),
            )  # fmt: skip
    return ContractFilters(
        place_path=place_path_asked(query, actor), text=query.get("q", "")[:100],
        kind=ContractKind(kind) if kind else None, state=ContractStanding(state) if state else None,
        found=query.get("found", ""), scanned=SCANNED.get(query.get("scanned", "")),
    )  # fmt: skip


def contracts(request: PageRequest) -> PageResult:
    """The list, by number, with what the rules found."""
    page = contract_list(
        request.actor,
        filters=filters_of(request.GET, request.actor),
        after=request.GET.get("after") or None,
        limit=ROWS,
    )
    village = home_village(request)
    context = {
        "table": Table(caption=_("Contracts"), columns=COLUMNS, rows=page.rows, next_cursor=page.after or ""),
        "given": request.GET.dict(), "kinds": KIND_OPTIONS, "states": STATE_OPTIONS, "founds": FOUND_OPTIONS,
        "scanneds": SCANNED_OPTIONS,
        "village": shown(village) if village else "", "villages": {} if village else village_names(page.rows),
        "kind_of": _kind_said, "class_of": _class_said, "state_of": _state_said, "tone_of": state_tone,
        "mu": said_mu, "yuan": said_yuan,
        "export": f"{reverse('village:contracts_export')}?{urlencode(request.GET.dict())}",
        "sheets": [
            (form, f"{reverse('village:contracts_sheet', kwargs={'form': form})}?{urlencode(request.GET.dict())}")
            for form in ("xlsx", "csv")
        ],
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("village/contracts.html", context)


def _kind_said(value: str) -> str:
    return gettext(KINDS[ContractKind(value)])


def _class_said(value: str) -> str:
    return gettext(CLASSES[LandClass(value)])


def _state_said(value: str) -> str:
    return gettext(STATES[ContractStanding(value)])


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"contracts-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: ContractFilters) -> Iterator[bytes]:
    heads = [f"{column.title} ({column.unit})" if column.unit else str(column.title) for column in COLUMNS[:-1]]
    counts = [gettext(SEVERITIES[each]) for each in reversed(SEVERITIES)]
    return exported(
        [gettext("Village"), *heads, *counts],
        lambda after: contract_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE),
        _cells,
    )


def _cells(row: ContractRow, names: Mapping[str, str]) -> list[object]:
    return [
        names.get(row.place_path, ""), row.number, row.lessee, _kind_said(row.kind), _class_said(row.land_class),
        said_mu(row.area_mu_4).replace(",", ""), said_yuan(row.rent_year_fen).replace(",", ""),
        row.until.isoformat() if row.until else "", _state_said(row.state), str(row.severe), str(row.flags),
        str(row.notices),
    ]  # fmt: skip


def sheet(request: PageRequest, form: str) -> PageResult:
    """What the list shows as the spreadsheet by which contracts are brought in. Raises ``NotFound``."""
    filters, name = filters_of(request.GET, request.actor), f"contracts-{timezone.localdate()}.{form}"
    if form == "csv":
        rows = csv_register(request.actor, filters=filters, english=english())
        return Download(name, "text/csv; charset=utf-8", rows)
    if form == "xlsx":
        return Download(name, XLSX, [xlsx_register(request.actor, filters=filters, english=english())])
    raise NotFound(
        gettext_noop("There is no such template."), field="form", value=form[:20],
        remedy=gettext_noop("Choose CSV or XLSX."),
    )  # fmt: skip


def contract(request: PageRequest, contract_id: UUID) -> PageResult:
    """One contract: its terms, its parcels, what falls due, and what the rules find in it."""
    detail = contract_detail(request.actor, contract_id=contract_id)
    place = places_at({detail.row.place_path}).get(detail.row.place_path)
    context = {
        "detail": detail, "row": detail.row, "terms": detail.terms, "told": detail.terms.particulars,
        "village": shown(place) if place else "", "kind_of": _kind_said, "class_of": _class_said,
        "state_of": _state_said, "tone_of": state_tone, "mu": said_mu, "yuan": said_yuan,
        "say": gettext, "bodies": BODIES,
        "day_said": day_said, "rule_name": rule_name, "language_code": "en" if english() else "zh",
        "severities": {each.value: title for each, title in SEVERITIES.items()},
        "sources": {each.value: title for each, title in SOURCES.items()},
        "tones": {"severe": "late", "flag": "waiting", "notice": "open"},
        "may_end": detail.row.state not in (ContractStanding.ENDED, ContractStanding.STRUCK),
        "vouchers": contract_vouchers(request.actor, contract_id=contract_id, place_path=detail.row.place_path),
        "moved": money_moved, "kind_of_voucher": voucher_said, "today": timezone.localdate(),
        "may_see_book": can(request.actor, "ledgers.see"), "scan_words": {"kind": kind_said, "keeper": keeper_said},
        "scans": scans_of(request.actor, contract_id=contract_id) if may_see_scans(request.actor) else None,
    }  # fmt: skip
    return Rendered("village/contract.html", context | about(request.actor, contract_id))


def create(request: PageRequest) -> PageResult:
    """Enter a contract."""
    form = Form(
        title=_("New contract"), button=_("Enter and judge"), permission="village.register_contract", where=crumbs(),
        fields=(*village_field(request), *FIELDS),
        text=_("Enter what was signed, as it was signed. The rules are asked at once, and say what they find."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        place = village_given(request, given)
        acts.register_contract(
            request.actor, place_id=place.id, contract_id=sent_id, terms=terms_given(request.actor, place.id, given)
        )
        return Done(address_of(sent_id), _("The contract was entered and judged."))

    return act_page(request, form, perform, values={"written": "on", "matter": request.GET.get("matter", "")[:40]})


def correct(request: PageRequest, contract_id: UUID) -> PageResult:
    """Put right what was entered."""
    detail = contract_detail(request.actor, contract_id=contract_id)
    form = Form(
        title=_("Correct the contract"), button=_("Save and judge"), permission="village.correct_contract",
        where=crumbs(detail), fields=(Field("version", "", "hidden"), *FIELDS),
        text=_("For what was entered wrongly. What the parties change between themselves is another contract."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        version = given["version"]
        acts.correct_contract(
            request.actor, contract_id=contract_id, terms=terms_given(request.actor, detail.row.place_id, given),
            expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
        )  # fmt: skip
        return Done(address_of(contract_id), _("The contract was corrected and judged."))

    return act_page(request, form, perform, values=values_of(detail))


def end(request: PageRequest, contract_id: UUID) -> PageResult:
    """End a contract, or strike out what was entered in error."""
    detail = contract_detail(request.actor, contract_id=contract_id)
    form = Form(
        title=_("End the contract"), button=_("End the contract"), permission="village.end_contract",
        where=crumbs(detail), fields=end_fields(), dangerous=True,
        text=_("What ended stays ended, and stays readable."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.end_contract(
            request.actor, contract_id=contract_id, on=day_given(given, "on"), reason=given["reason"],
            in_error=given["in_error"] == "on",
        )  # fmt: skip
        return Done(address_of(contract_id), _("The contract was ended."))

    return act_page(request, form, perform, values={"on": timezone.localdate().isoformat()})


def judge(request: PageRequest, contract_id: UUID) -> PageResult:
    """Ask the rules anew."""
    acts.judge_contract(request.actor, contract_id=contract_id)
    return Redirect(address_of(contract_id), notice=gettext("The rules were asked again."))
