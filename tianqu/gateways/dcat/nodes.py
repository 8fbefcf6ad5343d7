"""What the nodes of datasets and of figures have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tianqu.kernel.datasets.api import LICENCES
from tianqu.kernel.places.api import Unit

Node = dict[str, Any]
Units = Mapping[UUID, Unit]


def both(texts: tuple[str, str]) -> list[Node]:
    """A text in Chinese and in English, without the one that is empty."""
    told = [{"@language": "zh", "@value": texts[0]}, {"@language": "en", "@value": texts[1]}]
    return [each for each in told if each["@value"]]


def typed(address: str, kind: str, /) -> Node:
    """Somebody else's term with what it is, which the shapes of DCAT-AP ask of the graph itself."""
    return {"@id": address, "@type": kind}


def root() -> str:
    """The address of the catalogue."""
    return f"{settings.TIANQU_ORIGIN}{reverse('dcat_catalog')}"


def realm_name(chinese: str, english: str, /) -> tuple[str, str]:
    """What is called after the prefecture, in both languages."""
    names = settings.TIANQU_REALM_NAMES
    return f"{names['zh']}{chinese}", f"{names['en']}: {english}"


def realm() -> Node:
    """The prefecture, which publishes the catalogue."""
    names = settings.TIANQU_REALM_NAMES
    return {"@id": f"{root()}#publisher", "@type": "foaf:Agent", "foaf:name": both((names["zh"], names["en"]))}


def home() -> Node:
    """The first page of this site."""
    return {"@id": f"{settings.TIANQU_ORIGIN}/", "@type": "foaf:Document"}


def office_address(unit_id: UUID) -> str:
    """The address of an office within the catalogue."""
    return f"{root()}#office-{unit_id}"


def office(unit_id: UUID, unit: Unit | None) -> Node:
    """An office that publishes something."""
    names = ("", "") if unit is None else (unit.name, unit.name_en)
    return {"@id": office_address(unit_id), "@type": "foaf:Agent", "foaf:name": both(names)}


def licence(name: str) -> Node:
    """A licence by its name."""
    return {"@id": LICENCES[name][2], "@type": "dct:LicenseDocument", "dct:title": both(LICENCES[name][:2])}


def european_theme(address: str) -> Node:
    """One of the themes of the European Union."""
    label = {"@language": "en", "@value": address.rpartition("/")[2]}
    return {"@id": address, "@type": "skos:Concept", "skos:prefLabel": label}
