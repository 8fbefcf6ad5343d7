"""Invented requests, replies and remarks from a seed. No real person, firm or request is in them.

The words come from the realm's ``texts.yaml``: ``[a/b]`` means one of them, ``{name}`` is filled from a list. With
``held_out`` only wordings are used that ordinary requests never use, so that a text model can be tried on what it
has not read.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from tianqu.base.wording import filled
from tianqu.kernel.orders.api import Field, ItemDefinition

PUNCTUATION: Final = "，。；：！？、"
TITLE_MAX: Final = 28  # characters
PHONE_PREFIX: Final = "100"  # given to no mobile operator in China, so these numbers reach nobody

# What is written into a text field, by the field's code; a field that is not here gets a plain remark.
FIELD_SLOTS: Final[Mapping[str, str]] = {
    "agency": "agency", "bank": "bank", "bought_from": "farmshop", "building": "bld", "centre": "training",
    "company": "courier", "credit_code": "credit_code", "debtor": "debtor", "employer": "firm", "hospital": "hosp",
    "junction": "road", "last_employer": "firm", "line": "line", "office": "office", "plate": "plate",
    "project": "project", "property_address": "community", "road_section": "road", "school": "school",
    "shop_name": "store", "site_name": "firm", "suspected": "firm", "trip_time": "time", "venue": "community",
    "when": "time", "account_no": "number",
    "card_no": "number", "contract_no": "number", "meter_no": "number", "parcel_no": "number", "pole_no": "number",
    "ticket_no": "number", "lift_no": "number", "well_no": "number", "record_no": "number", "right_no": "number",
}  # fmt: skip
USUAL_SPREAD: Final[Mapping[str, int]] = {"year": 2, "room_temperature": 7, "level_db": 35, "age": 25}
REMARKS: Final = ("见描述", "详见上述内容", "电话里说明", "具体情况可电联", "如描述所述")


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """Somebody who does not exist."""

    name: str
    phone: str
    firm: str = ""


@dataclass(frozen=True, slots=True)
class InventedRequest:
    """What an invented person asks for."""

    item_code: str
    title: str
    description: str
    asker: InventedPerson
    form: dict[str, Any] = field(default_factory=dict)
    photo: str = ""  # the kind of picture that belongs to it, or nothing


class Inventor:
    """Invents requests and what is said about them. The same seed invents the same things in the same order."""

    def __init__(self, texts: Path, *, seed: int, held_out: bool = False) -> None:
        self.words: dict[str, Any] = read_texts(texts)
        self.held_out = held_out
        self.random = random.Random(seed)  # noqa: S311  nothing secret is made of it

    def item_codes(self, *, month: int, count: int) -> list[str]:
        """Return kinds of request as people ask for them in a month (1 to 12), the common ones more often."""
        items = self.words["items"]
        codes = [code for code, item in items.items() if month in item.get("months", (month,))]
        return self.random.choices(codes, [items[code]["weight"] for code in codes], k=count)

    def person(self, *, firm: bool = False) -> InventedPerson:
        """Return an invented person with a telephone number that belongs to nobody."""
        name = self._one("surnames") + self._one("given")
        phone = f"{PHONE_PREFIX}{self.random.randrange(10**8):08d}"
        return InventedPerson(name, phone, self.fill("{firm}") if firm else "")

    def request(self, definition: ItemDefinition, *, place: str, day: date) -> InventedRequest:
        """Return a request of this kind for a place (by name), as made on a day."""
        words = self.words["items"][definition.code]
        asker = self.person(firm=definition.askers == ("firm",))
        known = {name: self.fill(f"{{{name}}}") for name in ("community", "road", "bld", "firm", "school")}
        known |= {"place": place} | ({"firm": asker.firm} if asker.firm else {})
        problem = self.fill(self.random.choice(self._kept(words["problems"])), known)
        text = self._worded(problem, words, known)
        return InventedRequest(
            item_code=definition.code,
            title=title_of(problem),
            description=text,
            asker=asker,
            form=self.form(definition.form.fields, day=day),
            photo=words.get("photo", ""),
        )

    def reply(self, item_code: str, *, unit: str, solved: bool = True) -> str:
        """Return what a unit answers."""
        words = self.words["items"][item_code]
        core = self.random.choice(words["replies"]) if solved else self._one("reply_unsolved")
        opener, closer = self._one("reply_openers"), self._one("reply_closers")
        return self.fill(joined(opener, core, closer), {"unit": unit})

    def says(self, list_name: str) -> str:
        """Return one of the sentences of a list such as ``return_reasons`` or ``comments``."""
        return self.fill(self._one(list_name))

    def rating_text(self, satisfaction: str) -> str:
        """Return what somebody writes beside a rating; most people write nothing."""
        return self.random.choice(self.words["ratings"][satisfaction]) if self.random.random() < 0.4 else ""

    def form(self, fields: Sequence[Field], *, day: date) -> dict[str, Any]:
        """Answer a form: what is required, and about half of what is not. No photos."""
        answers: dict[str, Any] = {}
        for each in fields:
            if each.kind in ("photo", "place") or each.show_if is not None:
                continue
            if each.required or self.random.random() < 0.5:
                answers[each.code] = self._answer(each, day)
        return answers

    def fill(self, text: str, known: Mapping[str, str] | None = None) -> str:
        """Choose among ``[a/b]`` and fill every ``{slot}``."""
        return filled(text, self.words["slots"], self.random, known)

    def _worded(self, problem: str, words: Mapping[str, Any], known: Mapping[str, str]) -> str:
        chance = self.random.random
        openers, closers = ("openers_held_out", "closers_held_out") if self.held_out else ("openers", "closers")
        parts = [self._one(openers), problem]
        if chance() < 0.55:
            parts += [self._one("links"), self.random.choice([*words.get("effects", []), *self.words["effects"]])]
        if chance() < 0.7:
            parts += [self._one("links"), self.random.choice(words["demands"])]
        parts += [self._one(closers)]
        text = self.fill(joined(*parts), known)
        if chance() < 0.12:  # typed in a hurry
            text = text.replace("，", " ").replace("的", "得", 1)
        return text[:-1] + "！" if chance() < 0.06 else text

    def _kept(self, lines: Sequence[str]) -> Sequence[str]:
        """The last wording of each kind is kept back for trying the text model."""
        return lines[-1:] if self.held_out else lines[:-1]

    def _one(self, list_name: str) -> str:
        chosen: str = self.random.choice(self.words[list_name])
        return chosen

    def _answer(self, each: Field, day: date) -> Any:
        pick = self.random
        if each.kind in ("text", "long_text", "person_name"):
            return self._text_answer(each)
        if each.kind == "choice":
            return pick.choice(each.choices).value
        if each.kind == "choices":
            return [pick.choice(each.choices).value]
        if each.kind == "yes_no":
            return pick.random() < 0.3
        if each.kind == "money":
            return pick.randrange(50, 6000) * 1000  # fen
        if each.kind == "phone":
            return f"{PHONE_PREFIX}{pick.randrange(10**8):08d}"
        if each.kind == "date":
            return (day - timedelta(days=pick.randrange(1, 60))).isoformat()
        return self._number_answer(each, day)

    def _number_answer(self, each: Field, day: date) -> int | str:
        usual = {"year": day.year - 1, "room_temperature": 11, "level_db": 55, "age": 68}
        low = usual.get(each.code, max(0, int(each.min or 0)))
        high = int(each.max) if each.max is not None else 100
        value = low + int(min(high - low - 1, USUAL_SPREAD.get(each.code, 40)) * self.random.random() ** 2)
        return f"{value}.{5 * self.random.randrange(2)}" if each.decimals else value

    def _text_answer(self, each: Field) -> str:
        slot = FIELD_SLOTS.get(each.code)
        if slot == "number":
            return f"YS{self.random.randrange(10**6):06d}"
        if slot == "credit_code":
            return f"913714000000{self.random.randrange(10**6):06d}"
        if slot == "plate":
            return f"鲁N·{self.random.randrange(10**5):05d}"
        if slot == "debtor":
            return self.fill("[镇政府/某学校/某医院/某国有公司]")
        text = self.fill(f"{{{slot}}}") if slot else self.random.choice(REMARKS)
        return text[: int(each.max)] if each.max is not None else text


def read_texts(path: Path) -> dict[str, Any]:
    """Read ``texts.yaml`` of a realm."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    words: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  it is a safe loader
    return words


def joined(*parts: str) -> str:
    """Put sentences together with exactly one mark between two of them."""
    text = ""
    for part in parts:
        if not part:
            continue
        if text and part[0] in PUNCTUATION:
            text = text.rstrip(PUNCTUATION) + part
        elif text and text[-1] not in PUNCTUATION:
            text += "，" + part
        else:
            text += part
    return text if text[-1:] in PUNCTUATION else text + "。"


def title_of(problem: str) -> str:
    """Return the beginning of a problem as a title."""
    first = re.split("[，。；！]", problem)
    title = first[0] if len(first[0]) >= 8 or len(first) == 1 else f"{first[0]}，{first[1]}"
    return title[:TITLE_MAX]
