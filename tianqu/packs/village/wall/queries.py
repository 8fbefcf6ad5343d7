"""Reading for the wall: what a poster is made from, and the posters that are there. The latter is for everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, TooLarge, _
from tianqu.kernel.journal.api import SYSTEM, Actor, BookLeaf, KeptEntry, book_leaves, kept_entry, set_scope
from tianqu.kernel.ledgers.api import (
    Account,
    Book,
    book_log_name,
    books_list,
    hold_books,
    number_uses,
    periods_of,
    postings_between,
)
from tianqu.kernel.orders.api import Order, PublicFilters, PublicPage, public_orders
from tianqu.kernel.places.api import Place, places_above, require, units_near
from tianqu.packs.village.findings.told.queries import findings_of_village
from tianqu.packs.village.keeping.registers.vouchers import unfinished_months
from tianqu.packs.village.models import (
    Contract,
    ContractState,
    HoldingKind,
    HoldingVersion,
    Judgement,
    ParcelVersion,
    Wall,
)
from tianqu.packs.village.parties import is_organisation, masked
from tianqu.packs.village.queries import RegisterPage
from tianqu.packs.village.registers.land import Located
from tianqu.packs.village.rules.facts import ContractKind
from tianqu.packs.village.statements.layouts import LAYOUTS
from tianqu.packs.village.statements.queries import MONEY, statements_of
from tianqu.packs.village.wall.content import (
    BookFacts,
    Content,
    book_content,
    in_force_on,
    whole_content,
    without_names,
)
from tianqu.packs.village.wall.quarters import Quarter, quarter_named

BOOKS_MAX: Final = 8
BOOKS_LISTED: Final = 100  # with those that a poster does not tell of
ROWS_MAX: Final = 300  # contracts or holdings that a poster lists; of the rest it tells the sums
FINDINGS_MAX: Final = 500
PUBLISHED_MAX: Final = 2_001
ITEM: Final = "village.wall"  # what one asks with, or objects
QUESTIONS_MAX: Final = 5_000  # about the walls of one village
PUBLISH: Final = "village.publish_wall"
OF_THE_EDITION: Final = ("edition", "replaces", "reason", "log")  # what differs between editions in any case


def money_books(actor: Actor, *, place: Place) -> list[Book]:
    """Return the books of a village that a poster tells of: those of its collective's money.

    Hours of volunteers and the budget of an office are kept in books as well, and may be kept in a village.
    """
    found = books_list(actor, place_path=str(place.path), limit=BOOKS_LISTED).rows
    accounts = Account.objects.filter(book__in=found, ledger__code=MONEY, chart__in=list(LAYOUTS))
    told = set(accounts.values_list("book_id", flat=True).distinct())
    return [book for book in found if book.id in told]


def book_parts(actor: Actor, *, place: Place, quarter: Quarter) -> list[Content]:
    """Return what a poster says of each book of a village. Raises ``NotFound`` for a village without a book.

    Statements, postings and numbers are asked for one after another, so nobody posts until the transaction ends.
    """
    books = money_books(actor, place=place)
    if not books:
        raise NotFound(
            _("%(name)s keeps no book here yet."), field="place_id", value=place.code, name=place.name,
            remedy=_("Open its book first."),
        )  # fmt: skip
    if len(books) > BOOKS_MAX:
        raise TooLarge(_("A poster takes up at most %(most)s books."), field="place_id", most=BOOKS_MAX)
    hold_books(actor, codes=[book.code for book in books])
    days = {"first_day": quarter.first_day, "last_day": quarter.last_day}
    parts = []
    for book in books:
        if book.first_day > quarter.last_day:
            continue
        facts = BookFacts(
            statements_of(actor, book=book.code, **days), postings_between(actor, book=book.code, **days),
            number_uses(actor, book=book.code),
        )  # fmt: skip
        parts.append(book_content(facts, quarter))
    if not parts:
        raise NotFound(
            _("The books of %(name)s begin after %(quarter)s."), field="quarter", value=str(quarter),
            name=place.name, quarter=str(quarter), remedy=_("Choose a later quarter."),
        )  # fmt: skip
    return parts


def land_part(place: Place, *, on: date) -> Content:
    """Return the land of a village on a day, by class, and how much of it lies idle."""
    rows: dict[str, dict[str, Any]] = {}
    versions = ParcelVersion.objects.filter(_holds_on(on), place_path=place.path)
    for land_class, idle, area in versions.order_by("land_class").values_list("land_class", "idle", "area_mu_4"):
        row = rows.setdefault(land_class, {"land_class": land_class, "parcels": 0, "area_mu_4": 0, "idle_mu_4": 0})
        row["parcels"] += 1
        row["area_mu_4"] += area
        row["idle_mu_4"] += area if idle else 0
    return _part([*rows.values()], ("parcels", "area_mu_4", "idle_mu_4"))


def contracts_part(place: Place, *, on: date) -> Content:
    """Return the contracts of a village in force on a day, persons masked, largest rents first.

    Those of households, which pay nothing for thirty years and are many, are told as a sum.
    """
    contracts = Contract.objects.filter(place_path=place.path).exclude(state=ContractState.STRUCK)
    rows: list[dict[str, Any]] = []
    rest = {"contracts": 0, "area_mu_4": 0, "rent_year_fen": 0}
    for each in contracts.order_by(F("rent_year_fen").desc(nulls_last=True), "number").defer("particulars"):
        if not in_force_on(on, starts_on=each.starts_on, until=each.until, ended_on=each.ended_on):
            continue
        if each.kind == ContractKind.HOUSEHOLD.value or len(rows) >= ROWS_MAX:
            rest["contracts"] += 1
            rest["area_mu_4"] += each.area_mu_4
            rest["rent_year_fen"] += each.rent_year_fen or 0
            continue
        rows.append({
            "number": each.number, "kind": each.kind, "land_class": each.land_class, "lessee": masked(each.lessee),
            "starts_on": each.starts_on.isoformat(), "until": each.until.isoformat() if each.until else None,
            "area_mu_4": each.area_mu_4, "rent_year_fen": each.rent_year_fen, "contracts": 1,
        })  # fmt: skip
    rows.sort(key=lambda row: (-(row["rent_year_fen"] or 0), row["number"]))
    return _part(rows, ("contracts", "area_mu_4", "rent_year_fen"), rest)


def holding_parts(place: Place, *, on: date) -> dict[str, Content]:
    """Return what a village has and owes on a day, by ``assets``, ``funds``, ``claims`` and ``debts``."""
    versions = HoldingVersion.objects.filter(_holds_on(on), place_path=place.path).select_related("holding")
    told: dict[str, list[dict[str, Any]]] = {kind: [] for kind in HoldingKind.values}
    for each in versions.order_by("-amount_fen", "holding__number"):
        told[each.holding.kind].append({
            "number": each.holding.number, "name": each.name, "party": masked(each.party),
            "amount_fen": each.amount_fen, "settled_fen": each.settled_fen,
            "due_on": each.due_on.isoformat() if each.due_on else None, "holdings": 1,
        })  # fmt: skip
    names = ("holdings", "amount_fen", "settled_fen")
    parts = {}
    for kind, rows in told.items():
        rest = {name: sum(row[name] for row in rows[ROWS_MAX:]) for name in names}
        parts[f"{kind}s"] = _part(rows[:ROWS_MAX], names, rest if len(rows) > ROWS_MAX else None)
    return parts


def findings_part(place: Place, *, quarter: Quarter) -> list[Content]:
    """Return what was found wrong in a village, gravest first.

    Findings that were open in the quarter, as they stood at its end; and what the rules found in contracts in force
    that nobody has made a finding of yet.
    """
    opened = findings_of_village(place.id, first_day=quarter.first_day, last_day=quarter.last_day)
    found = [
        {
            "rule": each.rule, "severity": each.severity, "subject": each.subject, "number": each.number,
            "found_on": each.opened_on.isoformat(), "state": each.state, "due_on": each.rectify_by.isoformat(),
            "closed_on": each.closed_on.isoformat() if each.closed_on else None, "late": each.late,
        }
        for each in opened
    ]  # fmt: skip
    known = {(each["subject"], each["number"], each["rule"]) for each in found}
    found += [
        row for row in _judged(place, on=quarter.last_day) if ("contract", row["number"], row["rule"]) not in known
    ]
    found.sort(key=lambda row: (row["severity"] != "severe", row["rule"], row["number"], row["found_on"]))
    return found


def _judged(place: Place, *, on: date) -> Iterator[Content]:
    """What the rules last found in each contract in force on a day, but for reminders."""
    contracts = Contract.objects.filter(place_path=place.path).exclude(state=ContractState.STRUCK)
    numbers = {
        each.id: each.number
        for each in contracts.filter(Q(severe__gt=0) | Q(flags__gt=0)).only("number", "starts_on", "until", "ended_on")
        if in_force_on(on, starts_on=each.starts_on, until=each.until, ended_on=each.ended_on)
    }
    newest = (
        Judgement.objects.filter(contract_id__in=numbers).order_by("contract_id", "-at", "-id").distinct("contract_id")
    )
    for each in newest:
        for told in each.findings:
            if told["severity"] != "notice":
                yield {
                    "rule": told["rule"], "severity": told["severity"], "subject": "contract",
                    "number": numbers[each.contract_id], "found_on": each.on.isoformat(), "state": "found",
                    "due_on": None, "closed_on": None, "late": False,
                }  # fmt: skip


def _holds_on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _part(rows: list[dict[str, Any]], names: Sequence[str], rest: dict[str, int] | None = None) -> Content:
    """Rows with the sums of some of their columns; ``rest`` is what of them is not listed."""
    sums = {name: sum(row[name] or 0 for row in rows) + (rest or {}).get(name, 0) for name in names}
    part: Content = {"rows": rows, "sums": sums}
    return part | {"rest": rest} if rest and any(rest.values()) else part


def persons_of(place: Place) -> set[str]:
    """Return every person whom the registers of a village name as a party, now or before."""
    contracts = Contract.objects.filter(place_path=place.path).values_list("lessor", "lessee")
    parties = HoldingVersion.objects.filter(place_path=place.path).values_list("party", flat=True)
    named = {*(name for both in contracts for name in both), *parties} - {place.name, ""}
    return {name for name in named if not is_organisation(name)}


def head_part(place: Place, *, on: date) -> Content:
    """Return where a village lies and who answers for it, as of a day."""
    above = places_above(str(place.path))
    units = units_near(str(place.path), on=on)
    own = next((unit for unit in units if unit.place.path == place.path), None)
    over = next((unit for unit in units if above and unit.place.path == above[-1].path), None)
    return {
        "place": {"code": place.code, "name": place.name, "name_en": place.name_en,
                  "above": [each.name for each in above], "above_en": [each.name_en for each in above]},
        "answerable": {
            name: None if unit is None else {"code": unit.code, "name": unit.name, "name_en": unit.name_en}
            for name, unit in (("unit", own), ("above", over))
        },
    }  # fmt: skip


def draft_content(actor: Actor, *, place: Place, quarter: Quarter, today: date) -> Content:
    """Return what a poster of a quarter would say now, without its edition. Raises ``InvalidInput``, ``NotFound``."""
    if quarter.last_day >= today:
        raise InvalidInput(
            _("%(value)s is not over yet."), field="quarter", value=str(quarter),
            remedy=_("A poster tells of a whole quarter; wait for its last day."),
        )  # fmt: skip
    day = quarter.last_day
    head = head_part(place, on=day) | {
        "quarter": str(quarter), "first_day": quarter.first_day.isoformat(), "last_day": day.isoformat(),
    }  # fmt: skip
    content = whole_content(
        head=head, books=book_parts(actor, place=place, quarter=quarter), land=land_part(place, on=day),
        contracts=contracts_part(place, on=day), holdings=holding_parts(place, on=day),
        findings=findings_part(place, quarter=quarter), findings_max=FINDINGS_MAX,
    )  # fmt: skip
    return without_names(content, {name: masked(name) for name in persons_of(place)})


def unfinished_in(actor: Actor, *, place: Place, quarter: Quarter) -> list[tuple[str, date]]:
    """Return the months of a quarter that are not finished, as codes of books and first days. At most a poster's."""
    months = []
    for one in money_books(actor, place=place)[:BOOKS_MAX]:
        begins = max(one.first_day, quarter.first_day)
        found = unfinished_months(periods_of(one), first_day=begins, last_day=quarter.last_day)
        months += [(one.code, month) for month in found]
    return months


