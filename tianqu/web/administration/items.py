"""Items: find one, see which version holds when, compare two versions, take one out as a file, close one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.orders.api import (
    KnownItem,
    item_definition,
    item_difference,
    item_families,
    item_list,
    item_text,
    item_versions,
    publish_item,
)
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.web.administration.finding import WORDS_MAX
from tianqu.web.administration.forms import ActForm, Done, Field, act_page, administrators_page, day_given, page
from tianqu.web.desk.words import FAMILIES
from tianqu.web.layout.differences import CLOCKS, language, sections

PUBLISH = "items.publish"
STATES = (("in_force", _("in force")), ("coming", _("coming")), ("closed", _("no longer in force")))
TONES = {"in_force": "done", "coming": "open", "closed": "quiet"}
ROWS_A_PAGE = 25


def address_of(code: str) -> str:
    """The page of one item."""
    return reverse("administration_item", kwargs={"code": code})


def crumbs(code: str = "", *, name: str = "") -> list[tuple[str, str]]:
    """Where the pages about items are."""
    first = (gettext("Items"), reverse("administration_items"))
    return [first, (name, address_of(code))] if code else [first]


def title_of(item: KnownItem) -> str:
    """The name of an item in the language of the page."""
    return item.title if language().startswith("zh") or not item.title_en else item.title_en


def state_of(item: KnownItem, day: date) -> str:
    """in_force, coming or closed: how a version stands on a day."""
    if item.holds_on(day):
        return "in_force"
    return "coming" if item.valid_from > day else "closed"


@administrators_page
def items(request: PageRequest) -> HttpResponse:
    """Every item that was ever published: those in force, coming and closed."""
    words, family, state = (request.GET.get(name, "")[:WORDS_MAX] for name in ("q", "family", "state"))
    found = item_list(
        timezone.localdate(), words=words, family=family, state=state, after=request.GET.get("after", ""),
        limit=ROWS_A_PAGE,
    )  # fmt: skip
    table = Table(
        caption=gettext("Items"),
        columns=(
            Column("name", gettext("Item")),
            Column("code", gettext("Code")),
            Column("family", gettext("Family")),
            Column("state", gettext("State")),
            Column("since", gettext("In force since")),
            Column("next", gettext("Next version from")),
            Column("versions", gettext("Versions"), numeric=True),
        ),
        rows=list(found.lines),
        next_cursor=found.after,
    )
    return page(
        request, "items", table=table, words=words, family=family, state=state, states=STATES, tones=TONES,
        families=[(code, FAMILIES.get(code, code)) for code in item_families()], title_of=title_of,
        family_names=FAMILIES,
    )  # fmt: skip


@administrators_page
def item(request: PageRequest, code: str) -> HttpResponse:
    """One item: all its versions, and which of them holds when."""
    versions = item_versions(code)
    today = timezone.localdate()
    table = Table(
        caption=gettext("Versions"),
        columns=(
            Column("version", gettext("Version")),
            Column("state", gettext("State")),
            Column("from", gettext("From")),
            Column("until", gettext("Until")),
            Column("changed", gettext("What changed")),
            Column("do", gettext("What can be done")),
        ),
        rows=[
            (version, state_of(version, today), versions[place + 1] if place + 1 < len(versions) else None)
            for place, version in enumerate(versions)
        ],
    )
    shown = next((version for version in versions if version.holds_on(today)), versions[0])
    return page(
        request, "item", item=item_definition(shown.id), shown=shown, name=title_of(shown), table=table, tones=TONES,
        states=dict(STATES), language_code=language(), closes=versions[0].valid_to, clock_titles=CLOCKS,
        family_names=FAMILIES,
    )  # fmt: skip


@administrators_page
def compare(request: PageRequest, code: str) -> HttpResponse:
    """Two versions of an item side by side."""
    versions = item_versions(code)
    after = _version(versions, request.GET.get("after", "")) or versions[0]
    earlier = next((version for version in versions if version.version < after.version), after)
    before = _version(versions, request.GET.get("before", "")) or earlier
    difference = item_difference(item_definition(before.id), item_definition(after.id))
    return page(
        request, "item_compare", code=code, name=title_of(after), before=before, after=after, difference=difference,
        versions=[(str(one.version), str(one.version)) for one in versions], sections=sections(difference),
        clocks=CLOCKS,
    )  # fmt: skip


def version_asked(code: str, *, asked: str) -> KnownItem:
    """The version of an item that a page asks for by its number; without one the newest."""
    versions = item_versions(code)
    return _version(versions, asked) or versions[0]


def _version(versions: list[KnownItem], asked: str) -> KnownItem | None:
    if not asked:
        return None
    found = next((one for one in versions if str(one.version) == asked), None)
    if found is None:
        raise NotFound(gettext_noop("There is no version %(value)s."), field="version", value=asked[:10])
    return found


@administrators_page
def file(request: PageRequest, code: str) -> HttpResponse:
    """One version as a YAML file, the newest unless another is asked for."""
    found = version_asked(code, asked=request.GET.get("version", ""))
    response = HttpResponse(item_text([item_definition(found.id)]), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-{found.version}.yaml"'
    return response


@administrators_page
def close(request: PageRequest, code: str) -> HttpResponse:
    """End the newest version of an item on a day; nobody can ask for it from then on."""
    newest = item_versions(code)[0]
    form = ActForm(
        title=_("Close the item"), button=_("Close the item"), permission=PUBLISH,
        where=crumbs(code, name=title_of(newest)), dangerous=True,
        text=_(
            "From that day on nobody can ask for it. Requests that are under way go on by the version they were placed "
            "under. A new version can open it again."
        ),
        fields=(
            Field("valid_to", _("Closes on"), "date", hint=_("The first day on which it no longer holds."), width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        day = day_given(given, "valid_to")
        if day < timezone.localdate():
            raise InvalidInput(
                gettext_noop("An item cannot close in the past."),
                field="valid_to",
                remedy=gettext_noop("Choose today or later."),
            )
        if newest.valid_to is not None or day <= newest.valid_from:
            raise InvalidInput(
                gettext_noop("The newest version of this item holds from %(first)s to %(last)s."), field="valid_to",
                first=newest.valid_from.isoformat(), last=newest.valid_to.isoformat() if newest.valid_to else "…",
                remedy=gettext_noop("Choose a day after it begins; what is closed already stays closed."),
            )  # fmt: skip
        publish_item(request.actor, definition=replace(item_definition(newest.id), valid_to=day))
        return Done(address_of(code), _("The item closes on that day."))

    return act_page(request, form, perform, values={"valid_to": timezone.localdate().isoformat()})
