"""What a design must hold to beside itself: how often it was asked for, whose its code is, what its dataset tells."""

from __future__ import annotations

from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, InvalidInputs, _
from tianqu.kernel.datasets.api import answering_unit
from tianqu.kernel.places.api import Unit, unit_today
from tianqu.packs.returns.datasets import FILLED, YUAN, decimals_told
from tianqu.packs.returns.designing import Design
from tianqu.packs.returns.models import Form


def check_code(code: str, *, office_id: UUID) -> None:
    """Raise ``Conflict`` for the code of a dataset for which another office answers."""
    owner = _owner(code)
    if owner is not None and not _does_work_of(office_id, owner):
        raise Conflict(
            _("What is filed under “%(value)s” fills a dataset of %(unit)s."), field="code", value=code,
            unit=owner.name, unit_en=owner.name_en, remedy=_("Choose another code."),
        )  # fmt: skip


def fills_dataset(code: str, *, office_id: UUID) -> bool:
    """Whether what an office accepts under a code fills the dataset of that code, because it answers for it."""
    owner = _owner(code)
    return owner is not None and _does_work_of(office_id, owner)


def _owner(code: str) -> Unit | None:
    return answering_unit(FILLED[code].unit) if code in FILLED else None


def _does_work_of(office_id: UUID, owner: Unit) -> bool:
    return owner.id == office_id or owner.id == unit_today(office_id).id


def check_design(form: Form, design: Design) -> None:
    """Hold a design against what was asked before, and against the dataset that it fills; the return is locked.

    Raises ``Conflict`` for another periodicity once units were asked: periods of two lengths would count twice in a
    year. Raises ``InvalidInputs`` with each number that the dataset could not tell exactly.
    """
    last = form.campaigns.select_related("version").order_by("-opened_at").first()
    if last is not None and last.version.design["periodicity"] != design.periodicity:
        raise Conflict(
            _("Units were asked for this return already: how often it is asked for stays."), field="periodicity",
            value=last.version.design["periodicity"], remedy=_("Design a new return, with a code of its own."),
        )  # fmt: skip
    if fills_dataset(form.code, office_id=form.office_unit_id):
        faults = _untold(design, form.code)
        if faults:
            raise InvalidInputs(faults)


def _untold(design: Design, code: str) -> list[InvalidInput]:
    """Each column whose numbers the dataset of a code could not tell exactly."""
    told = {column.path: column for column in FILLED[code].schema.columns if column.numeric}
    faults = []
    for place, column in enumerate(design.columns):
        if (as_told := told.get(f"values.{column.name}")) is None:
            continue
        most = decimals_told(as_told, column.unit_zh) if column.numeric else None
        if most is None:
            units = "、".join(YUAN) if as_told.unit in YUAN else as_told.unit
            faults.append(InvalidInput(
                _("The dataset of this return counts this column in %(unit)s."), field=f"columns_{place}_unit_zh",
                value=column.unit_zh, unit=as_told.unit, allowed=units,
                remedy=_("Count it in %(allowed)s, or give the column another name."),
            ))  # fmt: skip
        elif column.places > most:
            faults.append(InvalidInput(
                _("The dataset of this return tells at most %(most)s decimals of what is counted in %(unit)s."),
                field=f"columns_{place}_decimals", value=column.decimals, most=most, unit=column.unit_zh,
                unit_en=column.unit_en,
                remedy=_("Use no more decimals, or give the column another name."),
            ))  # fmt: skip
    return faults
