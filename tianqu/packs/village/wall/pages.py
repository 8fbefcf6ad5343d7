"""The public pages of the wall: finding a village, its poster of a quarter, and the vouchers under each sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound
from tianqu.base.texts import shortened
from tianqu.kernel.journal.api import our_key
from tianqu.kernel.orders.api import TITLE_MAX, PublicOrder, known_item
from tianqu.kernel.pack.api import Column, PageRequest, PageResult, Redirect, Rendered, Table
from tianqu.kernel.places.api import Place, find_places, full_names, place_called, places_above, places_in
from tianqu.packs.village.forms import home_village
from tianqu.packs.village.wall.check_words import check_words
from tianqu.packs.village.wall.content import Content
from tianqu.packs.village.wall.queries import (
    ITEM,
    Edition,
    counted_below,
    edition_called,
    former_villages,
    indexes_of,
    newest_quarters,
    questions_asked,
    questions_told,
)
from tianqu.packs.village.wall.sums import number_faults
from tianqu.packs.village.wall.telling import Told, told
from tianqu.packs.village.wall.vouchers import VoucherList, vouchers_of
from tianqu.packs.village.wall.words import (
    NUMBERS,
    account_name,
    plain_words,
    quarter_said,
    voucher_kind,
    yuan,
)
from tianqu.packs.village.words import english, shown

LISTED: Final = 8  # contracts, holdings or findings on the page itself; all of them are one tap away
ROWS: Final = 50
QUESTIONS_SHOWN: Final = 10  # under the poster itself
QUESTIONS_PAGE: Final = 20
ELSEWHERE: Final = "elsewhere"  # questions about quarters of which there is no poster
TILE_KB: Final = 8  # of the log; in the worst case each number lies in a tile of its own
WORDS_MAX: Final = 100
FOUND_MAX: Final = 50
VILLAGE_KIND: Final = "village"
LISTS: Final = {
    "contracts": _("Contracts"), "assets": _("Things of the village"), "funds": _("Funds"),
    "claims": _("Owed to the village"), "debts": _("Owed by the village"), "findings": _("What was found wrong"),
}  # fmt: skip
VOUCHERS: Final = (
    Column("number", _("Voucher")), Column("day", _("Booked on")), Column("about", _("What for")),
    Column("amount", _("Amount"), numeric=True, unit=_("yuan")), Column("entry", _("Entry in the log")),
)  # fmt: skip
ABOUT_NUMBERS: Final = 5  # of vouchers that a question names at first
ABOUT_MAX: Final = 120  # characters that the item's form takes
NUMBER_COLUMNS: Final = (
    Column("number", _("Number in the book"), numeric=True), Column("what", _("What it stands for")),
    Column("entry", _("Entry in the log")),
)  # fmt: skip


# ---- Finding a village


def walls(request: PageRequest) -> PageResult:
    """Find a village by its name, or county by county and township by township."""
    words = " ".join(request.GET.get("q", "").split())[:WORDS_MAX]
    code = request.GET.get("place", "")
    here = place_called(code) if code and not words else None
    if here is not None and here.kind == VILLAGE_KIND:
        return Redirect(address_of(here.code))
    rows = _found(words) if words else places_in(here.path if here else None)
    if not words and here is None and len(rows) == 1:  # the realm itself: begin with its counties
        here, rows = rows[0], places_in(rows[0].path)
    if here is not None and all(row.kind == VILLAGE_KIND for row in rows):
        rows = [*rows, *former_villages(str(here.path), today=[row.code for row in rows])]
    villages = [row.code for row in rows if row.kind == VILLAGE_KIND]
    newest = newest_quarters(villages)
    context = {
        "words": words, "here": here, "rows": rows, "shown": shown, "newest": newest, "quarter_said": quarter_said,
        "counted": counted_below(str(here.path)) if here is not None and not villages else {},
        "names": _full(rows) if words else {}, "village_kind": VILLAGE_KIND, "address_of": address_of,
        "above": [*_crumbs(here)] if here is not None else [],
    }  # fmt: skip
    return Rendered("village/walls.html", context)


def own_wall(request: PageRequest) -> PageResult:
    """The wall of the village whose post this is; where it has no poster yet, the list of walls."""
    village = home_village(request)
    if village is not None and newest_quarters([village.code]):
        return Redirect(address_of(village.code))
    return Redirect(reverse("village:walls"))


def own_question(request: PageRequest) -> PageResult:
    """Where whoever holds a village's post asks as everybody does."""
    return Redirect(reverse("ask"))


