"""What the acts of the desk share: things that are looked at, whose turn it is, and what is said about them.

Plain functions, each called within an act, whose permission was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TooLarge, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.files.api import hold_file
from tianqu.kernel.journal.api import Acting, Actor
from tianqu.kernel.ledgers.api import transfer_with
from tianqu.kernel.places.api import Place, within_scope
from tianqu.packs.village.desk.models import (
    Conclusion,
    NoteKind,
    Review,
    ReviewNote,
    ReviewState,
    ReviewSubject,
    Sample,
)
from tianqu.packs.village.desk.registers.sampling import COUNT_MAX, Draw, Drawn
from tianqu.packs.village.findings.models import Finding
from tianqu.packs.village.registers.contracts import contract_with
from tianqu.packs.village.registers.land import VILLAGE_KIND
from tianqu.packs.village.registers.refusals import check_day, lawful

SEED_MAX: Final = 100
TEXT_MAX: Final = 2_000
NOTES_MAX: Final = 500
FILES_MAX: Final = 20
ASKED_DAYS_MAX: Final = 366
KNOWN: Final = "SELECT digest, place_id FROM village_review_known(%s)"
# From which states a note of each kind may come, and to which it leads; None: it stays.
MOVES: Final[dict[NoteKind, tuple[frozenset[ReviewState], ReviewState | None]]] = {
    NoteKind.COMMENT: (frozenset(ReviewState), None),
    NoteKind.ASK: (frozenset({ReviewState.OPEN, ReviewState.ASKED, ReviewState.GIVEN}), ReviewState.ASKED),
    NoteKind.PAPERS: (frozenset({ReviewState.ASKED, ReviewState.GIVEN}), ReviewState.GIVEN),
    NoteKind.CLOSE: (frozenset({ReviewState.OPEN, ReviewState.ASKED, ReviewState.GIVEN}), ReviewState.CLOSED),
    NoteKind.REOPEN: (frozenset({ReviewState.CLOSED}), ReviewState.OPEN),
}


def review_with(review_id: UUID, actor: Actor, *, lock: bool = False) -> Review:
    """Return a thing that is looked at within the actor's reach. Raises ``NotFound``."""
    rows = Review.objects.select_for_update(of=("self",)) if lock else Review.objects.all()
    review = rows.filter(id=review_id).first()
    if review is None or not within_scope(actor.scope, review):
        raise NotFound(
            _("Nothing like this is being looked at."), field="review_id", value=str(review_id),
            remedy=_("Choose a review of the list."),
        )  # fmt: skip
    return review


def thing_with(actor: Actor, subject: ReviewSubject, subject_id: UUID) -> Drawn:
    """Return a contract or voucher within the actor's reach, as one that was drawn. Raises ``NotFound``."""
    try:
        if subject is ReviewSubject.CONTRACT:
            contract = contract_with(subject_id, actor)
            place, code = contract.place, f"{contract.place.code}/{contract.number}"
        else:
            transfer = transfer_with(subject_id)
            place, code = transfer.book.place, f"{transfer.book.code}/{transfer.number}"
            if not within_scope(actor.scope, transfer.book) or place.kind != VILLAGE_KIND:
                raise NotFound(
                    _("There is no such transfer."), field="subject_id", value=str(subject_id),
                    remedy=_("Look it up among the transfers of its book."),
                )  # fmt: skip
    except NotFound as error:
        error.field = "subject_id"
        raise
    return Drawn(subject_id, place.id, str(place.path), code, "")


def check_draw(*, first_day: date, last_day: date, count: int, seed: str) -> str:
    """Return the seed as it is kept. Raises ``InvalidInput`` for what cannot be drawn."""
    for day, field in ((first_day, "first_day"), (last_day, "last_day")):
        check_day(day, field=field)
    if last_day < first_day:
        raise InvalidInput(
            _("The last day lies before the first."), field="last_day", value=last_day.isoformat(),
            remedy=_("Choose a later last day."),
        )  # fmt: skip
    if not 1 <= count <= COUNT_MAX:
        raise InvalidInput(
            _("From 1 to %(most)s are drawn."), field="count", value=count, most=COUNT_MAX,
            remedy=_("Draw several samples with different seeds for more."),
        )  # fmt: skip
    kept = clean_text(seed, field="seed", most=SEED_MAX, wanted=True)
    if "\n" in kept or "\t" in kept:
        raise InvalidInput(_("A seed is one line."), field="seed", remedy=_("Write it on one line."))
    return kept


def keep_sample(
    acting: Acting,
    *,
    place: Place,
    sample_id: UUID,
    subject: ReviewSubject,
    days: tuple[date, date],
    count: int,
    seed: str,
    drawn: Draw,
    digest: bytes,
) -> Sample:
    """Write a sample and what was drawn. Raises ``InvalidInput`` where there was nothing to draw from."""
    if not drawn.rows:
        raise InvalidInput(
            _("There is nothing to draw from on these days."), field="first_day", value=days[0].isoformat(),
            remedy=_("Choose more days, or a larger place."),
        )  # fmt: skip
    actor = acting.actor
    with lawful():
        sample = Sample.objects.create(
            id=sample_id, place=place, place_path=place.path, subject=subject, first_day=days[0], last_day=days[1],
            count=count, seed=seed, population=drawn.population, digest=digest, at=acting.now,
            person_id=actor.person_id, post_id=actor.post_id, unit_id=actor.unit_id,
        )  # fmt: skip
        Review.objects.bulk_create(
            [
                row_of(
                    acting, subject, one, review_id=new_identifier(), digest=digest, sample=sample, position=place_in
                )
                for place_in, one in enumerate(drawn.rows, 1)
            ]
        )
    acting.record(
        f"sample:{sample.id}",
        after={
            "place": place.id, "subject": subject, "first_day": days[0], "last_day": days[1], "count": count,
            "seed": seed, "population": drawn.population, "drawn": [one.code for one in drawn.rows],
        },
    )  # fmt: skip
    return sample


