"""The press office's pages: plan a conference, change it, cancel it, and keep its questions and answers."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotPermitted
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Column, Deed, Given, PageRequest, PageResult, Redirect, Rendered, Table, acted, said
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
from tianqu.packs.programme.words import named

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
    if request.method == "POST" and request.actor.unit_id is None:
        raise NotPermitted(gettext_noop("Only somebody of an office plans a conference."))
    deed = Deed(acts.plan_conference, fields={"conference_id": "sent_id"}, read={"speakers": _speakers})
    return acted(
        request, "programme/plan.html", {"plan": deed}, known={"unit_id": request.actor.unit_id},
        begun={"sent_id": str(new_identifier()), "time": "10:00"}, shown=lambda _given: _planned(None),
        onwards=lambda done: Redirect(
            _address(done.arguments["code"]), notice=gettext("The conference is in the calendar.")
        ),
    )  # fmt: skip


def change(request: PageRequest, code: str) -> PageResult:
    """Change what was planned, and say why."""
    line = _own(request, code)
    deed = Deed(acts.change_conference, fields={"expected_version": "version"}, read={"speakers": _speakers})
    return acted(
        request, "programme/plan.html", {"change": deed}, known={"conference_id": line.conference.id},
        begun=_begun(line), shown=lambda _given: _planned(line),
        onwards=lambda _done: Redirect(_address(code), notice=gettext("The conference was changed.")),
    )  # fmt: skip


def cancel(request: PageRequest, code: str) -> PageResult:
    """Cancel a conference, and say why."""
    line = _own(request, code)
    return acted(
        request, "programme/cancel.html", {"cancel": Deed(acts.cancel_conference)},
        known={"conference_id": line.conference.id},
        shown=lambda _given: {"line": line, "where": _where(line), **words()},
        onwards=lambda _done: Redirect(_address(code), notice=gettext("The conference was cancelled.")),
    )  # fmt: skip


def question(request: PageRequest, code: str) -> PageResult:
    """Keep a question and its answer, or correct one that is kept (``?of=…``)."""
    line = _own(request, code)
    deed = Deed(
        acts.keep_question, fields={"question_id": "sent_id"},
        read={"answered_by": lambda given: _answered_by(line, given.get("answered_by", ""))},
    )  # fmt: skip
    return acted(
        request, "programme/question.html", {"keep": deed}, known={"conference_id": line.conference.id},
        begun=_question_begun(line, request.GET.get("of", "")), shown=lambda _given: _asking(line),
        onwards=lambda _done: Redirect(_address(code), notice=gettext("The question and its answer are kept.")),
    )  # fmt: skip


def _own(request: PageRequest, code: str) -> ConferenceLine:
    """A conference of the actor's office. Raises ``NotFound`` and ``NotPermitted``."""
    line = conference_called(code)
    require(request.actor, PLAN, line.conference)
    return line


def _address(code: str) -> str:
    return reverse("programme:conference", kwargs={"code": code})


def _speakers(given: Given) -> list[SpeakerPost]:
    """The speakers, one a line: unit, post, post in English, with bars between. Raises ``InvalidInput``."""
    found = []
    for line in given.get("speakers", "").splitlines()[: acts.SPEAKERS_MAX + 1]:
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


def _planned(line: ConferenceLine | None) -> dict[str, Any]:
    return {
        "line": line, "domains": [(domain.code, named(domain)) for domain in domains()], "where": _where(), **words(),
    }  # fmt: skip


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


def _asking(line: ConferenceLine) -> dict[str, Any]:
    units = {unit.id: unit for unit in line.units}
    posts = [
        (place, f"{named(units.get(one.unit_id))} {said(one.post, one.post_en)}")
        for place, one in enumerate(line.speakers)
    ]
    return {"line": line, "posts": posts, "where": _where(line), **words()}


def _where(line: ConferenceLine | None = None) -> list[tuple[Any, str]]:
    crumbs: list[tuple[Any, str]] = [(_("Press conferences"), reverse("programme:desk"))]
    if line is not None:
        crumbs.append((said(line.conference.title, line.conference.title_en), _address(line.conference.code)))
    return crumbs
