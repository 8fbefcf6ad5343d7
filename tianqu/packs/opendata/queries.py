"""Reading the register of information systems: which there are, and what each feeds as far as one may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.kernel.datasets.api import Dataset, Feeder, known_datasets
from tianqu.kernel.journal.api import Actor
from tianqu.packs.opendata.models import Feed, System

FEEDERS_MAX: Final = 100
TRUTHS: Final[Mapping[str, bool]] = {"yes": True, "no": False}


def system_rows(actor: Actor) -> QuerySet[System]:
    """Every system, with the codes of the datasets it feeds of which the actor may know (``fed``). One statement."""
    feeds = Feed.objects.filter(system=OuterRef(OuterRef("pk"))).values("dataset_id")
    fed = known_datasets(actor).filter(id__in=feeds).order_by("code").values("code")
    return System.objects.annotate(fed=ArraySubquery(fed))


def on_cloud(day: date) -> Q:
    """Systems that are on the government cloud on a day."""
    return Q(cloud_since__lte=day) & (Q(until=None) | Q(until__gte=day))


def clouded(rows: QuerySet[System], given: Mapping[str, Any]) -> QuerySet[System]:
    """The systems that are on the government cloud today, or those that are not. Raises ``InvalidInput``."""
    wanted = given["on_cloud"]
    if not wanted:
        return rows
    if wanted not in TRUTHS:
        raise InvalidInput(_("Write yes or no."), field="on_cloud", value=wanted[:20])
    there = on_cloud(timezone.localdate())
    if TRUTHS[wanted]:
        return rows.filter(there)
    return rows.exclude(pk__in=System.objects.filter(there).values("pk"))


def system_codes() -> set[str]:
    """The codes of all systems."""
    return set(System.objects.values_list("code", flat=True))


def system_called(code: str) -> System:
    """Return a system. Raises ``NotFound``."""
    found = System.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no information system %(value)s."), field="system", value=code[:60])
    return found


def datasets_fed(actor: Actor, system: System) -> list[Dataset]:
    """The datasets that a system feeds of which the actor may know, by code."""
    feeds = Feed.objects.filter(system=system).values("dataset_id")
    return list(known_datasets(actor).filter(id__in=feeds).order_by("code"))


def feeders_of(dataset: Dataset) -> list[Feeder]:
    """The systems that feed a dataset, by code, at most 100; whoever asks knows of the dataset. One statement."""
    return [
        Feeder(one.name, one.name_en, one.unit_id, reverse("opendata:system", kwargs={"code": one.code}))
        for one in System.objects.filter(feeds__dataset_id=dataset.id).order_by("code")[:FEEDERS_MAX]
    ]


def codes_by_office(actor: Actor) -> Mapping[UUID, list[str]]:
    """The codes of the datasets that the actor may know of, in their order, by the office that answers for them."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for unit_id, code in known_datasets(actor).order_by("code").values_list("unit_id", "code"):
        found[unit_id].append(code)
    return found
