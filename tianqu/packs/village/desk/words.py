"""Figures of the desk in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext, gettext_noop

from tianqu.base.quantities import UNITS, format_quantity
from tianqu.kernel.places.api import known_roles
from tianqu.packs.village.desk.figures import Figure, Share
from tianqu.packs.village.desk.models import Conclusion, NoteKind, ReviewState, ReviewSubject
from tianqu.packs.village.desk.queries import NoteRow, ReviewRow
from tianqu.packs.village.words import english

FIGURES: Final = {
    Figure.ARREARS: gettext_noop("Rent in arrears"),
    Figure.IDLE: gettext_noop("Idle land"),
    Figure.UNRESOLVED: gettext_noop("Contracts without a resolution"),
    Figure.CASH: gettext_noop("Cash and deposits"),
}
# In the head of a column, where the share stands below the part.
COLUMN_NAMES: Final = {
    Figure.ARREARS: gettext_noop("Rent in arrears"),
    Figure.IDLE: gettext_noop("Idle land"),
    Figure.UNRESOLVED: gettext_noop("Unresolved"),
    Figure.CASH: gettext_noop("Cash and deposits"),
}
SHARE_NAMES: Final = {
    Figure.ARREARS: gettext_noop("Share in arrears"),
    Figure.IDLE: gettext_noop("Share idle"),
    Figure.UNRESOLVED: gettext_noop("Share without a resolution"),
}
ASKS: Final = {
    Figure.ARREARS: gettext_noop(
        "Rent that fell due in the year and is still unpaid, of all rent that fell due; counted once the days of grace"
        " of the policy have passed."
    ),
    Figure.IDLE: gettext_noop("Land that lay idle at the end of the year, of all land in the registers."),
    Figure.UNRESOLVED: gettext_noop(
        "Contracts signed in the year without any resolution on file, of those that need one by the law of their day."
    ),
    Figure.CASH: gettext_noop("What the books hold in cash and at banks at the end of the year."),
}
UNIT_NAMES: Final = {
    Figure.ARREARS: gettext_noop("yuan"),
    Figure.IDLE: gettext_noop("mu"),
    Figure.UNRESOLVED: gettext_noop("contracts"),
    Figure.CASH: gettext_noop("yuan"),
}
MEASURED: Final = {Figure.ARREARS: "fen", Figure.IDLE: "mu_4", Figure.CASH: "fen"}


def figure_said(figure: Figure) -> str:
    """What a figure is called."""
    return gettext(FIGURES[figure])


def unit_said(figure: Figure) -> str:
    """The unit of a figure's column, and that its share stands there too."""
    unit = gettext(UNIT_NAMES[figure])
    return unit if figure is Figure.CASH else gettext("%(unit)s, and share") % {"unit": unit}


def part_said(figure: Figure, amount: int) -> str:
    """An amount of a figure, in the unit of its column."""
    unit = MEASURED.get(figure)
    return f"{amount:,}" if unit is None else format_quantity(amount, UNITS[unit])


def percent_said(share: Share) -> str:
    """A share in hundredths with one decimal, "" of nothing."""
    percent = share.percent
    return "" if percent is None else f"{percent}%"


def plotted(figure: Figure, share: Share) -> float | None:
    """A number for a plot, beside which a table says it exactly: hundredths, or of cash ten thousand yuan."""
    if figure is Figure.CASH:
        return float(Decimal(share.part) / 1_000_000)
    return None if share.percent is None else float(share.percent)


SUBJECTS: Final = {
    ReviewSubject.CONTRACT: gettext_noop("Contracts"),
    ReviewSubject.VOUCHER: gettext_noop("Vouchers"),
}
STATES: Final = {
    ReviewState.OPEN: gettext_noop("not looked at yet"),
    ReviewState.ASKED: gettext_noop("papers asked for"),
    ReviewState.GIVEN: gettext_noop("papers handed in"),
    ReviewState.CLOSED: gettext_noop("closed"),
}
TONES: Final = {
    ReviewState.OPEN: "open",
    ReviewState.ASKED: "waiting",
    ReviewState.GIVEN: "open",
    ReviewState.CLOSED: "done",
}
CONCLUSIONS: Final = {
    Conclusion.IN_ORDER: gettext_noop("In order"),
    Conclusion.FINDING: gettext_noop("A finding was opened"),
}
NOTES: Final = {
    NoteKind.COMMENT: gettext_noop("Comment"),
    NoteKind.ASK: gettext_noop("Papers asked for"),
    NoteKind.PAPERS: gettext_noop("Papers handed in"),
    NoteKind.CLOSE: gettext_noop("Closed"),
    NoteKind.REOPEN: gettext_noop("Looked at again"),
}


def subject_said(value: str) -> str:
    """What is looked at."""
    return gettext(SUBJECTS[ReviewSubject(value)])


def state_said(row: ReviewRow) -> tuple[str, str]:
    """Return the state of a review, or what it came to, and the tone of its mark."""
    if row.late:
        return gettext("papers overdue"), "late"
    if row.conclusion == Conclusion.FINDING:
        return gettext(CONCLUSIONS[Conclusion.FINDING]), "late"
    if row.conclusion:
        return gettext(CONCLUSIONS[Conclusion(row.conclusion)]), "done"
    return gettext(STATES[ReviewState(row.state)]), TONES[ReviewState(row.state)]


def note_said(note: NoteRow) -> str:
    """What was done with a note."""
    return gettext(NOTES[NoteKind(note.kind)])


def author_said(note: NoteRow) -> str:
    """Who said something: the post, and the name where the reader may see it."""
    return post_said(note.role, title=note.title, name=note.name)


def post_said(role: str, *, title: str, name: str) -> str:
    """Who did something, by their post: its role or, in Chinese, its title, and the name of its holder."""
    known = known_roles().get(role)
    post = title if title and not english() else gettext(known.name) if known else title
    return f"{post} {name}".strip() or gettext("the system")
