"""Which item somebody means, from the words they use: by the text model for items, else by the items' own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tianqu.kernel.orders.catalogue import KnownItem, items_on
from tianqu.kernel.orders.item_catalogue import item_catalogue
from tianqu.kernel.orders.terms import query_terms
from tianqu.kernel.orders.text_models import KeptModel

MODEL_NAME: Final = "items"
CHARACTERS_LOOKED_AT: Final = 2_000
WORDS_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class ItemSuggestion:
    """An item that the words may mean.

    ``source`` is ``model`` or ``words``. ``percent`` is the model's probability, None for words. ``sure``: at or above
    the confidence from which the model is right as often as was asked of it. ``because``: the words that spoke for it.
    """

    item: KnownItem
    source: str
    percent: int | None
    sure: bool
    because: tuple[str, ...]


def item_suggestions(text: str, *, on: date, limit: int = 4) -> list[ItemSuggestion]:
    """Return the items that ``text`` may be about, the likeliest first; nothing for words that say nothing."""
    text = text.strip()[:CHARACTERS_LOOKED_AT]
    if not text:
        return []
    guessed = _by_model(text, on=on)
    if guessed and guessed[0].sure:
        return guessed[:limit]
    seen = {each.item.code for each in guessed}
    return [*guessed, *(each for each in _by_words(text, on=on, limit=limit) if each.item.code not in seen)][:limit]


def _by_model(text: str, *, on: date) -> list[ItemSuggestion]:
    model = _model.current()
    if model is None:
        return []
    guess = model.guesses([text])[0]
    if guess.confidence == 0:
        return []
    offered = {item.code: item for item in items_on(on)}
    first = [(guess.label, guess.confidence, guess.decides, guess.words)]
    rest = [(label, chance, False, ()) for label, chance in guess.runners_up]
    return [
        ItemSuggestion(offered[label], "model", round(100 * chance), sure, tuple(words))
        for label, chance, sure, words in (*first, *rest)
        if label in offered and (sure or chance >= CHANCE_MIN)
    ]


def _by_words(text: str, *, on: date, limit: int) -> list[ItemSuggestion]:
    offered = {item.code: item for item in items_on(on)}
    found = []
    for definition in item_catalogue(on, words=text, limit=limit):
        said = " ".join((definition.name.zh, definition.name.en.lower(), *definition.keywords, *definition.examples))
        because = tuple(term for term in query_terms(text) if term in said)[:WORDS_SHOWN]
        found.append(ItemSuggestion(offered[definition.code], "words", None, False, because))
    return found


CHANCE_MIN: Final = 0.02  # a runner-up below it only distracts
_model = KeptModel(MODEL_NAME)


def forget_item_model() -> None:
    """Read the model again before it is next used."""
    _model.forget()
