"""The act that declares an information system: who runs it, since when, whether on the cloud, and what it feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.base.texts import clean_line
from tianqu.kernel.datasets.api import DOMAINS, Dataset, known_datasets
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, writing
from tianqu.kernel.pack.api import checked_code, keep_row, says_the_same
from tianqu.kernel.places.api import may_by_role, require, unit_with
from tianqu.packs.opendata.models import Feed, System

NAME_MAX: Final = 100
FEEDS_MAX: Final = 200
YEARS: Final = range(1980, 2200)
_TAKEN: Final[Refusals] = {
    "opendata_system_pkey": (Conflict, "system", _("Somebody has just declared this."), _("Look at it again.")),
}


@dataclass(frozen=True, slots=True)
class Fed:
    """A dataset that a system feeds, by its code."""

    dataset: str


@act("opendata.declare_system", may=may_by_role)
def declare_system(
    acting: Acting,
    *,
    system: str,
    unit_id: UUID,
    name: str,
    name_en: str,
    since: date,
    cloud_since: date | None = None,
    until: date | None = None,
    domains: Sequence[str] = (),
    datasets: Sequence[Fed] = (),
) -> None:
    """Declare an information system, or what it is from now on. The same again changes nothing.

    ``since`` and ``until``: its first and its last day in service; ``cloud_since``: its first on the government cloud.
    ``domains`` and ``datasets`` are what it feeds. A dataset of which the actor may not know is none, and stays fed.
    It changes hands where the actor reaches both units. Raises ``InvalidInput``, ``NotFound``, and ``Conflict`` for a
    system of a unit out of reach.
    """
    unit = unit_with(unit_id)
    told = System(
        code=system, unit_id=unit.id, place_path=unit.place.path, since=since, cloud_since=cloud_since, until=until,
        changed_at=acting.now,
    )  # fmt: skip
    require(acting.actor, acting.act, told)
    checked_code(system, field="system", example="population-health")
    _check_days(told)
    told.name = clean_line(name, field="name", most=NAME_MAX, wanted=True)
    told.name_en = clean_line(name_en, field="name_en", most=NAME_MAX, wanted=True)
    told.domains = _domains(domains)
    wanted = _wanted(acting, datasets)
    known = System.objects.select_for_update().filter(code=system).first()
    if known is None and System.objects.filter(code=system).exists():
        raise Conflict(
            _("Another office runs the system of this code."), field="system", value=system,
            remedy=_("Choose another code."),
        )  # fmt: skip
    before, after, codes = _feeds(acting, system, wanted)
    if known is not None and before == after and says_the_same(told, known):
        raise DoneBefore(None)
    keep_row(acting, told, known, subject=f"system:{system}", taken=_TAKEN, unit=unit.code, datasets=codes)
    with writing(acting):
        Feed.objects.filter(system_id=system, dataset_id__in=before - after).delete()
        Feed.objects.bulk_create(Feed(system_id=system, dataset_id=each) for each in sorted(after - before))


def _check_days(told: System) -> None:
    """Raise ``InvalidInput`` where a system is older than itself."""
    days = {"since": told.since, "cloud_since": told.cloud_since, "until": told.until}
    for field, day in days.items():
        if day is not None and day.year not in YEARS:
            raise InvalidInput(_("This day cannot be right."), field=field, value=day.isoformat())
    if told.cloud_since is not None and told.cloud_since < told.since:
        raise InvalidInput(
            _("A system is on the cloud at the earliest when it is in service."), field="cloud_since",
            value=told.cloud_since.isoformat(),
        )  # fmt: skip
    if told.until is not None and told.until < max(told.since, told.cloud_since or told.since):
        raise InvalidInput(_("A system ends after it began."), field="until", value=told.until.isoformat())


def _domains(domains: Sequence[str]) -> list[str]:
    for domain in domains:
        if domain not in DOMAINS:
            raise InvalidInput(
                _("%(value)s cannot be chosen here."), field="domains", value=domain[:40],
                remedy=_("Use one of: %(known)s."), known=", ".join(DOMAINS),
            )  # fmt: skip
    return [domain for domain in DOMAINS if domain in domains]


def _wanted(acting: Acting, datasets: Sequence[Fed]) -> set[UUID]:
    """The named datasets. Raises ``NotFound`` for one of which the actor may not know, as for one that is none."""
    if len(datasets) > FEEDS_MAX:
        raise InvalidInput(_("A system feeds at most %(most)s datasets."), field="datasets", most=FEEDS_MAX)
    codes = {fed.dataset for fed in datasets}
    found = dict(known_datasets(acting.actor).filter(code__in=codes).values_list("code", "id"))
    for code in sorted(codes - set(found)):
        raise NotFound(
            _("There is no dataset %(value)s."), field="datasets", value=code[:100],
            remedy=_("Use the codes of the catalogue of data."),
        )  # fmt: skip
    return set(found.values())


def _feeds(acting: Acting, system: str, wanted: set[UUID]) -> tuple[set[UUID], set[UUID], list[str]]:
    """What a system fed before, what it feeds now, and the codes of that: what the actor cannot know of stays."""
    with writing(acting):
        before = set(Feed.objects.filter(system_id=system).values_list("dataset_id", flat=True))
    seen = set(known_datasets(acting.actor).filter(id__in=before).values_list("id", flat=True))
    after = wanted | (before - seen)
    with writing(acting):
        codes = sorted(Dataset.objects.filter(id__in=after).values_list("code", flat=True))
    return before, after, codes
