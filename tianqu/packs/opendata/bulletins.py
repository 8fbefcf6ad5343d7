"""The demonstration's bulletins: a realm's ``releases.yaml`` and its texts, as they are written before any is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

# ``{{ case PUBLIC:manhole,sewer }}``: a public order of one of these items, whichever the installation has.
PUBLIC_CASE: Final = re.compile(r"\{\{ case PUBLIC:(?P<items>[a-z0-9.,-]+) \}\}\n*")


@dataclass(frozen=True, slots=True)
class Erratum:
    """What a second edition of a bulletin corrects: a dataset with a mistyped row, and the figures computed from it."""

    dataset: str
    figures: Sequence[str]
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin of a realm: who issues it, its texts with their titles, the dates and names that may stand in them,
    and how many days after the loading of the demonstration it is public. Two stay with their units: a ``conflicting``
    one, which cannot be signed, and an ``unsigned`` one, which waits for whoever signs in to sign it.
    """

    code: str
    unit: str
    issuer: str
    issuer_en: str
    periods: Sequence[str]
    names: Sequence[str]
    text: str
    text_en: str
    public_in_days: int
    conflicting: bool
    unsigned: bool
    erratum: Erratum | None


def read_bulletins(realm: Path) -> list[Bulletin]:
    """The bulletins of a realm; none where it has no ``releases.yaml``."""
    path = realm / "releases.yaml"
    if not path.is_file():
        return []
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_bulletin(realm, told, each) for each in told["releases"]]


def _bulletin(realm: Path, told: dict[str, Any], each: dict[str, Any]) -> Bulletin:
    code = each["code"]
    return Bulletin(
        code=code, unit=told["unit"], issuer=told["issuer"], issuer_en=told["issuer_en"], periods=each["periods"],
        names=each.get("names", ()), text=_text(realm, f"{code}.zh.txt", title=each["title"]),
        text_en=_text(realm, f"{code}.en.txt", title=each["title_en"]),
        public_in_days=int(each.get("public_in_days", 0)), conflicting=bool(each.get("conflicting")),
        unsigned=bool(each.get("unsigned")), erratum=Erratum(**each["erratum"]) if "erratum" in each else None,
    )  # fmt: skip


def _text(realm: Path, name: str, *, title: str) -> str:
    return f"# {title}\n\n{(realm / 'releases' / name).read_text(encoding='utf-8')}"


def with_cases(text: str, order_of: Callable[[str], str]) -> str:
    """The text with the code of an order in the place of each public case; ``order_of`` names the order of an item.

    Where no item of a case has a public order, the case is left out.
    """

    def told(match: re.Match[str]) -> str:
        codes = (order_of(item) for item in match["items"].split(","))
        code = next(filter(None, codes), "")
        return f"{{{{ case {code} }}}}\n\n" if code else ""

    return PUBLIC_CASE.sub(told, text)