def _found(words: str) -> list[Place]:
    """The villages of today and before that are called like this, each code once."""
    rows = find_places(words, kind=VILLAGE_KIND, with_past=True, limit=FOUND_MAX)
    return list({row.code: row for row in rows}.values())


def _full(rows: Sequence[Place]) -> dict[Any, str]:
    language = "en" if english() else "zh"
    return {place_id: name.shown(language) for place_id, name in full_names([row.id for row in rows]).items()}


def _crumbs(here: Place) -> list[tuple[str, str]]:
    first = (gettext("Village walls"), reverse("village:walls"))
    return [first, *((shown(row), f"{first[1]}?place={row.code}") for row in places_above(str(here.path)))]


def address_of(code: str, *, quarter: str = "", edition: int | None = None, page: str = "", **given: str) -> str:
    """The address of a village's wall, of a quarter, of an edition, or of a page of one."""
    named: dict[str, Any] = {"code": code, **given}
    if quarter:
        named["quarter"] = quarter
    if edition is not None:
        named["edition"] = edition
    name = page or ("wall_edition" if edition is not None else "wall_quarter" if quarter else "wall")
    return reverse(f"village:{name}", kwargs=named)


# ---- A poster


def wall(request: PageRequest, *, code: str, quarter: str | None = None, edition: int | None = None) -> PageResult:
    """A village's poster: of its newest quarter, of a quarter, or one edition of it."""
    found = edition_called(code, quarter=quarter, edition=edition)
    poster = told(found.content)
    return Rendered("village/wall.html", _frame(found, poster) | {
        "asked": _questions(request, found), "all_questions": _questions_address(found),
        "asks": _asks(found, poster), "listed": LISTED,
        "now": timezone.now(), "paper": _paper(request.GET, found),
    })  # fmt: skip


