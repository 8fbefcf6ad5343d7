"""Finding items: what is offered on a day, to whom, and what people mean when they write in their own words."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from math import log
from typing import Final

from tianqu.base.errors import NotFound, _
from tianqu.kernel.orders.catalogue import KnownItem, item_version, items_on
from tianqu.kernel.orders.items import ItemDefinition, definition_from
from tianqu.kernel.orders.models import Item
from tianqu.kernel.orders.terms import query_terms

WORDS_MAX: Final = 200  # characters of a search that are looked at
WEIGHT_NAME, WEIGHT_KEYWORD, WEIGHT_TEXT = 3, 2, 1


def item_definition(item_id: int) -> ItemDefinition:
    """The definition of one version of an item, by its number. Raises ``NotFound``."""
    item = item_version(item_id)
    return _definition(item.id, item.valid_from, item.valid_to)


@lru_cache(maxsize=4096)
def _definition(item_id: int, valid_from: date, valid_to: date | None) -> ItemDefinition:
    """Kept by number and dates: a version never changes but for the day on which it ends."""
    return definition_from(item_version(item_id).definition, valid_from=valid_from, valid_to=valid_to)


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
        item = _definition(known.id, known.valid_from, known.valid_to)
        if (
            (family is None or item.family == family)
            and (asker is None or asker in item.askers)
            and (group is None or group in (item.group.zh, item.group.en))
        ):
            found.append(item)
    if words.strip():
        return _best(tuple(found), words[:WORDS_MAX])[:limit]
    return sorted(found, key=lambda item: (item.group.zh, item.code))[:limit]


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