def same_content(before: Content, now: Content) -> bool:
    """Say whether a draft says what an edition says, but for what differs between editions in any case."""
    return {name: part for name, part in before.items() if name not in OF_THE_EDITION} == now


@dataclass(frozen=True, slots=True)
class Draft:
    """What a village would publish now, and the newest edition there is; ``same``: nothing has changed since.

    ``unfinished`` are the months of its books that are to be finished before, as ``unfinished_in`` tells them.
    """

    place: Place
    content: Content
    before: Edition | None
    same: bool
    unfinished: list[tuple[str, date]]


def draft_of(actor: Actor, *, place: Place, quarter: Quarter) -> Draft:
    """Return what the poster of a quarter would say now, beside what was published."""
    require(actor, PUBLISH, Located(str(place.path)))
    with transaction.atomic():
        content = draft_content(actor, place=place, quarter=quarter, today=timezone.localdate())
    before = newest_edition(place, quarter)
    same = before is not None and same_content(before.content, content)
    return Draft(place, content, before, same, unfinished_in(actor, place=place, quarter=quarter))


def books_begin(actor: Actor, *, place: Place) -> date | None:
    """Return the first day of a village's books, None where it keeps none."""
    books = money_books(actor, place=place)
    return min((book.first_day for book in books), default=None)