def row_of(
    acting: Acting,
    subject: ReviewSubject,
    thing: Drawn,
    *,
    review_id: UUID,
    digest: bytes,
    sample: Sample | None = None,
    position: int | None = None,
) -> Review:
    """Return the row of a thing that is looked at from now on."""
    contract = subject is ReviewSubject.CONTRACT
    return Review(
        id=review_id, place_id=thing.place_id, place_path=thing.place_path, sample=sample, position=position,
        rank=thing.rank, subject=subject, contract_id=thing.id if contract else None,
        transfer_id=None if contract else thing.id, number=thing.code, digest=digest, opened_at=acting.now,
        changed_at=acting.now, post_id=acting.actor.post_id,
    )  # fmt: skip


def say(
    acting: Acting,
    review: Review,
    kind: NoteKind,
    *,
    note_id: UUID,
    text: str,
    digest: bytes,
    files: Sequence[UUID] = (),
    due_on: date | None = None,
    conclusion: Conclusion | None = None,
) -> None:
    """Write a note, let it be whose turn it then is, and record both. Raises ``Conflict`` where it does not fit."""
    state = _moved(review, kind)
    text = clean_text(text, field="text", most=TEXT_MAX, wanted=kind is not NoteKind.PAPERS or not files)
    if ReviewNote.objects.filter(review=review).count() >= NOTES_MAX:
        raise TooLarge(_("At most %(most)s notes are kept about one thing."), field="review_id", most=NOTES_MAX)
    held = [_held(acting, review, file_id) for file_id in _few(files)]
    actor = acting.actor
    with lawful():
        ReviewNote.objects.create(
            id=note_id, review=review, place_path=review.place_path, kind=kind, text=text, files=held, digest=digest,
            at=acting.now, person_id=actor.person_id, post_id=actor.post_id, unit_id=actor.unit_id,
        )  # fmt: skip
    review.due_on = due_on if kind is NoteKind.ASK else None if state is not None else review.due_on
    review.conclusion = conclusion.value if conclusion else "" if state is not None else review.conclusion
    review.closed_at = acting.now if state is ReviewState.CLOSED else None if state is not None else review.closed_at
    review.state = state or review.state
    review.version, review.changed_at = review.version + 1, acting.now
    review.save(update_fields=["due_on", "conclusion", "closed_at", "state", "version", "changed_at"])
    record_review(acting, review, note={"id": note_id, "kind": kind, "text": text, "files": held})


def _moved(review: Review, kind: NoteKind) -> ReviewState | None:
    """The state to which a note leads. Raises ``Conflict``."""
    allowed, state = MOVES[kind]
    if ReviewState(review.state) not in allowed:
        raise Conflict(
            _("This is not done in the state that it is in now."), field="review_id", value=review.state,
            remedy=_("Look at it again; somebody may have been before you."),
        )  # fmt: skip
    return state


def _held(acting: Acting, review: Review, file_id: UUID) -> dict[str, object]:
    """Attach a file, and return what is shown of it."""
    stored = hold_file(acting, file_id=file_id, holder=f"review:{review.id}")
    return {"id": str(stored.id), "name": stored.name, "media_type": stored.media_type, "size": stored.size}


def _few(files: Sequence[UUID]) -> Sequence[UUID]:
    if len(files) > FILES_MAX:
        raise InvalidInput(
            _("At most %(most)s files are taken at once."), field="files", value=len(files), most=FILES_MAX
        )
    return files


def check_due(due_on: date, *, now: date) -> None:
    """Refuse a day by which nobody can give papers. Raises ``InvalidInput``."""
    check_day(due_on, field="due_on")
    if not now <= due_on <= now + timedelta(days=ASKED_DAYS_MAX):
        raise InvalidInput(
            _("%(value)s is not one of the next %(most)s days."), field="due_on", value=due_on.isoformat(),
            most=ASKED_DAYS_MAX, remedy=_("Choose a day that leaves time to find the papers."),
        )  # fmt: skip


def check_conclusion(review: Review, conclusion: Conclusion) -> None:
    """Refuse to close with a finding where none was opened about the thing. Raises ``Conflict``."""
    if conclusion is Conclusion.FINDING and not findings_about(review).exists():
        raise Conflict(
            _("No finding has been opened about this."), field="conclusion", value=conclusion.value,
            remedy=_("Open the finding first, then close this."),
        )  # fmt: skip


def findings_about(review: Review) -> QuerySet[Finding]:
    """The findings about a thing that is looked at."""
    about = {"contract_id": review.contract_id} if review.contract_id else {"transfer_id": review.transfer_id}
    return Finding.objects.filter(**about)


def record_review(acting: Acting, review: Review, **more: object) -> None:
    """Record what a review is after the act."""
    acting.record(
        f"review:{review.id}",
        after={
            "place": review.place_id, "sample": review.sample_id, "position": review.position,
            "subject": review.subject, "number": review.number, "state": review.state, "due_on": review.due_on,
            "conclusion": review.conclusion, "version": review.version, **more,
        },
    )  # fmt: skip
