"""A county of some real villages, laid down as the demonstration finds it before it invents books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tianqu.kernel.journal.api import SYSTEM, set_scope
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.places.api import forget_actors, load_places, load_units
from tianqu.packs.village.demo.edition import Seat, Words, read_words
from tianqu.packs.village.findings.tests.stage import publish

REALM = Path(__file__).resolve().parents[4] / "realms" / "dezhou"


def the_words() -> Words:
    """The realm's words."""
    found = read_words(REALM)
    assert found is not None
    return found


@contextmanager
def laid_down(seats: Sequence[Seat], *, renamed: Seat | None = None, bureau: str = "") -> Iterator[None]:
    """The places above these villages of one county, their offices, the charts, and the item of findings.

    ``bureau`` is the place whose bureau of agriculture it is, the county where it is not named.
    """
    forget_actors()
    ledgers.forget_books()
    county = seats[0].county
    above = {"371400": "", county: "371400"} | {seat.township: county for seat in seats}
    kinds = ("prefecture", "county", "township")
    rows = [_place(code, kinds[min(2, n)], parent) for n, (code, parent) in enumerate(above.items())]
    rows += [_place(seat.code, "village", seat.township, seat.name) for seat in seats]
    if renamed is not None:
        again = _place(renamed.code, "village", renamed.township, "新名村") | {"valid_from": "2023-06-30"}
        rows = [row | {"valid_to": "2023-06-30"} if row["code"] == renamed.code else row for row in rows] + [again]
    load_places(SYSTEM, rows=rows)
    units = [_unit(seat.code, "village_committee", f"{seat.name}村委会") for seat in seats]
    units += [_unit(code, "township_government", code) for code in sorted({seat.township for seat in seats})]
    of = bureau or county
    units.append(_unit(f"{of}.agriculture_bureau", "agriculture_bureau", "农业农村局", place=of))
    load_units(SYSTEM, rows=units)
    ledgers.publish_charts(REALM / "ledgers")
    publish()
    set_scope(SYSTEM.scope)
    yield
    ledgers.forget_books()
    forget_actors()


def _unit(code: str, kind: str, name: str, place: str = "") -> dict[str, str]:
    return {"code": code, "name": name, "place": place or code, "kind": kind}


def _place(code: str, kind: str, parent: str, name: str = "") -> dict[str, str]:
    return {"code": code, "name": name or code, "name_en": code, "kind": kind, "parent": parent, "valid_from": "",
            "valid_to": ""}  # fmt: skip
