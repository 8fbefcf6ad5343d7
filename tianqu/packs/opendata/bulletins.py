"""The demonstration's bulletins: a realm's ``releases.yaml``, its texts, and the step that publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from django.utils import timezone

from tianqu.kernel.journal.api import SYSTEM, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import unit_called
from tianqu.kernel.releases.api import (
    ask_signatures,
    asked_units,
    draft_release,
    publish_release,
    release_codes,
    revise_release,
    sign_figures,
)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin of a realm: who issues it, its texts with their titles, the dates that may stand in them, and how
    many days after the loading of the demonstration it is public."""

    code: str
    unit: str
    issuer: str
    issuer_en: str
    periods: Sequence[str]
    text: str
    text_en: str
    public_in_days: int


def read_bulletins(realm: Path) -> list[Bulletin]:
    """The bulletins of a realm whose texts are there; none where it has no ``releases.yaml``."""
    path = realm / "releases.yaml"
    if not path.is_file():
        return []
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Bulletin(
            code=each["code"], unit=told["unit"], issuer=told["issuer"], issuer_en=told["issuer_en"],
            periods=each["periods"], text=_text(realm, each["code"], language="zh", title=each["title"]),
            text_en=_text(realm, each["code"], language="en", title=each["title_en"]),
            public_in_days=int(each.get("public_in_days", 0)),
        )
        for each in told["releases"] if _path(realm, each["code"], language="zh").is_file()
    ]  # fmt: skip


def _path(realm: Path, code: str, *, language: str) -> Path:
    return realm / "releases" / f"{code}.{language}.txt"


def _text(realm: Path, code: str, *, language: str, title: str) -> str:
    return f"# {title}\n\n{_path(realm, code, language=language).read_text(encoding='utf-8')}"


def releases_of_year(stage: DemoStage) -> int:
    """Write, sign and publish the realm's bulletins that are not there yet; return how many were new."""
    with seeing(SYSTEM.scope):
        there = release_codes()
    new = [each for each in read_bulletins(stage.realm) if each.code not in there]
    for done, each in enumerate(new):
        stage.tell(done, len(new))
        _release(each)
    stage.tell(len(new), len(new))
    return len(new)


def _release(bulletin: Bulletin) -> None:
    with seeing(SYSTEM.scope):
        unit = unit_called(bulletin.unit)
    release_id = draft_release(
        SYSTEM, code=bulletin.code, unit_id=unit.id, issuer=bulletin.issuer, issuer_en=bulletin.issuer_en,
        periods=bulletin.periods,
    )  # fmt: skip
    revision = revise_release(
        SYSTEM, release_id=release_id, text=bulletin.text, text_en=bulletin.text_en, expected_revision=0
    )
    ask_signatures(SYSTEM, release_id=release_id, expected_revision=revision)
    with seeing(SYSTEM.scope):
        units = asked_units(release_id)
    for unit_id in units:
        sign_figures(SYSTEM, release_id=release_id, unit_id=unit_id, expected_revision=revision)
    days = bulletin.public_in_days
    publish_release(
        SYSTEM, release_id=release_id, expected_revision=revision,
        public_at=timezone.now() + timedelta(days=days) if days else None,
    )  # fmt: skip
