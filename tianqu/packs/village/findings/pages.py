"""The pages that show findings: the list and its file, one finding, its files, and what was put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.base.quantities import quantity_said, unit_of
from tianqu.kernel.files.api import StoredFile, open_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import TimelineEvent, act_name, clocks_left, shown_code
from tianqu.kernel.pack.api import Column, Download, PageRequest, PageResult, Rendered, Table
from tianqu.kernel.places.api import can, known_roles, places_at
from tianqu.packs.village.choosing import narrowed_to, place_narrowing
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.queries import (
    FindingDetail,
    FindingFilters,
    FindingRow,
    effect_sums,
    finding_counts,
    finding_detail,
    finding_list,
)
from tianqu.packs.village.findings.told.queries import put_right
from tianqu.packs.village.findings.words import (
    EFFECTS,
    OUTCOMES,
    STATES,
    SUBJECTS,
    TONES,
    clock_said,
    days_left_said,
    headline,
    rule_said,
    state_said,
    subject_said,
)
from tianqu.packs.village.forms import day_or_none, home_village, place_path_asked, said_mu, said_yuan
from tianqu.packs.village.queries import SEE_PARTIES
from tianqu.packs.village.rules.laws import Severity
from tianqu.packs.village.tabular import EXPORT_PAGE, exported, village_names
from tianqu.packs.village.words import RULE_OF, SEVERITIES, english, shown

ROWS: Final = 50
PAGING: Final = frozenset({"sort", "after"})
COLUMNS: Final = (
    Column("subject", _("What it is about")), Column("rule", _("What was found")), Column("severity", _("How grave")),
    Column("state", _("State")), Column("due", _("To be put right by"), sortable=True),
    Column("new", _("Opened on"), sortable=True),
)  # fmt: skip
STATE_OPTIONS: Final = [("open", _("not decided yet")), *((state.value, _(title)) for state, title in STATES.items())]
SEVERITY_OPTIONS: Final = [(each.value, _(title)) for each, title in SEVERITIES.items()]
SUBJECT_OPTIONS: Final = [(each.value, _(title)) for each, title in SUBJECTS.items()]
SEVERITY_TONES: Final = {Severity.NOTICE: "quiet", Severity.FLAG: "waiting", Severity.SEVERE: "late"}
# In which order a page offers what may be done, and which of it is the main action.
VERBS: Final = ("answer", "accept", "close", "send_back", "confirm", "reopen", "extend", "dismiss", "comment")
BUTTONS: Final = {
    "answer": _("Answer with evidence"), "accept": _("Confirm receipt"), "close": _("Close as put right"),
    "send_back": _("Send back"), "confirm": _("Second look: put right"), "reopen": _("Open again"),
    "extend": _("Give more time"), "dismiss": _("Dismiss as unfounded"), "comment": _("Say something"),
}  # fmt: skip
SUBJECT_PAGES: Final = {
    SubjectKind.CONTRACT: ("village:contract", "contract_id"), SubjectKind.PARCEL: ("village:parcel", "parcel_id"),
    SubjectKind.HOLDING: ("village:holding", "holding_id"),
}  # fmt: skip


def crumbs(detail: FindingDetail | None = None) -> list[tuple[Any, str]]:
    """Where the pages about findings are."""
    first = (_("Findings"), reverse("village:findings"))
    return [first, (shown_code(detail.row.code), address_of(detail.row.id))] if detail else [first]


def address_of(finding_id: UUID) -> str:
    """The page of one finding."""
    return reverse("village:finding", kwargs={"finding_id": finding_id})


def waiting_count(request: PageRequest) -> int:
    """How many findings wait for this post: for an inspector those that are answered, for a village its own."""
    counts = finding_counts(request.actor)
    if can(request.actor, "village.close_finding"):
        return counts.get("done", 0)
    return counts.get("dispatched", 0) + counts.get("accepted", 0)


def filters_of(query: QueryDict, actor: Actor) -> FindingFilters:
    """Read the filters of an address. Raises ``InvalidInput``."""
    given = query.dict()
    severity, subject = str(given.get("severity", "")), str(given.get("subject", ""))
    for field, value, allowed in (
        ("severity", severity, [each.value for each in Severity]), ("subject", subject, SubjectKind.values),
    ):  # fmt: skip
        if value and value not in allowed:
            raise InvalidInput(
                gettext_noop("“%(value)s” is none of the list."), field=field, value=value[:40],
                remedy=gettext_noop("Choose one of the list."),
            )  # fmt: skip
    return FindingFilters(
        place_path=place_path_asked(query, actor), state=str(given.get("state", "")),
        severity=Severity(severity) if severity else None, subject=SubjectKind(subject) if subject else None,
        rule=str(given.get("rule", ""))[:40], text=str(given.get("q", ""))[:100], late=given.get("late") == "on",
        closed_from=day_or_none(_texts(given), "closed_from"), closed_until=day_or_none(_texts(given), "closed_until"),
    )  # fmt: skip


def _texts(given: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in given.items()}


def findings(request: PageRequest) -> PageResult:
    """The list: by the day they are due, or the newest first. Who asks for nothing is shown what is open, if any is."""
    asked, counts = request.GET.copy(), finding_counts(request.actor)
    if asked.keys() <= PAGING:
        asked["state"] = "open" if _open_count(counts) else ""
        current = f"{reverse('village:findings')}?state={asked['state']}"
    else:
        current = request.get_full_path()
    given = _texts(asked.dict())
    filters, sort = filters_of(asked, request.actor), given.get("sort", "due").removeprefix("-")
    page = finding_list(request.actor, filters=filters, sort=sort, after=given.get("after") or None, limit=ROWS)
    village = home_village(request)
    context = {
        "table": Table(
            caption=_("Findings"), columns=COLUMNS, rows=page.rows, sort=sort if sort == "due" else "-new",
            next_cursor=page.after or "",
        ),
        "given": given, "states": STATE_OPTIONS, "severities": SEVERITY_OPTIONS, "subjects": SUBJECT_OPTIONS,
        "rules": [("auditor", _("Found by an auditor")), *((code, rule_said(code)) for code in RULE_OF)],
        "village": shown(village) if village else "", "villages": {} if village else village_names(page.rows),
        "tabs": _tabs(counts), "current": current, "sums": [(kind, count, amount_said(kind, total))
                                        for kind, count, total in effect_sums(request.actor, filters=filters)],
        "export": f"{reverse('village:findings_export')}?{urlencode(given)}", **WORDS,
    } | ({} if village else narrowed_to(request))  # fmt: skip
    return Rendered("findings/findings.html", context)


def about(actor: Actor, thing_id: UUID) -> dict[str, Any]:
    """What the page of a contract, a parcel or a holding says of the findings about it, the newest first."""
    rows = finding_list(actor, filters=FindingFilters(thing_id=thing_id), sort="new", limit=ROWS).rows
    return {"findings_about": rows, "finding_words": WORDS}


def _open_count(counts: Mapping[str, int]) -> int:
    return sum(counts.get(state, 0) for state in ("dispatched", "accepted", "done"))


def _tabs(counts: Mapping[str, int]) -> list[tuple[Any, str, int | None]]:
    address = reverse("village:findings")
    return [
        (_("Not decided yet"), f"{address}?state=open", _open_count(counts)),
        (_("To be inspected"), f"{address}?state=done", counts.get("done", 0)),
        (_("Overdue"), f"{address}?late=on", counts["late"]), (_("All"), f"{address}?state=", None),
        (_("What was put right"), reverse("village:put_right"), None),
        (_("Drawings"), reverse("village:drawings"), None),
    ]  # fmt: skip


def _severity_said(value: str) -> str:
    return gettext(SEVERITIES[Severity(value)])


def _effect_said(kind: str) -> str:
    return gettext(EFFECTS[EffectKind(kind)])


def amount_said(kind: str, amount: int) -> str:
    """An amount of land or money with its unit, in the language of the page."""
    unit = "mu_4" if kind == EffectKind.LAND_RECOVERED else "fen"
    return quantity_said(amount, unit_of(unit), english=english())


WORDS: Final[dict[str, Any]] = {
    "subject_said": subject_said, "rule_said": rule_said, "state_said": state_said, "state_tones": TONES,
    "severity_said": _severity_said, "severity_tones": SEVERITY_TONES, "effect_said": _effect_said,
    "days_left_said": days_left_said, "amount_said": amount_said,
}  # fmt: skip


def export(request: PageRequest) -> PageResult:
    """Just what the list shows, as CSV with a byte order mark."""
    filters = filters_of(request.GET, request.actor)
    return Download(f"findings-{timezone.localdate()}.csv", "text/csv; charset=utf-8", _lines(request, filters))


def _lines(request: PageRequest, filters: FindingFilters) -> Iterator[bytes]:
    heads = [gettext("Village"), gettext("Code"), *(str(column.title) for column in COLUMNS), gettext("Closed on")]
    return exported(
        heads, lambda after: finding_list(request.actor, filters=filters, after=after, limit=EXPORT_PAGE), _cells
    )


def _cells(row: FindingRow, names: Mapping[str, str]) -> list[object]:
    return [
        names.get(row.place_path, ""), row.code, subject_said(row.subject, number=row.number), rule_said(row.rule),
        _severity_said(row.severity), state_said(row.state), row.rectify_by.isoformat(), row.opened_on.isoformat(),
        row.closed_on.isoformat() if row.closed_on else "",
    ]  # fmt: skip


def finding(request: PageRequest, finding_id: UUID) -> PageResult:
    """One finding: what was found, what was done, what waits in the book, and what its reader may do now."""
    detail = finding_detail(request.actor, finding_id=finding_id)
    row, place = detail.row, places_at({detail.row.place_path}).get(detail.row.place_path)
    page, parameter = SUBJECT_PAGES.get(SubjectKind(row.subject), ("", ""))
    may = [verb for verb in VERBS if f"village.{verb}_finding" in detail.acts]
    if not detail.drawings and "confirm" in may:
        may.remove("confirm")
    context = {
        "detail": detail, "row": row, "code": shown_code(row.code), "village": shown(place) if place else "",
        "subject_address": reverse(page, kwargs={parameter: row.subject_id}) if page else "",
        "clocks": clocks_left(detail.order, now=detail.now), "clock_said": clock_said, "name_of_act": act_name,
        "outcome_said": lambda outcome: gettext(OUTCOMES[outcome]), "chinese": not english(), "by_said": _by_said,
        "headline": headline(row.subject, number=row.number, rule=row.rule),
        "acts": [(verb, BUTTONS[verb]) for verb in may], "subjects": SUBJECTS,
        "may_read": can(request.actor, SEE_PARTIES), "say": gettext, **WORDS,
    }  # fmt: skip
    return Rendered("findings/finding.html", context)


def _by_said(step: TimelineEvent) -> str:
    """The title of a post; in English its role, for titles are Chinese, and so where there is no title."""
    role = known_roles().get(step.role if english() and step.role else step.by)
    return gettext(role.name) if role is not None else step.by


def file(request: PageRequest, *, finding_id: UUID, file_id: UUID) -> PageResult:
    """A file that was given with an answer or a comment, for whoever reads the words of the finding."""
    detail = finding_detail(request.actor, finding_id=finding_id)

    def may_see(reader: Actor, stored: StoredFile) -> None:
        if stored.holder != f"order:{finding_id}" or file_id not in {one.id for one in detail.files}:
            raise NotFound(
                gettext_noop("There is no such file."), field="file", value=str(file_id),
                remedy=gettext_noop("Choose one of the files that the page shows."),
            )  # fmt: skip

    small = request.GET.get("size") == "small"
    opened = open_file(
        request.actor, file_id=file_id, may_see=may_see, variant="thumbnail" if small else "served"
    )  # fmt: skip
    picture = opened.media_type.startswith("image/")
    return Download(opened.name, opened.media_type, opened.chunks, inline=picture)


def sums(request: PageRequest) -> PageResult:
    """What closed findings put right between two days, in the places of this post, and the way down to the findings."""
    given = _texts(request.GET.dict())
    today = timezone.localdate()
    first = day_or_none(given, "first_day") or date(today.year, 1, 1)
    last = day_or_none(given, "last_day") or today
    path = _path_asked(request, given.get("place", ""))
    context = narrowed_to(request) | {
        "given": {"first_day": first.isoformat(), "last_day": last.isoformat(), "place": given.get("place", "")},
        "found": put_right(path, first_day=first, last_day=last), "mu": said_mu, "yuan": said_yuan,
        "place": shown(place) if (place := places_at({path}).get(path)) else "", "first": first, "last": last,
        "rows": f"{reverse('village:findings')}?" + urlencode({
            "state": "closed", "closed_from": first.isoformat(), "closed_until": last.isoformat(),
            **({"place": given["place"]} if given.get("place") else {}),
        }),
    }  # fmt: skip
    return Rendered("findings/put_right.html", context)


def _path_asked(request: PageRequest, text: str) -> str:
    if (place := place_narrowing(request.actor, text)) is not None:
        return str(place.path)
    paths = request.actor.scope.place_paths
    if not paths:
        raise NotFound(
            gettext_noop("There is no such place."), field="place", value=text[:40],
            remedy=gettext_noop("Choose a place within the reach of your post."),
        )  # fmt: skip
    return paths[0]
