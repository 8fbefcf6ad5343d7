"""The desk's pages of the wall: which quarters a village has published, what it would say now, and publishing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import Place, place_called
from tianqu.packs.village import acts
from tianqu.packs.village.forms import SENT, TEXT_MAX, home_village
from tianqu.packs.village.keeping.pages import month_address
from tianqu.packs.village.keeping.words import month_said
from tianqu.packs.village.wall.pages import address_of
from tianqu.packs.village.wall.quarters import Quarter, parse_quarter, quarter_of
from tianqu.packs.village.wall.queries import Draft, books_begin, draft_of, published_of
from tianqu.packs.village.wall.telling import owed_fen, told
from tianqu.packs.village.wall.words import mu, quarter_said, yuan
from tianqu.packs.village.words import shown

QUARTERS_SHOWN: Final = 48


def _owed(sums: Mapping[str, Any]) -> str:
    """What is still owed of claims or debts, in yuan."""
    return yuan(owed_fen(sums))


# What is compared with the edition before: the words, the path of the number, and how it is written.
COMPARED: Final = (
    (_("There was"), ("money", "opening_fen"), yuan), (_("Came in"), ("money", "received_fen"), yuan),
    (_("Was paid"), ("money", "paid_fen"), yuan), (_("There is"), ("money", "closing_fen"), yuan),
    (_("Land of the village"), ("land", "sums", "area_mu_4"), mu), (_("lies idle"), ("land", "sums", "idle_mu_4"), mu),
    (_("Contracts"), ("contracts", "sums", "contracts"), str),
    (_("rent a year"), ("contracts", "sums", "rent_year_fen"), yuan),
    (_("Owed to the village"), ("claims", "sums"), _owed), (_("Owed by the village"), ("debts", "sums"), _owed),
)  # fmt: skip
UNITS: Final[Mapping[Any, Any]] = {yuan: _("yuan"), _owed: _("yuan"), mu: _("mu")}


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """A quarter that is over, and the newest edition that was published of it; None for none."""

    quarter: str
    words: str
    published: Any
    address: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of the draft beside that of the edition before ("" where there is none), in a unit of its own."""

    words: str
    unit: str
    before: str
    now: str

    @property
    def changed(self) -> bool:
        """Whether a correction would change it."""
        return bool(self.before) and self.before != self.now


def publishing(request: PageRequest) -> PageResult:
    """The quarters that are over, newest first: what is published, and what is still to be."""
    place = _village(request)
    if place is None:
        return Rendered("village/wall_publishing.html", {"village": "", "rows": []})
    published = published_of(place.code)
    rows = [
        QuarterRow(
            str(quarter), quarter_said(quarter), published.get(str(quarter)),
            f"{reverse('village:publish', kwargs={'quarter': str(quarter)})}?village={place.code}",
        )
        for quarter in _over(books_begin(request.actor, place=place))
    ]  # fmt: skip
    return Rendered("village/wall_publishing.html", {
        "village": shown(place), "rows": rows, "address_of": address_of, "code": place.code,
    })  # fmt: skip


def publish(request: PageRequest, quarter: str) -> PageResult:
    """What the poster of a quarter would say now, beside the edition before; when it is sent, publish it."""
    place, wanted = _village(request), parse_quarter(quarter)
    if place is None:
        raise NotFound(
            gettext_noop("Choose the village first."), field="village",
            remedy=gettext_noop("Choose a village of the list."),
        )  # fmt: skip
    if request.method != "POST":
        return _shown(request, place, wanted, {}, Faults(), new_identifier())
    given = {"reason": request.POST.get("reason", "").strip()[:TEXT_MAX]}
    wall_id = _identifier(request.POST.get(SENT, ""))
    try:
        acts.publish_wall(request.actor, place_id=place.id, wall_id=wall_id, quarter=str(wanted), **given)
    except TianquError as error:
        return _shown(request, place, wanted, given, faults(error), wall_id, status=error.status)
    return Redirect(
        address_of(place.code, quarter=str(wanted)), notice=gettext("Published. Everybody can read it now.")
    )


def _shown(
    request: PageRequest,
    place: Place,
    quarter: Quarter,
    given: Mapping[str, str],
    errors: Faults,
    wall_id: UUID,
    *,
    status: int = 200,
) -> PageResult:
    draft = draft_of(request.actor, place=place, quarter=quarter)
    poster = told(draft.content | {"edition": 0, "reason": ""})
    return Rendered("village/wall_publish.html", {
        "draft": draft, "told": poster, "village": shown(place), "quarter": quarter_said(quarter),
        "unfinished": [(month_said(month), month_address(book, month)) for book, month in draft.unfinished],
        "rows": _compared(draft), "given": given, "errors": errors, "sent_id": wall_id,
        "address_of": address_of, "code": place.code, "quarter_code": str(quarter),
        "vouchers": sum(len(book["vouchers"]) for book in draft.content["books"]),
    }, status=status)  # fmt: skip


def _compared(draft: Draft) -> list[Compared]:
    rows = []
    for words, path, written in COMPARED:
        before = "" if draft.before is None else written(_at(draft.before.content, path))
        unit = str(UNITS.get(written, ""))
        rows.append(Compared(words=str(words), unit=unit, before=before, now=written(_at(draft.content, path))))
    return rows


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        content = content[part]
    return content


def _village(request: PageRequest) -> Place | None:
    """The village whose post this is, or the one that a post over several has chosen."""
    code = request.GET.get("village", "")
    return home_village(request) or (place_called(code[:40]) if code else None)


def _over(begin: date | None) -> list[Quarter]:
    """The quarters that are over since the books begin, the newest first."""
    this = quarter_of(timezone.localdate())
    at = this.year * 4 + this.number - 1
    quarters = (Quarter((at - back) // 4, (at - back) % 4 + 1) for back in range(1, QUARTERS_SHOWN + 1))
    return [quarter for quarter in quarters if begin is not None and quarter.last_day >= begin]


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:  # a form of another make; then it is simply not safe to send twice
        return new_identifier()
