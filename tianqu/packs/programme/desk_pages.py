"""The press office's pages: plan a conference, change it, cancel it, and keep its questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotPermitted, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.base.moments import moment_typed
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Redirect, Rendered, Table
from tianqu.kernel.places.api import require, unit_typed, units_with
from tianqu.packs.programme import acts
from tianqu.packs.programme.acts import SpeakerPost
from tianqu.packs.programme.pages import PLAN, words
from tianqu.packs.programme.queries import (
    ConferenceLine,
    conference_called,
    conferences,
    domains,
    presented_code,
    questions_of,
)
from tianqu.packs.programme.words import faults, named, said

TEXT_MAX: Final = 20_000
COLUMNS: Final = (
    Column("when", _("When")), Column("title", _("Title")), Column("domain", _("Domain")),
    Column("units", _("Units"), numeric=True), Column("state", _("State")),
)  # fmt: skip
TOLD: Final = ("domain", "title", "title_en", "venue", "venue_en")


def desk(request: PageRequest) -> PageResult:
    """Every conference, the newest first."""
    table = Table(caption=_("Press conferences"), columns=COLUMNS, rows=conferences())
    return Rendered("programme/desk.html", {"table": table, **words()})


def plan(request: PageRequest) -> PageResult:
    """Plan a conference; what is refused is shown with what was typed."""
    if request.method != "POST":
        given = {"sent_id": str(new_identifier()), "time": "10:00"}
        return _form(given, {})
    given = _given(request)
    if request.actor.unit_id is None:
        raise NotPermitted(gettext_noop("Only somebody of an office plans a conference."))
    try:
        acts.plan_conference(
            request.actor,
            conference_id=_sent_id(given),
            unit_id=request.actor.unit_id,
            code=given.get("code", ""),
            **_told(given),
        )
    except TianquError as error:
        return _form(given, faults(error), status=error.status)
    return Redirect(_address(given["code"]), notice=gettext("The conference is in the calendar."))


def change(request: PageRequest, code: str) -> PageResult:
    """Change what was planned, and say why."""
    line = _own(request, code)
    if request.method != "POST":
        return _form(_begun(line), {}, line)
    given = _given(request)
    try:
        acts.change_conference(
            request.actor, conference_id=line.conference.id, reason=given.get("reason", ""),
            reason_en=given.get("reason_en", ""), expected_version=_version(given), **_told(given),
        )  # fmt: skip
    except TianquError as error:
        return _form(given, faults(error), line, status=error.status)
    return Redirect(_address(code), notice=gettext("The conference was changed."))


def cancel(request: PageRequest, code: str) -> PageResult:
    """Cancel a conference, and say why."""
    line = _own(request, code)
    if request.method != "POST":
        return _cancelling(line, {}, {})
    given = _given(request)
    try:
        acts.cancel_conference(
            request.actor, conference_id=line.conference.id, reason=given.get("reason", ""),
            reason_en=given.get("reason_en", ""),
        )  # fmt: skip
    except TianquError as error:
        return _cancelling(line, given, faults(error), status=error.status)
    return Redirect(_address(code), notice=gettext("The conference was cancelled."))


def question(request: PageRequest, code: str) -> PageResult:
    """Keep a question and its answer, or correct one that is kept (``?of=…``)."""
    line = _own(request, code)
    if request.method != "POST":
        return _asking(line, _question_begun(line, request.GET.get("of", "")), {})
    given = _given(request)
    try:
        acts.keep_question(
            request.actor, conference_id=line.conference.id, question_id=_sent_id(given),
            answered_by=_answered_by(line, given.get("answered_by", "")),
            **{name: given.get(name, "") for name in
               ("medium", "medium_en", "question", "question_en", "answer", "answer_en")},
        )  # fmt: skip
    except TianquError as error:
        return _asking(line, given, faults(error), status=error.status)
    return Redirect(_address(code), notice=gettext("The question and its answer are kept."))


def _own(request: PageRequest, code: str) -> ConferenceLine:
    """A conference of the actor's office. Raises ``NotFound`` and ``NotPermitted``."""
    line = conference_called(code)
    require(request.actor, PLAN, line.conference)
    return line


def _address(code: str) -> str:
    return reverse("programme:conference", kwargs={"code": code})


def _given(request: PageRequest) -> dict[str, str]:
    return {name: str(value).strip()[:TEXT_MAX] for name, value in request.POST.items()}


