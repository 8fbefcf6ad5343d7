"""The acts on a dataset's description: what it is, who answers for it, who may see it; and taking it back.

Access is only ever changed with everything that it opens in view: a dataset is opened by publishing a new version under
the new rule, so that no part that was made for officials is given to everybody by a changed word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, NotFound, _
from tianqu.kernel.datasets.declarations import (
    ACCESSES,
    CELL_LEAST,
    CODE,
    CODE_LENGTH_MAX,
    DEFAULT_LICENCE,
    DOMAINS,
    FREQUENCIES,
    LICENCES,
)
from tianqu.kernel.datasets.disclosure import DIMENSIONS_MAX
from tianqu.kernel.datasets.models import Dataset
from tianqu.kernel.journal.api import Acting, Refusals, act, lawful_by, refused_by
from tianqu.kernel.places.api import require, unit_with

TITLE_MAX: Final = 200
TEXT_MAX: Final = 20_000
REASON_MAX: Final = 2_000
_REFUSALS: Final[Refusals] = {
    "datasets_dataset_code_key": (
        Conflict,
        "code",
        _("Another dataset has this code."),
        _("Choose another code; it stays the dataset's name for ever."),
    ),
    "datasets_dataset_view": (
        Conflict,
        "code",
        _("Another dataset has this code but for dots and underscores; in SQL both would have one name."),
        _("Choose another code; it stays the dataset's name for ever."),
    ),
}


@dataclass(frozen=True, slots=True)
class Description:
    """What the catalogue says of a dataset. ``code`` is small letters, digits, _ and dots, and stays for ever."""

    code: str
    title: str
    title_en: str
    domain: str
    unit_id: UUID
    access: str = "closed"
    description: str = ""
    description_en: str = ""
    grain: str = ""
    grain_en: str = ""
    licence: str = DEFAULT_LICENCE
    frequency: str = "irregular"
    cells: tuple[str, ...] = ()
    cell_least: int = CELL_LEAST


def may_describe(acting: Acting, /, **arguments: Any) -> None:
    """Whoever describes the datasets of an office does it for their own; see ``open_dataset`` for the reach."""
    require(acting.actor, acting.act)


@act("datasets.describe", may=may_describe)
def describe_dataset(acting: Acting, *, description: Description, declared: bool = False) -> Dataset:
    """Put a new dataset into the catalogue; it has no version yet. Raises ``InvalidInputs`` and ``Conflict``."""
    _check(description)
    unit = unit_with(description.unit_id)
    dataset = Dataset(
        **_texts(description), code=description.code, unit_id=unit.id, place_path=unit.place.path, declared=declared,
        created_at=acting.now, changed_at=acting.now,
    )  # fmt: skip
    require(acting.actor, acting.act, dataset)
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        dataset.save(force_insert=True)
    acting.record(f"dataset:{dataset.id}", after=as_recorded(dataset), public=True)
    return dataset


@act("datasets.change", may=may_describe)
def change_dataset(acting: Acting, *, dataset_id: UUID, description: Description, seen: str = "") -> Dataset:
    """Change what the catalogue says. The code stays; access can be narrowed here, and is opened by a new version.

    ``seen`` is the time of the last change that the caller has seen, as ISO 8601; with it, a later one is a Conflict.
    """
    dataset = open_dataset(acting, dataset_id)
    if seen and dataset.changed_at.isoformat() != seen:
        raise Conflict(
            _("Somebody changed this dataset meanwhile."), field="seen", value=dataset.changed_at.isoformat(),
            remedy=_("Load it again and look at what was changed, then make your change if it is still wanted."),
        )  # fmt: skip
    _check(description)
    if description.code != dataset.code:
        raise InvalidInput(
            _("A dataset keeps its code %(value)s."), field="code", value=dataset.code,
            remedy=_("Describe another dataset, and take this one out of the catalogue."),
        )  # fmt: skip
    if dataset.version and ACCESSES.index(_access(description)) < ACCESSES.index(_access(dataset)):
        raise Conflict(
            _("A dataset is opened together with a new version of it."), field="access", value=description.access,
            remedy=_("Publish a version under the new rule."),
        )  # fmt: skip
    unit = unit_with(description.unit_id)
    dataset.unit_id, dataset.place_path = unit.id, unit.place.path
    require(acting.actor, acting.act, dataset)
    for name, value in _texts(description).items():
        setattr(dataset, name, value)
    if dataset.access == "cells":
        dataset.rows = dataset.bytes = 0
    dataset.changed_at = acting.now
    dataset.save()
    acting.record(f"dataset:{dataset.id}", after=as_recorded(dataset), public=True)
    return dataset


@act("datasets.withdraw", may=may_describe)
def withdraw_dataset(acting: Acting, *, dataset_id: UUID, reason: str) -> Dataset:
    """Take a dataset out of the catalogue. Its versions stay under their addresses, for figures that quote them."""
    dataset = open_dataset(acting, dataset_id)
    if not reason.strip() or len(reason) > REASON_MAX:
        raise InvalidInput(
            _("Say why the dataset is withdrawn, in 1 to %(most)s characters."), field="reason", most=REASON_MAX
        )
    dataset.withdrawn_at = dataset.changed_at = acting.now
    dataset.withdrawn_reason = reason.strip()
    dataset.save()
    acting.record(f"dataset:{dataset.id}", after=as_recorded(dataset), public=True)
    return dataset


def open_dataset(acting: Acting, dataset_id: UUID, *, permission: str = "") -> Dataset:
    """Lock a dataset that the actor may work on with this act, or with ``permission`` where that is another one.

    Raises ``NotFound``, ``NotPermitted``, and ``Conflict`` for one that was withdrawn.
    """
    known = Dataset.objects.filter(id=dataset_id).first()
    if known is None:
        raise NotFound(_("There is no such dataset."), field="dataset_id", value=str(dataset_id))
    require(acting.actor, permission or acting.act, known)  # a lock shows only what the actor may change
    dataset = Dataset.objects.select_for_update().get(id=dataset_id)
    if dataset.withdrawn_at is not None:
        raise Conflict(_("The dataset %(value)s was withdrawn."), field="dataset_id", value=dataset.code)
    return dataset


def as_recorded(dataset: Dataset) -> dict[str, Any]:
    """The after-image of a dataset. Nothing in it is personal."""
    return {
        **{name: getattr(dataset, name) for name in _TEXTS}, "code": dataset.code, "unit": str(dataset.unit_id),
        "cells": list(dataset.cells), "cell_least": dataset.cell_least, "declared": dataset.declared,
        "version": dataset.version, "withdrawn": dataset.withdrawn_reason, "erased_before": dataset.erased_before,
    }  # fmt: skip


_TEXTS: Final = (
    "title", "title_en", "description", "description_en", "grain", "grain_en", "domain", "licence", "frequency",
    "access",
)  # fmt: skip


def _texts(description: Description) -> dict[str, Any]:
    texts: dict[str, Any] = {name: getattr(description, name).strip() for name in _TEXTS}
    return texts | {"cells": list(description.cells), "cell_least": description.cell_least}


def _access(told: Description | Dataset) -> Any:
    return told.access


def _check(description: Description) -> None:
    faults: list[InvalidInput] = []
    if not CODE.match(description.code) or len(description.code) > CODE_LENGTH_MAX:
        faults.append(
            InvalidInput(
                _("“%(value)s” cannot be the code of a dataset."),
                field="code",
                value=description.code[:80],
                remedy=_("Use small letters, digits and _, parts with dots between them, such as trade.by_county."),
            )
        )
    for field, most in (("title", TITLE_MAX), ("title_en", TITLE_MAX)):
        if not 1 <= len(getattr(description, field).strip()) <= most:
            faults.append(
                InvalidInput(_("Give a title of 1 to %(most)s characters in both languages."), field=field, most=most)
            )
    for field in ("description", "description_en", "grain", "grain_en"):
        if len(getattr(description, field)) > TEXT_MAX:
            faults.append(InvalidInput(_("At most %(most)s characters."), field=field, most=TEXT_MAX))
    for field, allowed in (
        ("domain", tuple(DOMAINS)), ("licence", tuple(LICENCES)), ("frequency", FREQUENCIES), ("access", ACCESSES),
    ):  # fmt: skip
        if getattr(description, field) not in allowed:
            faults.append(
                InvalidInput(
                    _("%(value)s is not possible here."),
                    field=field,
                    value=str(getattr(description, field))[:80],
                    remedy=_("Possible: %(allowed)s."),
                    allowed=", ".join(allowed),
                )
            )
    if len(description.cells) > DIMENSIONS_MAX or len(set(description.cells)) != len(description.cells):
        faults.append(
            InvalidInput(
                _("Cells are told over one to %(most)s columns, each named once."),
                field="cells",
                value=", ".join(description.cells)[:80],
                most=DIMENSIONS_MAX,
            )
        )
    if not 3 <= description.cell_least <= 1_000:
        faults.append(
            InvalidInput(
                _("Cells are told from 3 to 1,000 cases on."), field="cell_least", value=description.cell_least
            )
        )
    if faults:
        raise InvalidInputs(faults)
