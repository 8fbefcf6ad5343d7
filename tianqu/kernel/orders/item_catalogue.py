"""Finding items: what is offered on a day, to whom, and what people mean when they write in their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import log
from typing import Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.orders.catalogue import KnownItem, all_items, item_version, items_on
from tianqu.kernel.orders.items import ItemDefinition
from tianqu.kernel.orders.models import Item
from tianqu.kernel.orders.terms import query_terms

WORDS_MAX: Final = 200  # characters of a search that are looked at
WEIGHT_NAME, WEIGHT_KEYWORD, WEIGHT_TEXT = 3, 2, 1


def item_definition(item_id: int) -> ItemDefinition:
    """The definition of one version of an item, by its number. Raises ``NotFound``."""
    return item_version(item_id).whole


def item_versions(code: str) -> list[KnownItem]:
    """Every version of an item, the newest first. Raises ``NotFound``."""
    numbers = Item.objects.filter(code=code).order_by("-version").values_list("id", flat=True)
    if not numbers:
        raise NotFound(_("There is no item %(value)s."), field="item", value=code)
    return [item_version(number) for number in numbers]


def item_catalogue(
    day: date,
    *,
    family: str | None = None,
    asker: str | None = None,
    group: str | None = None,
    words: str = "",
    limit: int = 500,
) -> list[ItemDefinition]:
    """The items offered on ``day``, by group and code; with ``words``, the best matches first and no others.

    ``asker`` is resident or firm; ``group`` is the group's name in either language; ``words`` is what people type.
    """
    found = []
    for known in items_on(day):
        item = known.whole
        if (
            (family is None or item.family == family)
            and (asker is None or asker in item.askers)
            and (group is None or group in (item.group.zh, item.group.en))
        ):
            found.append(item)
    if words.strip():
        return _best(tuple(found), words[:WORDS_MAX])[:limit]
    return sorted(found, key=lambda item: (item.group.zh, item.code))[:limit]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with all its versions: what of it holds on a day, what comes after, and how many there are."""

    newest: KnownItem
    in_force: KnownItem | None
    coming: KnownItem | None
    versions: int

    @property
    def code(self) -> str:
        return self.newest.code

    @property
    def state(self) -> str:
        """in_force, coming (for the first time, or again), or closed."""
        if self.in_force is not None:
            return "in_force"
        return "coming" if self.coming is not None else "closed"


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A page of items by code. ``after`` asks for the next one; empty: this was the last."""

    lines: tuple[ItemLine, ...]
    after: str


def item_list(
    day: date, *, words: str = "", family: str = "", state: str = "", after: str = "", limit: int = 50
) -> ItemPage:
    """Every item that was ever published, by code: offered on ``day``, coming, or closed.

    ``words`` is the beginning of a code, or a part of a name, a group or a keyword in either language.
    """
    words = words.strip().casefold()[:WORDS_MAX]
    found: list[ItemLine] = []
    for code, versions in all_items():
        if code <= after:
            continue
        line = _line(day, versions)
        if (
            (not family or line.newest.family == family)
            and (not state or line.state == state)
            and (not words or _is_called(line.newest, words))
        ):
            found.append(line)
        if len(found) > limit:
            return ItemPage(tuple(found[:limit]), found[limit - 1].code)
    return ItemPage(tuple(found), "")


def item_families() -> list[str]:
    """The codes of the families that items are of."""
    return sorted({version.family for _code, versions in all_items() for version in versions})


def _line(day: date, versions: Sequence[KnownItem]) -> ItemLine:
    in_force = next((version for version in versions if version.holds_on(day)), None)
    coming = next((version for version in reversed(versions) if version.valid_from > day), None)
    return ItemLine(versions[0], in_force, coming, len(versions))


def _is_called(item: KnownItem, words: str) -> bool:
    group = item.definition.get("group") or ""
    groups = group.values() if isinstance(group, Mapping) else (group,)
    called = (item.title, item.title_en, *groups, *(item.definition.get("keywords") or ()))
    return item.code.startswith(words) or any(words in name.casefold() for name in called)


def _best(items: tuple[ItemDefinition, ...], words: str) -> list[ItemDefinition]:
    """The items that share a term with the words, best first.

    A term counts more the fewer items have it (K. Sparck Jones, Journal of Documentation 28 (1972), 11-21), and more in
    a name than in a keyword than in what else is said.
    """
    weights = [_weights(item) for item in items]
    wanted = query_terms(words)
    rarity = {}
    for term in wanted:
        having = sum(term in each for each in weights)
        if having:
            rarity[term] = log(1 + len(items) / having)
    scores = [sum(rarity[term] * each[term] for term in rarity if term in each) for each in weights]
    ranked = sorted(zip(scores, items, strict=True), key=lambda pair: (-pair[0], pair[1].code))
    return [item for score, item in ranked if score > 0]


@lru_cache(maxsize=4096)
def _weights(item: ItemDefinition) -> dict[str, int]:
    """The terms of an item, each with the weight of the best place in which it stands."""
    weights: dict[str, int] = {}
    texts = (item.group, item.summary)
    for weight, parts in (
        (WEIGHT_TEXT, [*item.examples, *(text.zh for text in texts), *(text.en for text in texts)]),
        (WEIGHT_KEYWORD, item.keywords),
        (WEIGHT_NAME, (item.name.zh, item.name.en)),
    ):
        for part in parts:
            weights.update(dict.fromkeys(query_terms(part), weight))
    return weights
