"""The forms of the desk: drawing a sample, looking at one thing, asking, handing in papers, closing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.choosing import place_meant, typed_as
from tianqu.packs.village.desk import acts
from tianqu.packs.village.desk.models import Conclusion, ReviewSubject
from tianqu.packs.village.desk.queries import ReviewDetail, place_reached, review_detail
from tianqu.packs.village.desk.registers.reviewing import FILES_MAX, TEXT_MAX
from tianqu.packs.village.desk.registers.sampling import COUNT_MAX
from tianqu.packs.village.desk.review_pages import SUBJECT_OPTIONS, address_of, crumbs
from tianqu.packs.village.desk.words import CONCLUSIONS
from tianqu.packs.village.forms import SENT, Done, Field, Form, act_page, chosen, count_given, day_given, place_field
from tianqu.packs.village.sent_files import stored_files

SEED_BYTES: Final = 8
PAPERS_DAYS: Final = 10
READ_BY: Final = _("The village and those who audit it read it. Name nobody who need not be named.")


def sample(request: PageRequest) -> PageResult:
    """Draw contracts or vouchers by a stated seed."""
    own, today = place_reached(request.actor, None), timezone.localdate()
    form = Form(
        title=_("Draw a sample"), button=_("Draw"), permission="village.draw_sample", where=crumbs(),
        fields=(
            place_field("place", _("Place"), hint=_("All villages in it. A part of its name will do.")),
            Field("subject", _("What is drawn"), "select", options=SUBJECT_OPTIONS, width="m"),
            Field("first_day", _("Signed or dated from"), "date", width="s"),
            Field("last_day", _("Until, this day included"), "date", width="s"),
            Field("count", _("How many"), "number", hint=_("At most %(most)s.") % {"most": COUNT_MAX}, width="s"),
            Field("seed", _("Seed"), hint=_("Any words or digits; a public lottery's are beyond doubt. It is kept with "
                                           "the sample, and whoever knows it draws the same."), width="m"),
        ),
        text=_("Each thing has a rank, the SHA-256 of the seed, a colon and its code; the lowest ranks are drawn."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.draw_sample(
            request.actor, place_id=place_meant(request.actor, given["place"], field="place").id, sample_id=sent_id,
            seed=given["seed"], subject=chosen(ReviewSubject, given, "subject"),
            first_day=day_given(given, "first_day"), last_day=day_given(given, "last_day"),
            count=count_given(given, "count"),
        )  # fmt: skip
        return Done(_sample_address(sent_id), _("The sample was drawn."))

    return act_page(request, form, perform, values={
        "place": typed_as(own), "first_day": today.replace(month=1, day=1).isoformat(), "last_day": today.isoformat(),
        "count": "10", "seed": secrets.token_hex(SEED_BYTES), "subject": ReviewSubject.CONTRACT.value,
    })  # fmt: skip


def _sample_address(sample_id: UUID) -> str:
    return reverse("village:sample", kwargs={"sample_id": sample_id})


def begin(request: PageRequest) -> PageResult:
    """Look at the contract or voucher in the address."""
    subject, subject_id = _asked(request)
    form = Form(
        title=_("Look at it"), button=_("Begin"), permission="village.begin_review", where=crumbs(), fields=(),
        text=_("A thread is opened about it, in which you may ask the village for papers."),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.begin_review(request.actor, review_id=sent_id, subject=subject, subject_id=subject_id)
        return Done(address_of(sent_id), _("You look at it from now on."))

    return act_page(request, form, perform)


def _asked(request: PageRequest) -> tuple[ReviewSubject, UUID]:
    """What the address names. Raises ``NotFound``."""
    for subject in ReviewSubject:
        if told := request.GET.get(subject.value):
            try:
                return subject, UUID(told)
            except ValueError:
                break
    raise NotFound(
        gettext_noop("A review is about something."), field="subject",
        remedy=gettext_noop("Begin on the page of a contract."),
    )  # fmt: skip


def _on(
    request: PageRequest,
    review_id: UUID,
    make: Callable[[ReviewDetail], Form],
    do: Callable[[Mapping[str, str], UUID], object],
    *,
    said: str,
    values: Mapping[str, str] | None = None,
) -> PageResult:
    """A form about a review that leads back to it."""
    detail = review_detail(request.actor, review_id=review_id)

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        do(given, sent_id)
        return Done(address_of(review_id), said)

    return act_page(request, make(detail), perform, values=values)


def comment(request: PageRequest, review_id: UUID) -> PageResult:
    """Say something."""

    def make(detail: ReviewDetail) -> Form:
        return Form(
            title=_("Comment"), button=_("Send"), permission="village.comment_review", where=crumbs(detail),
            fields=(Field("text", _("Comment"), "area", hint=READ_BY),),
        )  # fmt: skip

    def do(given: Mapping[str, str], sent_id: UUID) -> None:
        acts.comment_review(request.actor, review_id=review_id, note_id=sent_id, text=given["text"])

    return _on(request, review_id, make, do, said=gettext("The comment was sent."))


def ask(request: PageRequest, review_id: UUID) -> PageResult:
    """Ask the village for papers."""

    def make(detail: ReviewDetail) -> Form:
        return Form(
            title=_("Ask for papers"), button=_("Ask the village"), permission="village.ask_papers",
            where=crumbs(detail), fields=(
                Field("text", _("Which papers"), "area", hint=READ_BY),
                Field("due_on", _("Papers due on"), "date", width="s"),
            ),
        )  # fmt: skip

    def do(given: Mapping[str, str], sent_id: UUID) -> None:
        acts.ask_papers(
            request.actor, review_id=review_id, note_id=sent_id, text=given["text"], due_on=day_given(given, "due_on")
        )

    due = timezone.localdate() + timedelta(days=PAPERS_DAYS)
    said = gettext("The village was asked.")
    return _on(request, review_id, make, do, said=said, values={"due_on": due.isoformat()})


def close(request: PageRequest, review_id: UUID) -> PageResult:
    """Close it: in order, or with a finding."""

    def make(detail: ReviewDetail) -> Form:
        return Form(
            title=_("Close"), button=_("Close"), permission="village.close_review", where=crumbs(detail),
            fields=(
                Field("conclusion", _("What it came to"), "select", width="m",
                      options=[(each.value, _(title)) for each, title in CONCLUSIONS.items()]),
                Field("text", _("Why"), "area", hint=READ_BY),
            ),
        )  # fmt: skip

    def do(given: Mapping[str, str], sent_id: UUID) -> None:
        acts.close_review(
            request.actor, review_id=review_id, note_id=sent_id, conclusion=chosen(Conclusion, given, "conclusion"),
            text=given["text"],
        )  # fmt: skip

    return _on(request, review_id, make, do, said=gettext("The review was closed."))


def reopen(request: PageRequest, review_id: UUID) -> PageResult:
    """Look at it again."""

    def make(detail: ReviewDetail) -> Form:
        return Form(
            title=_("Look at it once more"), button=_("Look at it once more"), permission="village.reopen_review",
            where=crumbs(detail), fields=(Field("text", _("Why"), "area", hint=READ_BY),),
        )  # fmt: skip

    def do(given: Mapping[str, str], sent_id: UUID) -> None:
        acts.reopen_review(request.actor, review_id=review_id, note_id=sent_id, text=given["text"])

    return _on(request, review_id, make, do, said=gettext("It is looked at again."))


def papers(request: PageRequest, review_id: UUID) -> PageResult:
    """Hand in papers: files are stored first, and taken back where the act is refused."""
    require(request.actor, "village.give_papers")
    detail = review_detail(request.actor, review_id=review_id)
    if request.method != "POST":
        return _papers_shown(detail, "", Faults(), new_identifier())
    text, sent_id = request.POST.get("text", "").strip()[: TEXT_MAX * 2], _sent_id(request)
    if any(note.id == sent_id for note in detail.notes):  # the same form was sent before
        return Redirect(address_of(review_id))
    try:
        with stored_files(request, "files", most=FILES_MAX) as files:
            acts.give_papers(request.actor, review_id=review_id, note_id=sent_id, text=text, files=files)
    except TianquError as error:
        return _papers_shown(detail, text, faults(error), sent_id, status=error.status)
    return Redirect(address_of(review_id), notice=gettext("The papers were handed in."))


def _sent_id(request: PageRequest) -> UUID:
    try:
        return UUID(request.POST.get(SENT, ""))
    except ValueError:  # a form of another make; then it is simply not safe to send twice
        return new_identifier()


def _papers_shown(detail: ReviewDetail, text: str, errors: Faults, sent_id: UUID, *, status: int = 200) -> PageResult:
    context = {
        "detail": detail, "row": detail.row, "text": text, "errors": errors, "sent_id": sent_id,
        "where": crumbs(detail), "asked": [note for note in detail.notes if note.kind == "ask"][-1:],
        "labels": {"text": gettext("What is handed in"), "files": gettext("Photos and papers")},
    }  # fmt: skip
    return Rendered("village_desk/papers.html", context, status=status)
