"""Work out what became of the places that vanished between two editions of a realm's ``places.csv``.

    python tools/successions.py realms/dezhou

No edition publishes which village followed which, so this derives it, and its last column says how:

- ``published``: the code is in both editions under two names (a renaming).
- ``same-name``: a place of the same name, but for words as 社区 or 村委会, is new in the same township (a new code).
- ``similar-name``: the follower's name holds most of the old one's letters that are not 家, 庄, 村 and the like, as
  朱家坊 and 金家 became 金朱. Where several are as similar, the new one counts, then the lower code.
- ``contents``: for a county or township, the place where most of what lay in it lies now.
- ``township``: nothing better is known than the township itself.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

COLUMNS = ("from_code", "to_code", "on", "kind", "derived")
BODIES = re.compile(r"(居民委员会|居委会|村民委员会|村委会|村民委员|村委员会|街道办事处|管理办公室)$")
WORDS = re.compile(r"(社区|新村|新区|街道|镇|乡|村)$")
ESTATE = re.compile(r"^[^社]{2,4}社区(?=.{2,})")  # 后凡社区后凡村: the estate's name before the village's
COMMON = frozenset("家庄村屯街道社区新大小东西南北前后中店集坊楼")
SIMILAR_ENOUGH = 0.6
ONE_LETTER_SHARED = 0.62  # a surname alone, held in the new name


@dataclass(frozen=True)
class Place:
    """A row of ``places.csv``."""

    code: str
    name: str
    kind: str
    parent: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True)
class Succession:
    """A row of ``successions.csv``."""

    from_code: str
    to_code: str
    on: str
    kind: str
    derived: str


def plain_name(name: str) -> str:
    """A name without what only says which kind of body it is: 解孟家村委会 is 解孟家."""
    name = BODIES.sub("", name)
    name = ESTATE.sub("", name)
    while (shorter := WORDS.sub("", name)) != name and len(shorter) >= 2:
        name = shorter
    return name


def distinctive(name: str) -> str:
    """The letters of a plain name that tell villages apart, or all of them if none do."""
    return "".join(letter for letter in name if letter not in COMMON) or name


def likeness(old: str, new: str) -> float:
    """How alike two plain names are, from 0 to 1."""
    mine, theirs = distinctive(old), distinctive(new)
    score = (
        SequenceMatcher(None, old, new, autojunk=False).ratio()
        + SequenceMatcher(None, mine, theirs, autojunk=False).ratio()
    ) / 2
    if set(mine) <= set(theirs):
        score = max(score, ONE_LETTER_SHARED if len(mine) == 1 else 0.8)
    return score


class Editions:
    """The places of both editions, by what is asked of them."""

    def __init__(self, places: list[Place]) -> None:
        self.closed = [place for place in places if place.valid_to]
        self.open = {place.code: place for place in places if not place.valid_to}
        self.inside: dict[str, list[Place]] = {}
        for place in self.open.values():
            self.inside.setdefault(place.parent, []).append(place)
        self.followers: dict[str, str] = {}

    def parent_today(self, place: Place) -> str:
        """The code of the place in which what lay in a closed place's parent lies now."""
        return place.parent if place.parent in self.open else self.followers.get(place.parent, "")

    def follower(self, place: Place) -> Succession:
        """What became of one closed place."""
        if place.code in self.open:
            return Succession(place.code, place.code, place.valid_to, "rename", "published")
        parent = self.parent_today(place)
        siblings = self.inside.get(parent, [])
        wanted = plain_name(place.name)
        same = [other for other in siblings if plain_name(other.name) == wanted]
        if same:
            best = min(same, key=lambda other: (not other.valid_from, other.code))
            kind = "move" if best.valid_from else "merge"
            return Succession(place.code, best.code, place.valid_to, kind, "same-name")
        if place.kind == "village":
            alike = max(
                siblings,
                key=lambda other: (
                    round(likeness(wanted, plain_name(other.name)), 6),
                    bool(other.valid_from),
                    other.code,
                ),
                default=None,
            )
            if alike is not None and likeness(wanted, plain_name(alike.name)) >= SIMILAR_ENOUGH:
                return Succession(place.code, alike.code, place.valid_to, "merge", "similar-name")
        return Succession(place.code, parent, place.valid_to, "merge", "township")


def derived(places: list[Place]) -> list[Succession]:
    """The successions of all closed places: townships first, since villages are looked for in theirs."""
    editions = Editions(places)
    found: list[Succession] = []
    for county in (place for place in editions.closed if place.kind == "county"):
        if county.code in editions.open:
            found.append(editions.follower(county))
    for township in (place for place in editions.closed if place.kind == "township"):
        succession = township_follower(editions, township)
        editions.followers[township.code] = succession.to_code
        found.append(succession)
    for county in (place for place in editions.closed if place.kind == "county"):
        if county.code not in editions.open:
            found.append(by_contents(editions, county))
    found += [editions.follower(place) for place in editions.closed if place.kind == "village"]
    return sorted(found, key=lambda succession: (len(succession.from_code), succession.from_code))


def township_follower(editions: Editions, township: Place) -> Succession:
    """A township's follower has its name, in its county or, if the county vanished, anywhere."""
    if township.code in editions.open:
        return Succession(township.code, township.code, township.valid_to, "rename", "published")
    everywhere = [place for place in editions.open.values() if place.kind == "township" and place.valid_from]
    same = [place for place in everywhere if place.name == township.name]
    near = [place for place in same if place.parent == township.parent] or same
    if len(near) != 1:
        raise SystemExit(f"{township.code} {township.name}: {len(near)} townships could follow it; say which by hand")
    return Succession(township.code, near[0].code, township.valid_to, "move", "same-name")


def by_contents(editions: Editions, county: Place) -> Succession:
    """A county's follower is where most of its townships are now."""
    homes = Counter(
        editions.open[editions.followers[place.code]].parent
        for place in editions.closed
        if place.kind == "township" and place.parent == county.code
    )
    return Succession(county.code, homes.most_common(1)[0][0], county.valid_to, "merge", "contents")


def main() -> None:
    """Read ``places.csv``, write ``successions.csv``, and say how many were derived in which way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("realm", type=Path)
    realm: Path = parser.parse_args().realm
    with (realm / "places.csv").open(encoding="utf-8", newline="") as file:
        names = ("code", "name", "kind", "parent", "valid_from", "valid_to")
        places = [Place(*(row[name] for name in names)) for row in csv.DictReader(file)]
    successions = derived(places)
    with (realm / "successions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((one.from_code, one.to_code, one.on, one.kind, one.derived) for one in successions)
    for (kind, how), count in sorted(Counter((one.kind, one.derived) for one in successions).items()):
        print(f"{count:6} {kind:7} {how}")


if __name__ == "__main__":
    main()
