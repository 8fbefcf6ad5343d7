"""What a poster says, laid out for people: sections of rows with every amount written out, in the reader's language.

The page and the paper are both made from this. A ``Sum`` bears the path of what it says within the content, so that
the reader's own check can hold the page against the log, and ``what``: the list of vouchers it is of ("" for none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext

from tianqu.packs.village.findings.words import rule_said, subject_said
from tianqu.packs.village.rules.facts import ContractKind, LandClass
from tianqu.packs.village.rules.laws import Severity
from tianqu.packs.village.wall.content import Content
from tianqu.packs.village.wall.vouchers import sheet_walks
from tianqu.packs.village.wall.words import (
    IN,
    OUT,
    account_name,
    finding_state,
    mu,
    named,
    place_said,
    plain_words,
    quarter_said,
    village_said,
    yuan,
)
from tianqu.packs.village.words import CLASSES, KINDS, SEVERITIES, day_said, listed

NAMED_MAX = 6  # contracts that a line of findings names


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of a poster as it is written; ``path`` says where it stands in the content, "" for a difference."""

    text: str
    path: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a section: what it is about, in plain words and by its official name, and its numbers."""

    words: str
    sums: tuple[Sum, ...]
    official: str = ""
    vouchers: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing of a register as a poster lists it: its cells, and its numbers, one of each column."""

    cells: tuple[str, ...]
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Things of a register with the sums of their columns; ``rest`` says what is not listed, "" for nothing."""

    name: str
    entries: list[Entry]
    sums: dict[str, Sum]
    count: int
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, what it is about, and how far it has come; ``due``: by when it must be put right."""

    words: str
    subject: str
    number: str
    severity: str
    severity_words: str
    state: str
    state_words: str
    since: str
    due: str
    late: bool


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """What one rule found in several things: how many of them, how grave, how many are put right, and which."""

    words: str
    severity: str
    severity_words: str
    count: int
    closed: int
    late: int  # not answered, and past the day
    numbers: str  # the first of them


@dataclass(frozen=True, slots=True)
class Told:
    """A whole poster in words."""

    village: str
    place: str
    quarter: str
    first_day: date
    last_day: date
    edition: int
    reason: str
    unit: str
    above: str
    opening: Sum
    received: Sum
    paid: Sum
    closing: Sum
    money_in: list[Line]
    money_out: list[Line]
    worth: list[Line]  # what the village has, and what it owes: opening and closing
    land: list[Line]
    land_total: Sum
    land_idle: Sum
    contracts: Listing
    assets: Listing
    funds: Listing
    claims: Listing
    debts: Listing
    findings: list[Finding]
    findings_count: int  # with those that are not listed
    found: list[FindingGroup]
    books: list[Mapping[str, Any]] = field(default_factory=list)


def told(content: Content) -> Told:
    """Lay out a poster in the language of the page."""
    unit, above = content["answerable"]["unit"], content["answerable"]["above"]
    opening, received, paid, closing = (
        Sum(yuan(content["money"][f"{name}_fen"]), f"money.{name}_fen", what)
        for name, what in (("opening", "cash"), ("received", IN), ("paid", OUT), ("closing", "cash"))
    )
    assets, funds, claims, debts = (_holdings(name, content[name]) for name in ("assets", "funds", "claims", "debts"))
    findings = [_finding(each) for each in content["findings"]]
    return Told(
        village=village_said(content["place"]), place=place_said(content["place"]),
        quarter=quarter_said(content["quarter"]),
        first_day=date.fromisoformat(content["first_day"]), last_day=date.fromisoformat(content["last_day"]),
        edition=content["edition"], reason=content["reason"],
        unit=named(unit) if unit else "", above=named(above) if above else "",
        opening=opening, received=received, paid=paid, closing=closing,
        money_in=list(_money(content, IN)), money_out=list(_money(content, OUT)), worth=list(_worth(content)),
        land=list(_land(content["land"])),
        land_total=Sum(mu(content["land"]["sums"]["area_mu_4"]), "land.sums.area_mu_4"),
        land_idle=Sum(mu(content["land"]["sums"]["idle_mu_4"]), "land.sums.idle_mu_4"),
        contracts=_contracts(content["contracts"]), assets=assets, funds=funds, claims=claims, debts=debts,
        findings=findings, findings_count=len(findings) + content.get("findings_left", 0), found=_grouped(findings),
        books=content["books"],
    )  # fmt: skip


