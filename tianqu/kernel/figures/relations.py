"""Relations between figures, declared by an act: kept as they are written in a file, and looked up by figure.

A relation is a mapping of one kind, as docs/consistency.md lays it out. A quantity that it speaks of and that is no
figure here, such as "all firms", stands beside it with what is known of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tianqu.base.errors import InvalidInput, NotPermitted, TooLarge, _
from tianqu.kernel.figures.consistency.reading import BESIDE, Bulletin, read_bulletin
from tianqu.kernel.figures.definitions import FigureDefinition, read_definition
from tianqu.kernel.figures.models import DeclaredRelation, Definition, Figure
from tianqu.kernel.journal.api import Acting, DoneBefore, act

RELATIONS_MAX: Final = 5_000
_OF_QUANTITY: Final = ("id", "name", "printed", "unit", "as_of", "scope", "prices")


@dataclass(frozen=True, slots=True)
class Declared:
    """A relation as it is kept: its code, its kind, the figures it names, and what stands in it."""

    code: str
    kind: str
    figures: tuple[str, ...]
    told: Mapping[str, Any]
    quantities: tuple[Mapping[str, Any], ...]

    @property
    def told_kind(self) -> str:
        """The kind by which it is written: a part of a whole is kept as an upper limit."""
        return next((name for name in self.told if name not in BESIDE), "")


def read_relations(told: Mapping[str, Any]) -> list[Declared]:
    """Read the relations of a file whose figures are declared beside them. Raises ``InvalidInputs``."""
    listed = told.get("relations", [])
    known = told.get("figures", [])
    if not isinstance(listed, list) or not isinstance(known, list):
        raise InvalidInput(_("Give a list of relations, and one of figures."), field="relations")
    if len(listed) > RELATIONS_MAX:
        raise TooLarge(_("At most %(limit)s relations are declared."), limit=RELATIONS_MAX)
    coded = [dict(each) | {"id": each.get("id") or _code_of(each)} for each in listed if isinstance(each, dict)]
    bulletin = bulletin_of({"figures": known, "relations": coded})
    quantities = {str(each["id"]): {name: each[name] for name in _OF_QUANTITY if name in each} for each in known}
    return [
        Declared(
            relation.id, relation.kind, relation.figures(), each,
            tuple(quantities[code] for code in relation.figures() if code in quantities),
        )
        for each, relation in zip(coded, bulletin.relations, strict=True)
    ]  # fmt: skip


def bulletin_of(told: Mapping[str, Any]) -> Bulletin:
    """Read figures and relations that are at hand as plain data. Raises ``InvalidInputs``."""
    return read_bulletin(json.dumps(told, ensure_ascii=False, default=str).encode(), name="figures.json")


def _code_of(told: Mapping[str, Any]) -> str:
    """A name for a relation that has none: its kind and the figures it names, in order."""
    kind = next((name for name in told if name not in BESIDE), "")
    parts = told.get(kind)
    named: list[str] = []
    for value in parts.values() if isinstance(parts, dict) else ():
        named += value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return f"{kind}:{'+'.join(named)}"[:200]


def _may_relate(acting: Acting, /, **arguments: Any) -> None:
    if not acting.actor.scope.everything:
        raise NotPermitted(_("Only whoever sees every office declares relations between their figures."))


@act("figures.relate", may=_may_relate)
def relate_figures(acting: Acting, *, relations: Sequence[Declared]) -> int:
    """Declare all relations between figures; one that is not among them any more is withdrawn. Returns how many."""
    figures = set(Figure.objects.values_list("code", flat=True))
    kept = {each.code: each for each in DeclaredRelation.objects.select_for_update()}
    changed = 0
    for each in relations:
        content = {"kind": each.kind, "relation": dict(each.told), "quantities": _quantities(each, figures)}
        row = kept.pop(each.code, None)
        if row is not None and row.content == content and row.withdrawn_at is None:
            continue
        row = row or DeclaredRelation(code=each.code, declared_at=acting.now)
        row.content, row.figures, row.withdrawn_at = content, list(each.figures), None
        row.save()
        changed += 1
    for row in kept.values():
        if row.withdrawn_at is None:
            row.withdrawn_at = acting.now
            row.save(update_fields=["withdrawn_at"])
            changed += 1
    if not changed:
        raise DoneBefore(len(relations))
    acting.record(
        "figures_relations:all", public=True,
        after={"relations": [dict(each.told) for each in relations], "changed": changed},
    )  # fmt: skip
    return len(relations)


def _quantities(relation: Declared, figures: Collection[str]) -> list[dict[str, Any]]:
    """What must be kept of those that are no figures: a figure is taken as the system prints it, and not as a file."""
    return [dict(each) for each in relation.quantities if each["id"] not in figures]


def relations_declared() -> list[Declared]:
    """Every relation that holds, in the order of their codes."""
    rows = DeclaredRelation.objects.filter(withdrawn_at=None).order_by("code")[:RELATIONS_MAX]
    return [_declared(row) for row in rows]


def relations_called(codes: Iterable[str]) -> set[str]:
    """Which of some codes are those of relations that hold."""
    found = DeclaredRelation.objects.filter(withdrawn_at=None, code__in=list(codes))
    return set(found.values_list("code", flat=True))


def relations_with(code: str) -> list[Declared]:
    """The relations in which a figure stands."""
    rows = DeclaredRelation.objects.filter(withdrawn_at=None, figures__contains=[code]).order_by("code")[:100]
    return [_declared(row) for row in rows]


def _declared(row: DeclaredRelation) -> Declared:
    content = row.content
    return Declared(row.code, content["kind"], tuple(row.figures), content["relation"], tuple(content["quantities"]))


def definitions_of(codes: Iterable[str]) -> dict[str, FigureDefinition]:
    """The newest definitions of figures, by their codes; one that is not there is missing."""
    numbers = {figure.id: figure for figure in Figure.objects.filter(code__in=list(codes), withdrawn_at=None)}
    found = (
        Definition.objects.filter(figure_id__in=list(numbers)).order_by("figure_id", "-number").distinct("figure_id")
    )
    return {numbers[each.figure_id].code: read_definition(each.content) for each in found}
