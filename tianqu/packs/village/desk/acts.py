"""What auditors do at their desk: draw, look, ask for papers, close; and what the village does: hand papers in.

Each is safe to send twice under the identifier that its client gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from tianqu.kernel.journal.api import Acting, DoneBefore, act
from tianqu.kernel.places.api import require
from tianqu.packs.village.desk.models import Conclusion, NoteKind, Review, ReviewSubject
from tianqu.packs.village.desk.notices import tell_asked, tell_given
from tianqu.packs.village.desk.registers.reviewing import (
    KNOWN,
    check_conclusion,
    check_draw,
    check_due,
    keep_sample,
    record_review,
    review_with,
    row_of,
    say,
    thing_with,
)
from tianqu.packs.village.desk.registers.sampling import draw
from tianqu.packs.village.findings.registers.matters import place_within_reach
from tianqu.packs.village.registers.refusals import digest_of, lawful, sent_before


def _may_in_place(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission in the place that it names."""
    require(acting.actor, acting.act)
    place_within_reach(arguments["place_id"], acting.actor)


def _may_on_subject(acting: Acting, /, **arguments: Any) -> None:
    """Require the act's permission on the thing that it names; one out of sight is not there."""
    require(acting.actor, acting.act)
    thing_with(acting.actor, arguments["subject"], arguments["subject_id"])


def _may_on_review(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)
    review_with(arguments["review_id"], acting.actor)


def _new(given: UUID, *content: object, place_id: UUID, field: str, result: object = None) -> bytes:
    """Return the digest of what is asked for. Raises ``DoneBefore`` where it was done, ``Conflict`` for another."""
    digest = digest_of(*content)
    if sent_before(given, digest, place_id=place_id, field=field, known=KNOWN):
        raise DoneBefore(result)
    return digest


@act("village.draw_sample", may=_may_in_place)
def draw_sample(
    acting: Acting,
    *,
    place_id: UUID,
    sample_id: UUID,
    subject: ReviewSubject,
    first_day: date,
    last_day: date,
    count: int,
    seed: str,
) -> UUID:
    """Draw contracts signed, or vouchers dated, between two days from all villages of a place; return the sample's id.

    Drawn are the ``count`` whose SHA-256 of the seed, a colon and their code are the lowest: whoever sees the same
    things and knows the seed draws the same. Each of them is looked at from now on. The same ``sample_id`` sent again
    changes nothing. Raises ``InvalidInput`` where there is nothing to draw from.
    """
    place = place_within_reach(place_id, acting.actor)
    seed = check_draw(first_day=first_day, last_day=last_day, count=count, seed=seed)
    digest = _new(
        sample_id, "sample", subject, first_day, last_day, count, seed, place_id=place_id, field="sample_id",
        result=sample_id,
    )  # fmt: skip
    drawn = draw(
        acting.actor, subject=subject, place_path=str(place.path), first_day=first_day, last_day=last_day, seed=seed,
        count=count,
    )  # fmt: skip
    keep_sample(
        acting, place=place, sample_id=sample_id, subject=subject, days=(first_day, last_day), count=count, seed=seed,
        drawn=drawn, digest=digest,
    )  # fmt: skip
    return sample_id


@act("village.begin_review", may=_may_on_subject)
def begin_review(acting: Acting, *, review_id: UUID, subject: ReviewSubject, subject_id: UUID) -> UUID:
    """Look at a contract or a voucher that an auditor chose; return the identifier of the review.

    The same ``review_id`` sent again changes nothing.
    """
    thing = thing_with(acting.actor, subject, subject_id)
    digest = _new(
        review_id, "review", subject, subject_id, place_id=thing.place_id, field="review_id", result=review_id
    )
    review = row_of(acting, subject, thing, review_id=review_id, digest=digest)
    with lawful():
        review.save(force_insert=True)
    record_review(acting, review)
    return review_id


@act("village.comment_review", may=_may_on_review)
def comment_review(acting: Acting, *, review_id: UUID, note_id: UUID, text: str) -> None:
    """Say something about a thing that is looked at; the village and those who audit it read it."""
    review, digest = _begun(acting, review_id, "comment", text, note_id=note_id)
    say(acting, review, NoteKind.COMMENT, note_id=note_id, text=text, digest=digest)


@act("village.ask_papers", may=_may_on_review)
def ask_papers(acting: Acting, *, review_id: UUID, note_id: UUID, text: str, due_on: date) -> None:
    """Ask the village for papers about a thing, by a day: it is then the village's turn, and its office is told.

    Raises ``Conflict`` for a review that is closed.
    """
    review, digest = _begun(acting, review_id, "ask", text, due_on, note_id=note_id)
    check_due(due_on, now=acting.today)
    say(acting, review, NoteKind.ASK, note_id=note_id, text=text, digest=digest, due_on=due_on)
    tell_asked(acting, review, note_id=note_id)


@act("village.give_papers", may=_may_on_review)
def give_papers(acting: Acting, *, review_id: UUID, note_id: UUID, text: str = "", files: Sequence[UUID] = ()) -> None:
    """Hand in the papers that were asked for, with words, files or both: it is then the auditor's turn again,
    and the office that asked is told.

    ``files`` were stored before and are attached. Raises ``Conflict`` where none were asked for.
    """
    review, digest = _begun(acting, review_id, "papers", text, list(files), note_id=note_id)
    say(acting, review, NoteKind.PAPERS, note_id=note_id, text=text, digest=digest, files=files)
    tell_given(acting, review, note_id=note_id)


@act("village.close_review", may=_may_on_review)
def close_review(acting: Acting, *, review_id: UUID, note_id: UUID, conclusion: Conclusion, text: str) -> None:
    """Close a review: the thing is in order, or a finding was opened about it.

    Raises ``Conflict`` for a finding that nobody opened, and for a review that is closed.
    """
    review, digest = _begun(acting, review_id, "close", conclusion, text, note_id=note_id)
    check_conclusion(review, conclusion)
    say(acting, review, NoteKind.CLOSE, note_id=note_id, text=text, digest=digest, conclusion=conclusion)


@act("village.reopen_review", may=_may_on_review)
def reopen_review(acting: Acting, *, review_id: UUID, note_id: UUID, text: str) -> None:
    """Look at a thing again, with the reason. Raises ``Conflict`` for a review that is not closed."""
    review, digest = _begun(acting, review_id, "reopen", text, note_id=note_id)
    say(acting, review, NoteKind.REOPEN, note_id=note_id, text=text, digest=digest)


def _begun(acting: Acting, review_id: UUID, *content: object, note_id: UUID) -> tuple[Review, bytes]:
    """The review, of which nobody else says something meanwhile, and the digest of what is asked for."""
    review = review_with(review_id, acting.actor, lock=True)
    return review, _new(note_id, review_id, *content, place_id=review.place_id, field="note_id")
