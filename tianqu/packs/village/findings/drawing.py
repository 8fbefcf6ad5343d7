"""Drawing closed findings for a second look: from a seed that was committed to before, so that anybody draws the same.

    commitment = SHA-256(seed)                     announced before
    rank(code) = SHA-256(seed + ":" + code)        for each code of the population
    drawn      = the codes with the lowest ranks, as many as were announced

Seed, commitment and ranks are written in hexadecimal digits, small letters; all text is UTF-8. With a shell:

    printf %s "$seed" | sha256sum                                                   # is it what was committed to?
    while read -r code; do
        printf '%s %s\\n' "$(printf %s "$seed:$code" | sha256sum | cut -c1-64)" "$code"
    done < population.txt | sort | head -n "$count" | cut -d' ' -f2                 # what was drawn

Nothing here touches the database.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

SEED_BYTES = 32


def new_seed() -> str:
    """Return a seed that nobody can have guessed: 64 hexadecimal digits."""
    return secrets.token_hex(SEED_BYTES)


def commitment_of(seed: str) -> str:
    """Return what is announced of a seed: its SHA-256, from which nobody finds it."""
    return _digest(seed)


def rank(seed: str, *, code: str) -> str:
    """Return the rank of a code in the drawing with a seed."""
    return _digest(f"{seed}:{code}")


def drawn(seed: str, population: Iterable[str], *, count: int) -> list[str]:
    """Draw ``count`` codes out of a population, in the order of their ranks; all of them where there are fewer."""
    return sorted(set(population), key=lambda code: (rank(seed, code=code), code))[: max(count, 0)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