def published_of(code: str) -> dict[str, Wall]:
    """Return the newest edition of each quarter that a village has published, by quarter."""
    rows = Wall.objects.filter(place_code=code).order_by("quarter", "edition")[:PUBLISHED_MAX]
    return {row.quarter: row for row in rows}


# ---- What is published, for everybody


@dataclass(frozen=True, slots=True)
class Edition:
    """A poster as it was published: its content as the log holds it, and what proves it.

    ``all`` are the posters of the village, the newest quarter and edition first.
    """

    id: UUID
    place_id: UUID
    place_code: str
    place_path: str
    quarter: str
    edition: int
    published_at: datetime
    content: Content
    entry: KeptEntry
    all: list[Wall]

    @property
    def newest(self) -> int:
        """The number of the newest edition of this quarter."""
        return next(row.edition for row in self.all if row.quarter == self.quarter)

    @property
    def quarters(self) -> list[str]:
        """The quarters of which the village has a poster, the newest first."""
        return list(dict.fromkeys(row.quarter for row in self.all))

    @property
    def editions(self) -> list[Wall]:
        """The editions of this quarter, the newest first."""
        return [row for row in self.all if row.quarter == self.quarter]

    @property
    def subject(self) -> str:
        """What the journal calls it."""
        return subject_of(self.id)


