"""Realms: a prefecture as plain files, found, read, and loaded by acts.

A realm's folder holds ``realm.toml``, ``places.csv``, ``successions.csv``, ``units.csv`` and, for
demonstrations, ``posts.csv``. ``boundaries.geojson`` gives boundaries by code. Units that every place of a
kind has (a government for each township) are made by the rules under ``[[units]]`` of ``realm.toml``.
Loading twice changes nothing.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.places.api import LoadReport, load_places, load_posts, load_units

Row: TypeAlias = Mapping[str, str]
Progress: TypeAlias = Callable[[str, int, int], None]  # what is loaded, how many rows are done, of how many

FOLDERS = (Path(__file__).resolve().parents[2] / "realms", Path(__file__).resolve().parents[1] / "realms")
FILE_BYTES_MAX = 100_000_000


@dataclass(frozen=True, slots=True)
class UnitRule:
    """A unit that every place of a kind has: see ``[[units]]`` in ``realm.toml``."""

    of: str
    kind: str
    code: str
    parent: str
    endings: tuple[tuple[str, str], ...] = ()
    endings_en: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Realm:
    """What ``realm.toml`` says."""

    code: str
    path: Path
    name: str
    name_en: str
    language: str
    time_zone: str
    root: str
    first_day: date | None
    origin: str
    calendar: str = "calendar.toml"
    unit_rules: tuple[UnitRule, ...] = ()


@dataclass(slots=True)
class RealmReport:
    """What became of each file's rows, by the file's name without its ending."""

    parts: dict[str, LoadReport] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """How many rows were new or changed."""
        return sum(report.accepted for report in self.parts.values())

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return sum(report.refused for report in self.parts.values())


def realm_codes() -> list[str]:
    """The codes of the realms that this installation has."""
    found = {path.parent.name for folder in FOLDERS for path in folder.glob("*/realm.toml")}
    return sorted(found)


def realm_path(code: str) -> Path:
    """Return a realm's folder: in the checkout's ``realms``, or in the wheel's. Raises ``NotFound``."""
    for folder in FOLDERS:
        if code in realm_codes() and (folder / code / "realm.toml").is_file():
            return folder / code
    raise NotFound(
        _("There is no realm %(value)s."), field="realm", value=code[:40],
        remedy=_("Use one of: %(realms)s."), realms=", ".join(realm_codes()),
    )  # fmt: skip


def read_realm(code: str) -> Realm:
    """Return what a realm's ``realm.toml`` says.

    Raises ``InvalidInput`` where something is missing or misspelt.
    """
    path = realm_path(code)
    said = tomllib.loads((path / "realm.toml").read_text(encoding="utf-8"))
    try:
        rules = tuple(_unit_rule(rule) for rule in said.pop("units", ()))
        realm = Realm(path=path, unit_rules=rules, **{"first_day": None, **said})
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidInput(
            _("The file realm.toml of %(realm)s cannot be read: %(reason)s."), field="realm", value=code,
            realm=code, reason=str(error),
        ) from error  # fmt: skip
    if realm.code != code:
        raise InvalidInput(_("The folder %(realm)s holds another realm."), field="code", value=realm.code, realm=code)
    return realm


def _unit_rule(said: dict[str, Any]) -> UnitRule:
    endings, endings_en = (tuple((old, new) for old, new in said.pop(key, ())) for key in ("endings", "endings_en"))
    return UnitRule(**said, endings=endings, endings_en=endings_en)


def load_realm(
    code: str,
    progress: Progress | None = None,
    *,
    with_posts: bool = False,
    password: str | None = None,
    update: bool = False,
) -> RealmReport:
    """Load a realm's places and units, and with ``with_posts`` the demo's persons, each file by one act.

    Roles must be registered before posts are loaded. ``password`` is given to the demo's new accounts. With
    ``update`` names and positions of what is there already are taken from the files.
    """
    realm = read_realm(code)
    tell = progress or (lambda _part, _done, _total: None)
    report = RealmReport()
    places = read_rows(realm.path / "places.csv")
    successions = read_rows(realm.path / "successions.csv", required=False)
    tell("places", 0, len(places))
    report.parts["places"] = load_places(
        SYSTEM, rows=places, successions=successions, boundaries=_boundaries(realm.path), update=update
    )
    tell("places", len(places), len(places))
    units = read_rows(realm.path / "units.csv", required=False) + list(ruled_units(realm, places, successions))
    tell("units", 0, len(units))
    report.parts["units"] = load_units(SYSTEM, rows=units, update=update)
    tell("units", len(units), len(units))
    if with_posts:
        posts = read_rows(realm.path / "posts.csv", required=False)
        tell("posts", 0, len(posts))
        report.parts["posts"] = load_posts(SYSTEM, rows=posts, password=password)
        tell("posts", len(posts), len(posts))
    return report


def read_rows(path: Path, *, required: bool = True) -> list[dict[str, str]]:
    """Read a CSV file in UTF-8 whose first line names the columns.

    Raises ``InvalidInput`` for one that is none.
    """
    if not path.is_file() and not required:
        return []
    if not path.is_file() or path.stat().st_size > FILE_BYTES_MAX:
        raise InvalidInput(_("The file %(value)s is missing or too large."), field="file", value=path.name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                {name: text or "" for name, text in row.items() if name} for row in csv.DictReader(file, strict=True)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(
            _("The file %(value)s is not a CSV file in UTF-8: %(reason)s."), field="file", value=path.name,
            reason=str(error),
        ) from error  # fmt: skip


def ruled_units(realm: Realm, places: list[dict[str, str]], successions: list[dict[str, str]]) -> Iterator[Row]:
    """The units that every place of a kind has, one for each code, with the name and the dates of its last
    row.

    The unit of a closed place is followed by the unit of the place that followed it, if it has one of the
    same kind.
    """
    kinds = {row["code"]: row["kind"] for row in places}
    followers = {row["from_code"]: row["to_code"] for row in successions}
    for rule in realm.unit_rules:
        rows = [row for row in places if row["kind"] == rule.of]
        first_days: dict[str, str] = {}
        for row in rows:
            days = (row.get("valid_from", ""), first_days.get(row["code"], "9999"))
            first_days[row["code"]] = min(days)
        last_rows = {row["code"]: row for row in sorted(rows, key=lambda row: row.get("valid_to") or "9999")}
        for row in last_rows.values():
            yield _ruled_unit(rule, row, first_days[row["code"]], followers, kinds)


def _ruled_unit(
    rule: UnitRule, row: dict[str, str], first_day: str, followers: dict[str, str], kinds: dict[str, str]
) -> Row:
    filled = {"code": row["code"], "parent": row.get("parent", "")}
    follower = followers.get(row["code"], "") if row.get("valid_to") else ""
    followed = follower and follower != row["code"] and kinds.get(follower) == rule.of
    return {
        "code": rule.code.format(**filled),
        "name": _with_ending(row["name"], rule.endings),
        "name_en": _with_ending(row.get("name_en", ""), rule.endings_en),
        "kind": rule.kind,
        "place": row["code"],
        "parent": rule.parent.format(**filled),
        "valid_from": first_day,
        "valid_to": row.get("valid_to", ""),
        "successor": rule.code.format(code=follower, parent="") if followed else "",
    }


def _with_ending(name: str, endings: tuple[tuple[str, str], ...]) -> str:
    for old, new in endings:
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _boundaries(path: Path) -> dict[str, Mapping[str, Any]]:
    """The geometries in ``boundaries.geojson``, by the codes in their properties."""
    file = path / "boundaries.geojson"
    if not file.is_file():
        return {}
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}