def _money(content: Content, direction: str) -> Iterable[Line]:
    """What came in or was paid, of all books, the largest first."""
    name = "received_fen" if direction == IN else "paid_fen"
    rows = [
        (line[name], place, book, line)
        for place, book in enumerate(content["books"])
        for line in book["lines"]
        if line[name]
    ]
    for amount, place, book, line in sorted(rows, key=lambda row: (-row[0], row[1], row[3]["code"])):
        code = line["code"]
        what = f"{direction}.{place}.{code}"
        yield Line(
            plain_words(code, chart=book["chart"], direction=direction),
            (Sum(yuan(amount), f"books.{place}.lines.{code}.{name}", what),),
            official=f"{account_name(line)} {code}", vouchers=len(line["vouchers"]),
        )  # fmt: skip


def _worth(content: Content) -> Iterable[Line]:
    """The totals of the balance sheets: what there was and what there is."""
    rows = {
        "assets_total": gettext("All that the village has"),
        "liabilities_total": gettext("All that the village owes"),
        "equity_total": gettext("What is the village's own"),
    }
    for place, book in enumerate(content["books"]):
        for row in book["sheet"]:
            if row["code"] in rows:
                path = f"books.{place}.sheet.{row['code']}"
                what = f"sheet.{place}.{row['code']}" if sheet_walks(content, place=place, code=row["code"]) else ""
                yield Line(
                    rows[row["code"]],
                    (Sum(yuan(row["opening_fen"]), f"{path}.opening_fen", what),
                     Sum(yuan(row["closing_fen"]), f"{path}.closing_fen", what)),
                    official=named(book) if len(content["books"]) > 1 else "",
                )  # fmt: skip


def _land(part: Mapping[str, Any]) -> Iterable[Line]:
    for place, row in sorted(enumerate(part["rows"]), key=lambda pair: -pair[1]["area_mu_4"]):
        path = f"land.rows.{place}"
        yield Line(
            gettext(CLASSES[LandClass(row["land_class"])]),
            (Sum(f"{row['parcels']:,}", f"{path}.parcels"), Sum(mu(row["area_mu_4"]), f"{path}.area_mu_4"),
             Sum(mu(row["idle_mu_4"]), f"{path}.idle_mu_4")),
        )  # fmt: skip


def _contracts(part: Mapping[str, Any]) -> Listing:
    entries = [
        Entry(
            (row["number"], gettext(KINDS[ContractKind(row["kind"])]), gettext(CLASSES[LandClass(row["land_class"])]),
             row["lessee"] or gettext("(erased)"), _day(row["starts_on"]),
             _day(row["until"]) or gettext("without an end"),
             _short(row["starts_on"]), _short(row["until"])),
            (Sum(mu(row["area_mu_4"]), f"contracts.rows.{place}.area_mu_4"),
             Sum("–" if row["rent_year_fen"] is None else yuan(row["rent_year_fen"]),
                 f"contracts.rows.{place}.rent_year_fen")),
        )
        for place, row in enumerate(part["rows"])
    ]  # fmt: skip
    rest = part.get("rest")
    sums = {
        "area": Sum(mu(part["sums"]["area_mu_4"]), "contracts.sums.area_mu_4"),
        "rent": Sum(yuan(part["sums"]["rent_year_fen"]), "contracts.sums.rent_year_fen"),
    }
    words = "" if rest is None else ngettext(
        "and %(count)s contract more, %(area)s mu, such as households' own contracts",
        "and %(count)s contracts more, %(area)s mu, such as households' own contracts", rest["contracts"],
    ) % {"count": f"{rest['contracts']:,}", "area": mu(rest["area_mu_4"])}  # fmt: skip
    return Listing("contracts", entries, sums, part["sums"]["contracts"], words)


def _holdings(name: str, part: Mapping[str, Any]) -> Listing:
    if name in ("claims", "debts"):
        return _owed(name, part)
    entries = [
        Entry(
            (row["number"], row["name"], row["party"], _day(row["due_on"])),
            (Sum(yuan(row["amount_fen"]), f"{name}.rows.{place}.amount_fen"),),
        )
        for place, row in enumerate(part["rows"])
    ]  # fmt: skip
    sums = {"amount": Sum(yuan(part["sums"]["amount_fen"]), f"{name}.sums.amount_fen")}
    rest = part.get("rest")
    words = "" if rest is None else ngettext(
        "and %(count)s more, %(amount)s yuan", "and %(count)s more, %(amount)s yuan", rest["holdings"]
    ) % {"count": f"{rest['holdings']:,}", "amount": yuan(rest["amount_fen"])}  # fmt: skip
    return Listing(name, entries, sums, part["sums"]["holdings"], words)