def _frame(found: Edition, poster: Told) -> dict[str, Any]:
    """What each page of a poster needs."""
    here = {"code": found.place_code, "quarter": found.quarter, "edition": found.edition}

    def to(page: str, **given: str) -> str:
        return reverse(f"village:{page}", kwargs=here | given)

    return {
        "found": found, "told": poster, "to": to, "address_of": address_of, "quarter_said": quarter_said,
        "yuan": yuan, "english": english(),
        "where": [(gettext("Village walls"), reverse("village:walls")),
                  (poster.place, f"{reverse('village:walls')}?q={poster.village}")],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """What the QR code of a printed poster says, and whether this poster is the one that it was printed from."""

    entry: str
    leaf: str
    same: bool


def _paper(query: QueryDict, found: Edition) -> Paper | None:
    """What a scanned code brought along: the entry and the leaf hash that are printed on the paper."""
    entry, leaf = query.get("entry", "")[:20], query.get("leaf", "")[:64].lower()
    if not entry and not leaf:
        return None
    return Paper(entry, leaf, same=(entry, leaf) == (str(found.entry.index), found.entry.leaf_hash))


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about a quarter: its newest questions, how many there are, and how many about each other one.

    ``others`` are (the quarter, how many, the address of its poster); the quarter is "" where the question names none.
    """

    rows: Sequence[PublicOrder]
    count: int
    others: list[tuple[str, int, str]]

    @property
    def more(self) -> bool:
        """Whether there are others about this quarter than those that are shown."""
        return self.count > len(self.rows)


def _questions(request: PageRequest, found: Edition) -> Asked:
    """What was asked about this quarter's poster, and of how much was asked about others of this village."""
    asked = questions_asked(request.actor, edition=found)
    this = asked.get(found.quarter, [])
    rows = questions_told(this[:QUESTIONS_SHOWN], limit=QUESTIONS_SHOWN).rows if this else ()
    others = [
        (quarter, len(ids), f"{address_of(found.place_code, quarter=quarter)}#ask")
        for quarter, ids in sorted(asked.items(), reverse=True)
        if quarter in found.quarters and quarter != found.quarter
    ]  # fmt: skip
    elsewhere = sum(len(ids) for quarter, ids in asked.items() if quarter not in found.quarters)
    if elsewhere:
        others.append(("", elsewhere, f"{_questions_address(found)}?{urlencode({'of': ELSEWHERE})}"))
    return Asked(rows, len(this), others)


def _questions_address(found: Edition) -> str:
    return address_of(found.place_code, quarter=found.quarter, page="wall_questions")


def questions(request: PageRequest, *, code: str, quarter: str) -> PageResult:
    """All questions about a quarter's poster with their answers, or those about no poster that there is."""
    found = edition_called(code, quarter=quarter)
    asked, elsewhere = questions_asked(request.actor, edition=found), request.GET.get("of") == ELSEWHERE
    ids = asked.get(found.quarter, [])
    if elsewhere:
        ids = [one for named, some in asked.items() if named not in found.quarters for one in some]
    page = questions_told(ids, after=request.GET.get("after") or None, limit=QUESTIONS_PAGE)
    quarter_of_question = {str(one): named for named, some in asked.items() for one in some}
    poster = told(found.content)
    return Rendered("village/wall_questions.html", _frame(found, poster) | {
        "table": Table(gettext("Questions and objections"), (), page.rows, next_cursor=page.after or ""),
        "count": len(ids), "elsewhere": elsewhere, "now": timezone.now(), "asks": _asks(found, poster),
        "named": quarter_of_question,
    })  # fmt: skip


def _asks(found: Edition, poster: Told, *, about: str = "") -> str:
    """The address at which one asks about this poster, with what is known filled in; "" where the realm has no item.

    ``about`` is what of the poster it is about; without, the heading is left to be ended by whoever asks.
    """
    try:
        known_item(ITEM, on=timezone.localdate())
    except NotFound:
        return ""
    named = {"quarter": found.quarter, "village": poster.village, "about": about}
    title = shortened((gettext("%(quarter)s wall of %(village)s: %(about)s") % named).strip(), most=TITLE_MAX)
    given = {"place": str(found.place_id), "title": title, "form-quarter": found.quarter}
    if about:
        given["form-about"] = about
    return f"{reverse('ask_item', kwargs={'item': ITEM})}?{urlencode(given)}"


# ---- Under a poster


def listing(request: PageRequest, *, code: str, quarter: str, edition: int, part: str) -> PageResult:
    """All that a poster lists of one thing: its contracts, what it has and owes, what was found."""
    if part not in LISTS:
        raise NotFound(
            gettext_noop("There is no such list."), field="part", value=part[:40],
            remedy=gettext_noop("Follow a number of the poster."),
        )  # fmt: skip
    found = edition_called(code, quarter=quarter, edition=edition)
    poster = told(found.content)
    rows: Sequence[Any] = poster.findings if part == "findings" else getattr(poster, part).entries
    begin = _begin(request.GET)
    return Rendered("village/wall_list.html", _frame(found, poster) | {
        "part": part, "title": LISTS[part], "rows": rows[begin : begin + ROWS], "count": len(rows),
        "next": begin + ROWS if begin + ROWS < len(rows) else None,
        "whole": None if part == "findings" else getattr(poster, part),
    })  # fmt: skip


def vouchers(request: PageRequest, *, code: str, quarter: str, edition: int, what: str) -> PageResult:
    """The vouchers of a sum, which sum to it, each with its entry in the public log."""
    found = edition_called(code, quarter=quarter, edition=edition)
    listed = vouchers_of(found.content, what)
    begin = _begin(request.GET)
    rows = listed.rows[begin : begin + ROWS]
    more = str(begin + ROWS) if begin + ROWS < len(listed.rows) else ""
    return Rendered("village/wall_vouchers.html", _frame(found, told(found.content)) | {
        "listed": listed, "title": _title(listed), "begin": begin,
        "asks": _asks(found, told(found.content), about=_about(listed)),
        "table": Table(_title(listed), VOUCHERS, rows, next_cursor=more),
        "indexes": indexes_of(found.content, [(row.place, row.number) for row in rows]),
        "account_name": account_name, "voucher_kind": voucher_kind, "books": found.content["books"],
    })  # fmt: skip


def _about(listed: VoucherList) -> str:
    """What somebody asks about who comes from a list of vouchers: what it is called, and its first numbers."""
    numbers = [row.voucher or f"№ {row.number}" for row in listed.rows[:ABOUT_NUMBERS]]
    more = " …" if len(listed.rows) > ABOUT_NUMBERS else ""
    said = gettext("%(title)s (%(numbers)s)") % {"title": _title(listed), "numbers": ", ".join(numbers) + more}
    return shortened(said if numbers else _title(listed), most=ABOUT_MAX)


def _title(listed: VoucherList) -> str:
    whole = {
        "in": gettext("Money that came in"), "out": gettext("Money that was paid"),
        "cash": gettext("All that moved cash"), "all": gettext("All vouchers"),
    }  # fmt: skip
    if listed.label:
        return gettext(listed.label)
    if listed.account is None:
        return whole[listed.what]
    if listed.direction == "account":
        return account_name(listed.account)
    return plain_words(listed.account["code"], chart=listed.chart, direction=listed.direction)


def numbers(request: PageRequest, *, code: str, quarter: str, edition: int) -> PageResult:
    """Every number of the books, from 1 to the last: what it stands for, and its entry in the log."""
    found = edition_called(code, quarter=quarter, edition=edition)
    begin, uses = _begin(request.GET), _uses(found.content)
    rows = uses[begin : begin + ROWS]
    more = str(begin + ROWS) if begin + ROWS < len(uses) else ""
    return Rendered("village/wall_numbers.html", _frame(found, told(found.content)) | {
        "table": Table(gettext("Every number of the book"), NUMBER_COLUMNS, rows, next_cursor=more),
        "indexes": indexes_of(found.content, [(row.place, row.number) for row in rows]),
        "books": found.content["books"],
        "missing": {
            place: number_faults(book, quarter=found.quarter)
            for place, book in enumerate(found.content["books"])
        },
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number of a book and what it stands for; ``place`` is the book's position in the content."""

    place: int
    number: int
    words: str
    quarter: str = ""


def _uses(content: Content) -> list[NumberRow]:
    """What each number stands for, book by book."""
    rows = []
    for place, book in enumerate(content["books"]):
        told_of = [NumberRow(place, each["number"], gettext("voucher of this quarter")) for each in book["vouchers"]]
        for span in book["others"]:
            meaning = NUMBERS[span["what"]]
            words, quarter = gettext(meaning), quarter_said(span["quarter"]) if "quarter" in span else ""
            told_of += [NumberRow(place, number, words, quarter) for number in range(span["first"], span["last"] + 1)]
        rows += sorted(told_of, key=lambda row: row.number)
    return rows


def check(request: PageRequest, *, code: str, quarter: str, edition: int) -> PageResult:
    """How to check a poster without us, and a check in the browser."""
    found = edition_called(code, quarter=quarter, edition=edition)
    numbers_told = sum(book["last_number"] for book in found.content["books"])
    return Rendered("village/wall_check.html", _frame(found, told(found.content)) | {
        "paper": _paper(request.GET, found), "words": check_words(), "key": str(our_key().verifier),
        "log": reverse("log_checkpoint").removesuffix("/checkpoint"),
        "log_address": settings.TIANQU_ORIGIN + reverse("log_checkpoint").removesuffix("/checkpoint"),
        "whole_kb": numbers_told * TILE_KB + TILE_KB,
    })  # fmt: skip


def _begin(query: QueryDict) -> int:
    """From which row on a list is shown; whoever types something else gets its beginning."""
    text = query.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
