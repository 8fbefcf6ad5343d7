"""Rows that units file in the demonstration, invented from a seed: they add up to the sums of the realm, exactly."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tianqu.packs.returns.filling import FilingRow

JITTER: Final = 6  # per cent by which a unit's share of a column differs from its weight


@dataclass(frozen=True, slots=True)
class Inventor:
    """What is told in ``returns.yaml``, the names of the counties by the codes of their units, and the seed."""

    told: Mapping[str, Any]
    counties: Mapping[str, str]
    seed: int

    def rows(self, one: Mapping[str, Any], period: str) -> dict[str, list[FilingRow]]:
        """The rows of a return for a year, by the code of the unit that files them."""
        told = one["periods"][period]
        return self._of_enterprises(one, told) if "city" in one else self.of_units(one, told)

    def of_units(self, one: Mapping[str, Any], totals: Mapping[str, str]) -> dict[str, list[FilingRow]]:
        """A row of every unit for totals of columns: split by weight, then what is computed from others."""
        places = {column["name"]: column.get("decimals", 0) for column in one["columns"]}
        carried = one.get("carried", {})
        columns = {
            name: self._shares(total, column=carried.get(name, name), places=places[name], code=one["code"])
            for name, total in totals.items()
        }
        for name, parts in one.get("sums", {}).items():
            columns[name] = [sum(each, Decimal(0)) for each in zip(*(columns[part] for part in parts), strict=True)]
        for name, (more, less) in one.get("differences", {}).items():
            columns[name] = [a - b for a, b in zip(columns[more], columns[less], strict=True)]
        return {
            code: [FilingRow("", {name: str(values[place]) for name, values in columns.items()})]
            for place, code in enumerate(self.counties)
        }

    def _shares(self, total: str, *, column: str, places: int, code: str) -> list[Decimal]:
        """Split a total over the units by their weights, shaken a little, the same in every period: exact in sum."""
        shaken = random.Random(f"{self.seed}:{code}:{column}")  # noqa: S311  invented figures, no secrets
        weights = [self.told["weights"][int(unit)] * (100 + shaken.randint(-JITTER, JITTER)) for unit in self.counties]
        return split(total, weights, places=places)

    def _of_enterprises(
        self, one: Mapping[str, Any], totals: Mapping[str, Mapping[str, str]]
    ) -> dict[str, list[FilingRow]]:
        """The enterprises of the city, which its commission files, and those of each county."""
        shaken = random.Random(f"{self.seed}:{one['code']}")  # noqa: S311  invented figures, no secrets
        owned = {"city": [(one["city_unit"], name) for name in one["city"]], "county": [
            (code, f"{county}{name}") for code, county in self.counties.items() for name in one["county"]
        ]}  # fmt: skip
        rows: dict[str, list[FilingRow]] = {}
        for owner, firms in owned.items():
            weights = [shaken.randint(60, 140) for _firm in firms]
            columns = {name: split(total, weights, places=2) for name, total in totals[owner].items()}
            for place, (unit, firm) in enumerate(firms):
                values = {name: str(parts[place]) for name, parts in columns.items()}
                rows.setdefault(unit, []).append(FilingRow(firm, {"owner": owner, **values}))
        return rows


def split(total: str, weights: Sequence[int], *, places: int) -> list[Decimal]:
    """Split a total by weights into parts with so many decimals that sum to it exactly (largest remainders)."""
    smallest, whole = int(Decimal(total).scaleb(places)), sum(weights)
    parts = [smallest * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda place: (-(smallest * weights[place] % whole), place))
    for place in rest[: smallest - sum(parts)]:
        parts[place] += 1
    return [Decimal(part).scaleb(-places) for part in parts]
