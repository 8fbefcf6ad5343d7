"""The act that declares a figure, or gives it a new definition."""

from __future__ import annotations

from typing import Any

from tianqu.base.errors import Conflict, NotFound, _
from tianqu.kernel.figures.definitions import CODE, FigureDefinition
from tianqu.kernel.figures.models import Definition, Figure
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by
from tianqu.kernel.places.api import require, unit_called

_REFUSALS: Refusals = {
    "figures_figure_code_key": (
        Conflict, "code", _("Another figure has this code."), _("Choose another code; it stays for ever."),
    ),
    "figures_definition_once": (
        Conflict, "code", _("Somebody else defined this figure at the same moment."), _("Look at it and try again."),
    ),
}  # fmt: skip


def may_define(acting: Acting, /, **arguments: Any) -> None:
    """Whoever defines figures does it for an office within reach."""
    require(acting.actor, acting.act)


@act("figures.define", may=may_define)
def define_figure(acting: Acting, *, definition: FigureDefinition) -> Figure:
    """Declare a figure, or give it another definition; the same one again changes nothing.

    Raises ``Conflict``, ``NotFound`` for an unknown office, and ``NotPermitted``.
    """
    unit = unit_called(definition.unit_code)
    figure = Figure.objects.select_for_update().filter(code=definition.code).first()
    if figure is None:
        figure = Figure(code=definition.code, created_at=acting.now, definition=0)
    else:
        require(acting.actor, acting.act, figure)
        newest = Definition.objects.get(figure=figure, number=figure.definition)
        if newest.content == definition.told:
            raise DoneBefore(figure)
    figure.unit_id, figure.place_path = unit.id, unit.place.path
    require(acting.actor, acting.act, figure)
    figure.domain, figure.name, figure.name_en = definition.domain, definition.name, definition.name_en
    figure.search = " ".join((definition.code, definition.name, definition.name_en)).lower()
    figure.definition += 1
    figure.changed_at = acting.now
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        figure.save()
        Definition(
            figure=figure, number=figure.definition, content=dict(definition.told), made_at=acting.now,
            post_id=acting.actor.post_id,
        ).save(force_insert=True)  # fmt: skip
    acting.record(
        f"figure:{figure.id}", public=True,
        after={"code": figure.code, "definition": figure.definition, "content": dict(definition.told)},
    )  # fmt: skip
    return figure


def figure_called(code: str) -> Figure:
    """Return a figure by its code. Raises ``NotFound``."""
    found = Figure.objects.filter(code=code).first() if CODE.match(code) else None
    if found is None:
        raise NotFound(_("There is no figure %(value)s."), field="figure", value=code[:100])
    return found
