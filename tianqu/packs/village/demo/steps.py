"""The step of the demonstration that brings in the villages' books and registers: of one county, or of all."""

from __future__ import annotations

from tianqu.kernel.pack.api import DemoStage
from tianqu.packs.village.demo.edition import read_seats, read_words
from tianqu.packs.village.demo.posting import EXPENSES_A_QUARTER
from tianqu.packs.village.demo.writing import write_villages


def books_of_villages(stage: DemoStage) -> int:
    """Bring in the books and registers of 2019 and 2020; return how many transfers and things were new.

    A realm without ``villages.yaml`` has none. Safe to run again: what is there is left as it is.
    """
    words = read_words(stage.realm)
    if words is None:
        return 0
    seats = read_seats(stage.realm, words)
    if not stage.whole:
        seats = [seat for seat in seats if seat.county == words.told["sample"]]
    return write_villages(words, seats, seed=stage.seed, tell=stage.tell, expenses=EXPENSES_A_QUARTER * stage.dense)