def subject_of(wall_id: UUID) -> str:
    """Return what the journal calls a poster."""
    return f"wall:{wall_id}"


def series_of(place_code: str) -> str:
    """Return the book that counts a village's posters in the public log, so that none can be kept back."""
    return f"wall:{place_code}"


def edition_called(code: str, *, quarter: str | None = None, edition: int | None = None) -> Edition:
    """Return a village's poster, of its newest quarter and edition where they are not named. Raises ``NotFound``."""
    rows = list(Wall.objects.filter(place_code=code).order_by("-quarter", "-edition")[:PUBLISHED_MAX])
    wanted = (row for row in rows if quarter in (None, row.quarter) and edition in (None, row.edition))
    row = next(wanted, None)
    entry = kept_entry(subject_of(row.id)) if row is not None else None
    if row is not None and entry is not None and entry.body is None:
        raise NotFound(
            _("Edition %(edition)s of %(quarter)s held a name that was erased. Its text is gone; its hash in the log is"
              " %(hash)s."), field="edition", value=row.edition, edition=row.edition, quarter=row.quarter,
            hash=entry.leaf_hash, remedy=_("Read another edition, or ask the village to publish the next one."),
        )  # fmt: skip
    if row is None or entry is None or entry.body is None:
        raise NotFound(
            _("No poster of %(quarter)s was published here.") if quarter else _("No poster was published here yet."),
            field="quarter", value=(quarter or code)[:40], quarter=(quarter or "")[:20],
            remedy=_("Choose another quarter.") if rows else _("Ask the village when it will publish one."),
        )  # fmt: skip
    return Edition(
        row.id, row.place_id, code, str(row.place_path), row.quarter, row.edition, row.published_at,
        orjson.loads(entry.body)["after"], entry, rows,
    )  # fmt: skip


def newest_edition(place: Place, quarter: Quarter) -> Edition | None:
    """Return the newest edition of a village's quarter; None where there is none, or where its text was erased."""
    newest = Wall.objects.filter(place_code=place.code, quarter=str(quarter)).order_by("-edition").first()
    entry = kept_entry(subject_of(newest.id)) if newest is not None else None
    return edition_called(place.code, quarter=str(quarter)) if entry is not None and entry.body is not None else None


def walls_list(
    path: str | None, *, quarter: str | None = None, after: str | None = None, limit: int = 50
) -> RegisterPage[Wall]:
    """List posters at or below a path, or all, by village, quarter and edition. Raises ``NotFound``."""
    rows = Wall.objects.order_by("place_code", "quarter", "edition")
    if path is not None:
        rows = rows.filter(place_path__under=path)
    if quarter is not None:
        rows = rows.filter(quarter=quarter)
    if after is not None:
        code, of_quarter, edition = _mark(after)
        further = Q(place_code=code, quarter=of_quarter, edition__gt=edition)
        further |= Q(place_code=code, quarter__gt=of_quarter) | Q(place_code__gt=code)
        rows = rows.filter(further)
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return RegisterPage(found[:limit], f"{last.place_code}/{last.quarter}/{last.edition}" if last is not None else None)