def _sent_id(given: Mapping[str, str]) -> UUID:
    try:
        return UUID(given.get("sent_id", ""))
    except ValueError:
        return new_identifier()


def _version(given: Mapping[str, str]) -> int | None:
    version = given.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None


def _told(given: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of a conference, as the acts take it. Raises ``InvalidInput``."""
    return {
        **{name: given.get(name, "") for name in TOLD}, "release_code": given.get("release_code", ""),
        "starts_at": _moment(given.get("day", ""), given.get("time", "")),
        "speakers": _speakers(given.get("speakers", "")),
    }  # fmt: skip


def _moment(day: str, time: str, /) -> datetime:
    try:
        return moment_typed(f"{day}T{time}", zone=timezone.get_current_timezone())
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is no day with a time."),
            field="day",
            remedy=gettext_noop("Choose a day, and a time such as 10:00."),
        ) from error


def _speakers(text: str) -> list[SpeakerPost]:
    """The speakers, one a line: unit, post, post in English, with bars between. Raises ``InvalidInput``."""
    found = []
    for line in text.splitlines()[: acts.SPEAKERS_MAX + 1]:
        if not line.strip():
            continue
        unit, _bar, posts = line.replace("｜", "|").partition("|")
        post, _bar, post_en = posts.partition("|")
        found.append(SpeakerPost(unit_typed(unit, field="speakers").id, post.strip(), post_en.strip() or post.strip()))
    return found


def _begun(line: ConferenceLine) -> dict[str, str]:
    it = line.conference
    at, units = timezone.localtime(it.starts_at), units_with({one.unit_id for one in line.speakers})
    return {
        **{name: getattr(it, name) for name in TOLD}, "day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}",
        "release_code": presented_code(it), "version": str(it.version), "code": it.code,
        "speakers": "\n".join(f"{units[one.unit_id].name} | {one.post} | {one.post_en}" for one in line.speakers),
    }  # fmt: skip


def _form(
    given: Mapping[str, str], errors: Mapping[str, str], line: ConferenceLine | None = None, *, status: int = 200
) -> PageResult:
    errors = {("day" if name == "starts_at" else name): text for name, text in errors.items()}
    context = {
        "given": given, "errors": errors, "summary": list(errors.items()), "line": line,
        "domains": [(domain.code, named(domain)) for domain in domains()], "where": _where(), **words(),
    }  # fmt: skip
    return Rendered("programme/plan.html", context, status=status)


def _cancelling(
    line: ConferenceLine, given: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> PageResult:
    context = {
        "line": line, "given": given, "errors": errors, "summary": list(errors.items()), "where": _where(line),
        **words(),
    }  # fmt: skip
    return Rendered("programme/cancel.html", context, status=status)


def _question_begun(line: ConferenceLine, of: str) -> dict[str, str]:
    for one in questions_of(line.conference):
        it = one.question
        if str(it.id) == of:
            speaker = SpeakerPost(it.unit_id, it.post, it.post_en)
            place = str(line.speakers.index(speaker)) if speaker in line.speakers else ""  # no speaker any more
            names = ("medium", "medium_en", "question", "question_en", "answer", "answer_en")
            return {name: getattr(it, name) for name in names} | {"sent_id": of, "answered_by": place}
    return {"sent_id": str(new_identifier())}


def _answered_by(line: ConferenceLine, place: str) -> SpeakerPost:
    if place.isascii() and place.isdigit() and int(place) < len(line.speakers):
        return line.speakers[int(place)]
    raise InvalidInput(
        gettext_noop("Say who answered."), field="answered_by", remedy=gettext_noop("Choose one of the speakers.")
    )


def _asking(
    line: ConferenceLine, given: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> PageResult:
    units = {unit.id: unit for unit in line.units}
    posts = [
        (place, f"{named(units.get(one.unit_id))} {said(one.post, one.post_en)}")
        for place, one in enumerate(line.speakers)
    ]
    context = {
        "line": line, "given": given, "errors": errors, "summary": list(errors.items()), "posts": posts,
        "where": _where(line), **words(),
    }  # fmt: skip
    return Rendered("programme/question.html", context, status=status)


def _where(line: ConferenceLine | None = None) -> list[tuple[Any, str]]:
    crumbs: list[tuple[Any, str]] = [(_("Press conferences"), reverse("programme:desk"))]
    if line is not None:
        crumbs.append((said(line.conference.title, line.conference.title_en), _address(line.conference.code)))
    return crumbs