def _owed(name: str, part: Mapping[str, Any]) -> Listing:
    """Claims or debts by what is still owed of each; those that are settled in full are told as a sum."""
    owed = [(place, row) for place, row in enumerate(part["rows"]) if owed_fen(row)]
    entries = [
        Entry(
            (row["number"], row["name"], row["party"], _day(row["due_on"])),
            (Sum(yuan(owed_fen(row)), ""), Sum(yuan(row["amount_fen"]), f"{name}.rows.{place}.amount_fen"),
             Sum(yuan(row["settled_fen"]), f"{name}.rows.{place}.settled_fen")),
        )
        for place, row in owed
    ]  # fmt: skip
    sums = {
        "owed": Sum(yuan(owed_fen(part["sums"])), ""),
        "amount": Sum(yuan(part["sums"]["amount_fen"]), f"{name}.sums.amount_fen"),
        "settled": Sum(yuan(part["sums"]["settled_fen"]), f"{name}.sums.settled_fen"),
    }
    words, rest = [], part.get("rest")
    if rest is not None:
        words.append(ngettext(
            "and %(count)s more, of which %(owed)s yuan are still owed",
            "and %(count)s more, of which %(owed)s yuan are still owed", rest["holdings"],
        ) % {"count": f"{rest['holdings']:,}", "owed": yuan(owed_fen(rest))})  # fmt: skip
    if count := len(part["rows"]) - len(owed):
        paid = sum(row["settled_fen"] for row in part["rows"] if not owed_fen(row))
        words.append(ngettext(
            "%(count)s settled in full, %(amount)s yuan", "%(count)s settled in full, %(amount)s yuan", count
        ) % {"count": f"{count:,}", "amount": yuan(paid)})  # fmt: skip
    return Listing(name, entries, sums, part["sums"]["holdings"], "; ".join(words))


def owed_fen(told: Mapping[str, Any]) -> int:
    """What is still owed of a claim or debt, or of all of them: the amount less what is settled of it."""
    still: int = told["amount_fen"] - told["settled_fen"]
    return still


def _finding(row: Mapping[str, Any]) -> Finding:
    severity = Severity(row["severity"])
    return Finding(
        rule_said(row["rule"]), subject_said(row["subject"], number=row["number"]), row["number"], severity.value,
        gettext(SEVERITIES[severity]), row["state"], finding_state(row["state"]), _day(row["found_on"]),
        _day(row["due_on"]), row["late"],
    )  # fmt: skip


def _grouped(findings: Sequence[Finding]) -> list[FindingGroup]:
    """The findings by rule and gravity, the gravest and most frequent first."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.words, each.severity), []).append(each)
    made = [
        FindingGroup(
            words, severity, these[0].severity_words, len(these), sum(each.state == "closed" for each in these),
            sum(each.late for each in these),
            listed([each.number for each in these[:NAMED_MAX]]) + (" …" if len(these) > NAMED_MAX else ""),
        )
        for (words, severity), these in groups.items()
    ]  # fmt: skip
    return sorted(made, key=lambda group: (group.severity != Severity.SEVERE.value, -group.count, group.words))


def _short(text: str | None) -> str:
    """A day in few characters, for paper: 2019-3-1."""
    return f"{(day := date.fromisoformat(text)).year}-{day.month}-{day.day}" if text else "…"


def _day(text: str | None) -> str:
    return day_said(date.fromisoformat(text)) if text else ""


def at_path(content: Any, path: str) -> Any:
    """Return what stands at a path of a content. Lists are entered by the ``code`` of a row, else by position."""
    for part in path.split("."):
        content = _entered(content, part)
    return content


def _entered(thing: Any, part: str) -> Any:
    if isinstance(thing, Mapping):
        return thing[part]
    rows: Sequence[Any] = thing
    for row in rows:
        if row.get("code") == part:
            return row
    return rows[int(part)]
