"""The forms of matters: opening one, entering a meeting or a disclosure, attesting, striking out, entering a roll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import TooLarge
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect
from tianqu.kernel.places.api import places_at
from tianqu.packs.village.choosing import typed_as
from tianqu.packs.village.forms import (
    TEXT_MAX,
    Done,
    Field,
    Form,
    act_page,
    chosen,
    count_given,
    day_given,
    day_or_none,
    home_village,
    village_field,
    village_given,
)
from tianqu.packs.village.land_pages import REASON
from tianqu.packs.village.meetings import acts
from tianqu.packs.village.meetings.pages import BODY_OPTIONS, KIND_OPTIONS, address_of, crumbs
from tianqu.packs.village.meetings.procedure import STEP_OF, Cadence, Disclosed, MatterKind, MeetingBody, Step, Way
from tianqu.packs.village.meetings.queries import MatterDetail, matter_detail, roll_counts, step_and_matter
from tianqu.packs.village.meetings.words import CADENCE_NAMES, DISCLOSED_NAMES, WAY_NAMES, step_said
from tianqu.packs.village.registers.matters import DisclosureFacts, MatterTerms, MeetingFacts, RollFacts
from tianqu.packs.village.words import day_said

WAY_OPTIONS: Final = [(each.value, _(title)) for each, title in WAY_NAMES.items()]
NOBODY: Final = _("Everybody in the village reads it; name nobody who need not be named.")
MATTER_FIELDS: Final = (
    Field("number", _("Register number"), hint=_("The village's own."), width="s"),
    Field("title", _("Matter to decide"), hint=NOBODY),
    Field("kind", _("Kind"), "select", options=KIND_OPTIONS, width="m"),
    Field("cadence", _("When it is disclosed"), "select", width="m",
          options=[(each.value, _(title)) for each, title in CADENCE_NAMES.items()]),
    Field("text", _("What is proposed"), "area", required=False, rows=4, hint=NOBODY),
)  # fmt: skip
MEETING_FIELDS: Final = (
    Field("body", _("Who met"), "select", options=BODY_OPTIONS, width="m"),
    Field("held_on", _("Held on"), "date", width="s"),
    Field("entitled", _("Entitled to come"), "number", width="s"),
    Field("present", _("Came"), "number", width="s"),
    Field("agreed", _("Agreed"), "number", width="s"),
    Field("notice_on", _("Announced on"), "date", required=False, width="s",
          hint=_("The day on which those entitled were told.")),
    Field("notice_way", _("How it was announced"), "select", required=False, options=WAY_OPTIONS, width="m"),
    Field("location", _("Where"), required=False, width="m"),
    Field("text", _("What was decided"), "area", required=False, rows=4, hint=NOBODY),
)  # fmt: skip
DISCLOSURE_FIELDS: Final = (
    Field("what", _("What was disclosed"), "select", width="m",
          options=[(each.value, _(title)) for each, title in DISCLOSED_NAMES.items()]),
    Field("posted_on", _("Disclosed on"), "date", width="s"),
    Field("way", _("How"), "select", options=WAY_OPTIONS, width="m"),
    Field("location", _("Where"), required=False, width="m"),
    Field("result_on", _("Day of the result"), "date", required=False, width="s",
          hint=_("When what was resolved was carried out. Empty: it is told how far it has come.")),
    Field("text", _("What was told"), "area", required=False, rows=4, hint=NOBODY),
)  # fmt: skip


def create(request: PageRequest) -> PageResult:
    """Open a matter."""
    form = Form(
        title=_("New matter"), button=_("Open the matter"), permission="village.open_matter", where=crumbs(),
        fields=(*village_field(request), *MATTER_FIELDS),
        text=_("Four proposals and two disclosures: each is entered as it happens, and judged by the law of its day."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.open_matter(
            request.actor, place_id=village_given(request, given).id, matter_id=sent_id, matter=_terms(given)
        )
        return Done(address_of(sent_id), _("The matter was opened."))

    return act_page(request, form, perform, values=_values_like(request))


def _values_like(request: PageRequest) -> dict[str, str]:
    """What the form of a new matter begins with: what is told of the matter that an address names, without number."""
    like, values = request.GET.get("like", ""), {"cadence": Cadence.QUARTERLY.value}
    if request.method != "GET" or not like:
        return values
    try:
        row = matter_detail(request.actor, matter_id=UUID(like)).row
    except ValueError:  # no identifier: then there is nothing to begin with
        return values
    values |= {"title": row.title, "kind": row.kind, "cadence": row.cadence, "text": row.text}
    if home_village(request) is None:
        values["village"] = typed_as(places_at({row.place_path}).get(row.place_path))
    return values


def correct(request: PageRequest, matter_id: UUID) -> PageResult:
    """Put right what was entered of a matter."""
    detail = matter_detail(request.actor, matter_id=matter_id)
    row = detail.row
    form = Form(
        title=_("Correct the matter"), button=_("Save"), permission="village.correct_matter", where=crumbs(detail),
        fields=(Field("version", "", "hidden"), *MATTER_FIELDS),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        version = given["version"]
        acts.correct_matter(
            request.actor, matter_id=matter_id, matter=_terms(given),
            expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
        )  # fmt: skip
        return Done(address_of(matter_id), _("The matter was corrected."))

    values = {
        "version": str(row.version), "number": row.number, "title": row.title, "kind": row.kind,
        "cadence": row.cadence, "text": row.text,
    }  # fmt: skip
    return act_page(request, form, perform, values=values)


def withdraw(request: PageRequest, matter_id: UUID) -> PageResult:
    """Take a matter off the table."""
    detail = matter_detail(request.actor, matter_id=matter_id)
    form = Form(
        title=_("Withdraw the matter"), button=_("Withdraw"), permission="village.withdraw_matter",
        where=crumbs(detail), fields=(REASON,), dangerous=True,
        text=_("What was held stays readable; nothing more is entered."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.withdraw_matter(request.actor, matter_id=matter_id, reason=given["reason"])
        return Done(address_of(matter_id), _("The matter was withdrawn."))

    return act_page(request, form, perform)


def _terms(given: Mapping[str, str]) -> MatterTerms:
    return MatterTerms(
        given["number"], given["title"], chosen(MatterKind, given, "kind"), chosen(Cadence, given, "cadence"),
        given["text"],
    )  # fmt: skip


def meeting(request: PageRequest, matter_id: UUID) -> PageResult:
    """Enter a meeting that was held; the form begins with the one that is next."""
    detail = matter_detail(request.actor, matter_id=matter_id)
    form = Form(
        title=_("Enter a meeting"), button=_("Enter and attest"), permission="village.enter_meeting",
        where=crumbs(detail), fields=MEETING_FIELDS,
        text=_("Enter it as it was. By entering it you attest it with your post; a resolution is attested by a second "
               "person, too."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        facts = MeetingFacts(
            chosen(MeetingBody, given, "body"), day_given(given, "held_on"), count_given(given, "entitled"),
            count_given(given, "present"), count_given(given, "agreed"), day_or_none(given, "notice_on"),
            chosen(Way, given, "notice_way") if given["notice_way"] else None, given["location"], given["text"],
        )  # fmt: skip
        acts.enter_meeting(request.actor, matter_id=matter_id, step_id=sent_id, meeting=facts)
        return Done(address_of(matter_id), _("The meeting was entered and judged."))

    return act_page(request, form, perform, values=_meeting_values(request, detail))


def _meeting_values(request: PageRequest, detail: MatterDetail) -> dict[str, str]:
    """The form with the body that meets next, and how many are entitled by its roll."""
    chosen = request.GET.get("body", "")
    following = next((body for body, step in STEP_OF.items() if step.value == detail.row.next_step), None)
    body = chosen if chosen in {each.value for each in MeetingBody} else following.value if following else ""
    counts = roll_counts(request.actor, place_id=detail.row.place_id)
    entitled = counts.get(body)
    return {
        "body": body, "held_on": timezone.localdate().isoformat(), "entitled": str(entitled) if entitled else "",
    }  # fmt: skip


def disclosure(request: PageRequest, matter_id: UUID) -> PageResult:
    """Enter that the resolution or its result was disclosed."""
    detail = matter_detail(request.actor, matter_id=matter_id)
    form = Form(
        title=_("Enter a disclosure"), button=_("Enter and attest"), permission="village.enter_disclosure",
        where=crumbs(detail), fields=DISCLOSURE_FIELDS,
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        facts = DisclosureFacts(
            chosen(Disclosed, given, "what"), day_given(given, "posted_on"), chosen(Way, given, "way"),
            given["location"], given["text"], day_or_none(given, "result_on"),
        )  # fmt: skip
        acts.enter_disclosure(request.actor, matter_id=matter_id, step_id=sent_id, disclosure=facts)
        return Done(address_of(matter_id), _("The disclosure was entered and judged."))

    result = detail.row.next_step == Step.DISCLOSE_RESULT.value
    what = Disclosed.RESULT if result else Disclosed.RESOLUTION
    values = {"what": what.value, "posted_on": timezone.localdate().isoformat(), "way": Way.BOARD.value}
    return act_page(request, form, perform, values=values)


def attest(request: PageRequest, step_id: UUID) -> PageResult:
    """Attest a step as a second person."""
    _row, detail = step_and_matter(request.actor, step_id=step_id)
    acts.attest_step(request.actor, step_id=step_id)
    return Redirect(address_of(detail.row.id), notice=gettext("You have attested it."))


def strike(request: PageRequest, step_id: UUID) -> PageResult:
    """Strike out a step that was entered in error."""
    row, detail = step_and_matter(request.actor, step_id=step_id)
    form = Form(
        title=_("Strike out: %(step)s, %(day)s") % {"step": step_said(row.step), "day": day_said(row.day)},
        button=_("Strike out"), permission="village.strike_step", where=crumbs(detail), fields=(REASON,),
        dangerous=True, text=_("What was written stays readable as struck out. Then enter it anew as it was."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.strike_step(request.actor, step_id=step_id, reason=given["reason"])
        return Done(address_of(detail.row.id), _("The step was struck out."))

    return act_page(request, form, perform)


def roll(request: PageRequest) -> PageResult:
    """Enter who is entitled to meet in a body."""
    form = Form(
        title=_("New roll"), button=_("Enter"), permission="village.enter_roll",
        where=[*crumbs(), (_("Rolls"), reverse("village:rolls"))],
        fields=(
            *village_field(request), Field("body", _("Who meets"), "select", options=BODY_OPTIONS, width="m"),
            Field("since", _("From this day on"), "date", width="s"),
            Field("names", _("Names"), "area", rows=12, hint=_("One a line. Only posts that may see names read them.")),
        ),
        text=_("It holds until the next roll of the same body. Vote sheets are printed by it, and meetings held up to "
               "it."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        if len(given["names"]) >= TEXT_MAX:  # the end was cut off
            raise TooLarge(
                gettext_noop("This text has more than %(most)s characters."), field="names", most=TEXT_MAX,
                remedy=gettext_noop("Send a longer roll by a program."),
            )  # fmt: skip
        names = tuple(line.strip() for line in given["names"].splitlines() if line.strip())
        acts.enter_roll(
            request.actor, place_id=village_given(request, given).id, roll_id=sent_id,
            roll=RollFacts(chosen(MeetingBody, given, "body"), day_given(given, "since"), names),
        )  # fmt: skip
        return Done(reverse("village:roll", kwargs={"roll_id": sent_id}), _("The roll was entered."))

    values = {"since": timezone.localdate().isoformat()}
    if (body := request.GET.get("body", "")) and home_village(request) is not None:
        values["body"] = body[:40]
    return act_page(request, form, perform, values=values)