def _mark(after: str) -> tuple[str, str, int]:
    try:
        code, quarter, edition = after.split("/")
        return code, quarter, int(edition[:5])
    except ValueError as error:
        raise NotFound(
            _("This is not the mark of a page."), field="after", value=after[:80],
            remedy=_("Use the `next` that the page before gave, or none."),
        ) from error  # fmt: skip


def newest_quarters(codes: Sequence[str]) -> dict[str, str]:
    """Return the newest quarter of each of some villages that has a poster, by the village's code."""
    rows = Wall.objects.filter(place_code__in=list(codes)).values("place_code").annotate(newest=Max("quarter"))
    return {row["place_code"]: row["newest"] for row in rows.order_by("place_code")}


def walls_below(path: str, *, quarter: str) -> set[str]:
    """Return the codes of the villages at or below a path that have a poster of a quarter."""
    rows = Wall.objects.filter(place_path__under=path, quarter=quarter)
    return set(rows.values_list("place_code", flat=True))


def former_villages(path: str, *, today: Collection[str]) -> list[Place]:
    """Return the villages right below a path that have published and are there no more, by code."""
    rows = Wall.objects.filter(place_path__under=path).exclude(place_code__in=list(today)).select_related("place")
    found = {row.place_code: row.place for row in rows.defer("place__boundary").order_by("place_code", "quarter")}
    depth = path.count(".") + 1
    return [place for place in found.values() if str(place.path).count(".") == depth][:PUBLISHED_MAX]


def counted_below(path: str) -> dict[str, int]:
    """Return how many villages below a path have a poster, by the code of the place right below it."""
    depth = path.count(".") + 1
    counted: dict[str, set[str]] = {}
    villages = Wall.objects.filter(place_path__under=path).order_by().values_list("place_path", "place_code").distinct()
    for place_path, code in villages:
        labels = str(place_path).split(".")
        counted.setdefault(labels[min(depth, len(labels) - 1)], set()).add(code)
    return {code: len(found) for code, found in counted.items()}


def leaves_of(edition: Edition) -> dict[str, list[BookLeaf]]:
    """Return the leaves of each book that a poster tells of, up to its last number, and of the village's posters."""
    series = series_of(edition.place_code)
    told = {
        book_log_name(book["code"]): book_leaves(book_log_name(book["code"]), last=book["last_number"])
        for book in edition.content["books"]
    }
    return told | {series: book_leaves(series)}


def indexes_of(content: Content, rows: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Return the places in the public log of some entries, given and told by (the book's position, number)."""
    found: dict[tuple[int, int], int] = {}
    for place, book in enumerate(content["books"]):
        numbers = [number for at, number in rows if at == place]
        if numbers:
            for leaf in book_leaves(book_log_name(book["code"]), numbers=numbers):
                if leaf.index is not None:
                    found[place, leaf.number] = leaf.index
    return found


def questions_asked(actor: Actor, *, edition: Edition) -> dict[str, list[UUID]]:
    """Return the public questions about the walls of a village by the quarter that each names, the newest first.

    The quarter is the one in the question's form, not in its title, which whoever asks may write anew; under "" are
    those whose form names none. Of the forms nothing else is read: they lie behind the scope of their units.
    """
    rows = Order.objects.filter(
        publication__item_code=ITEM, publication__place_path__under=edition.place_path,
        publication__hidden_at__isnull=True,
    )  # fmt: skip
    named = rows.order_by("-publication__placed_at", "-id").values_list("id", "form__quarter")[:QUESTIONS_MAX]
    set_scope(SYSTEM.scope)
    try:
        found = list(named)
    finally:
        set_scope(actor.scope)
    asked: dict[str, list[UUID]] = {}
    for order_id, quarter in found:
        asked.setdefault(quarter_named(quarter), []).append(order_id)
    return asked


def questions_told(ids: Sequence[UUID], *, after: str | None = None, limit: int) -> PublicPage:
    """Return some questions with their answers, the newest first, by keyset."""
    return public_orders(filters=PublicFilters(order_ids=tuple(ids)), after=after, limit=limit)
