"""What offices are told of papers: the village's that they are asked for, the auditors' that they came.

Each notice leads to the thread.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.notices.api import NoticeTemplate, queue_notice
from tianqu.kernel.places.api import unit_id_for
from tianqu.packs.village.desk.models import Review
from tianqu.packs.village.desk.registers.asking import last_asker
from tianqu.packs.village.findings.registers.matters import OFFICE

ASKED: Final = NoticeTemplate(
    "papers_asked", _("Papers asked for: %(number)s"),
    _("Auditors ask your village for papers about %(number)s. Read what they need, and hand it in by %(due)s."),
    frozenset({"due"}), permission="village.give_papers",
)  # fmt: skip


GIVEN: Final = NoticeTemplate(
    "papers_given", _("Papers handed in: %(number)s"),
    _("The village has handed in papers about %(number)s. Look at them, and close or ask again."),
    permission="village.ask_papers",
)  # fmt: skip


def tell_given(acting: Acting, review: Review, *, note_id: UUID) -> None:
    """Tell the office that asked last once that papers were handed in; what the village wrote stays in the thread."""
    unit_id = last_asker(review)
    if unit_id is None:
        return
    queue_notice(
        acting, key=f"review:{review.id}:{note_id}", code=GIVEN.code, subject=f"review:{review.id}",
        unit_id=unit_id, parameters={"number": review.number},
    )  # fmt: skip


def tell_asked(acting: Acting, review: Review, *, note_id: UUID) -> None:
    """Tell the village's office once that papers are asked for; what the auditor wrote stays in the thread.

    A village without an office is told nothing; whoever keeps its registers finds it at their desk.
    """
    unit_id = unit_id_for(OFFICE, place_id=review.place_id)
    if unit_id is None or review.due_on is None:
        return
    due = timezone.make_aware(datetime.combine(review.due_on, time(23, 59)))
    queue_notice(
        acting, key=f"review:{review.id}:{note_id}", code=ASKED.code, subject=f"review:{review.id}", unit_id=unit_id,
        parameters={"number": review.number, "due": due.isoformat()},
    )  # fmt: skip
