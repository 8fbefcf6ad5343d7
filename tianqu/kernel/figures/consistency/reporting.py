"""A verdict as lines of text, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tianqu.base.errors import _
from tianqu.kernel.figures.consistency.certificates import HIGH, contradiction
from tianqu.kernel.figures.consistency.figures import Figure, Name, Quoted, Sentence, Translate
from tianqu.kernel.figures.consistency.relations import Relation
from tianqu.kernel.figures.consistency.solving import Checked, Component, Conflict, Verdict
from tianqu.kernel.figures.consistency.spans import Span
from tianqu.kernel.figures.consistency.telling import certificate_said, conflict_said

FORMAT = "tianqu.consistency/1"
VERDICTS = {
    Verdict.HOLDS: _("HOLDS: all that was tested can be true together."),
    Verdict.CANNOT_HOLD: _("CANNOT HOLD: not all that is printed can be true."),
    Verdict.CANNOT_BE_TESTED: _("CANNOT BE TESTED, not all of it."),
}


def checked_lines(
    checked: Checked, title: Name, translate: Translate, *, chinese: bool, certificate: bool = True
) -> Iterator[str]:
    """Say a verdict line by line; with ``certificate`` with the numbers that prove it."""

    def said(message: str, **parameters: object) -> str:
        return Sentence(message, parameters).said(translate, chinese=chinese)

    yield said(
        _("%(title)s: %(figures)s figures, %(sets)s sets that relations connect, %(alone)s figures that stand alone."),
        title=title, figures=len(checked.figures), sets=len(checked.components), alone=len(checked.alone),
    )  # fmt: skip
    holding = [each for each in checked.components if each.verdict == Verdict.HOLDS]
    if holding:
        relations = sum(len(each.relations) for each in holding)
        yield said(
            _("%(sets)s sets hold, with %(relations)s relations; true values that fit them all were found."),
            sets=len(holding), relations=relations,
        )  # fmt: skip
    for number, conflict in enumerate(checked.conflicts, 1):
        yield ""
        yield from _conflict_lines(conflict, number, translate, chinese=chinese, certificate=certificate)
    for component in checked.components:
        for untested in component.untested:
            yield ""
            named = untested.relation.said(checked.figures)
            yield said(_("Cannot be tested: %(relation)s %(why)s"), relation=named, why=untested.why)
        if component.why is not None:
            yield ""
            figures = [Quoted(each) for each in component.figures[:10]]
            yield said(_("Cannot be tested: %(figures)s: %(why)s"), figures=figures, why=component.why)
    yield ""
    yield said(VERDICTS[checked.verdict])


def _conflict_lines(
    conflict: Conflict, number: int, translate: Translate, *, chinese: bool, certificate: bool
) -> Iterator[str]:
    def said(message: str, **parameters: object) -> str:
        return Sentence(message, parameters).said(translate, chinese=chinese)

    heading = _("Conflict %(number)s. These figures cannot all be right; none can be left out:")
    if conflict.smallest:
        heading = _("Conflict %(number)s. These figures cannot all be right; no smaller set is in conflict:")
    yield said(heading, number=number)
    for figure in conflict.figures:
        yield f"  {Sentence('%(figure)s', {'figure': Quoted(figure)}).said(translate, chinese=chinese)}  [{figure.id}]"
    yield "  " + _joined(conflict_said(conflict), translate, chinese=chinese)
    if certificate:
        yield "  " + said(
            _("Certificate, checked in exact fractions: these lines, multiplied and added up, leave what is false:")
        )
        for by, inequality, statement in certificate_said(conflict):
            yield f"    {by} × ({inequality})  [{statement}]"
        _left, bound, strict = contradiction(conflict.system.rows, conflict.lines)
        yield f"    = 0 {'<' if strict else '≤'} {bound}"


def _joined(sentences: list[Sentence], translate: Translate, *, chinese: bool) -> str:
    spoken = [each.said(translate, chinese=chinese) for each in sentences]
    return ("" if chinese else " ").join(text[:1].upper() + text[1:] for text in spoken)


def checked_json(checked: Checked, title: Name, translate: Translate) -> dict[str, Any]:
    """The verdict for programs: spans and certificates as exact fractions ("123/200"), sentences in English and
    Chinese.
    """
    return {
        "format": FORMAT,
        "title": {"zh": title.zh, "en": title.en},
        "verdict": checked.verdict.value,
        "figures": len(checked.figures),
        "alone": [figure.id for figure in checked.alone],
        "components": [_component(each, checked, translate) for each in checked.components],
    }


def _component(component: Component, checked: Checked, translate: Translate) -> dict[str, Any]:
    return {
        "verdict": component.verdict.value,
        "figures": [figure.id for figure in component.figures],
        "relations": [relation.id for relation in component.relations],
        "conflicts": [_conflict(each, translate) for each in component.conflicts],
        "untested": [
            {"relation": each.relation.id, "why": _both([each.why], translate)} for each in component.untested
        ],
        "why": None if component.why is None else _both([component.why], translate),
        "witness": {name: str(value) for name, value in component.witness.items()},
    }


def _both(sentences: list[Sentence], translate: Translate) -> dict[str, str]:
    return {
        "en": _joined(sentences, str, chinese=False),
        "zh": _joined(sentences, translate, chinese=True),
    }


def _conflict(conflict: Conflict, translate: Translate) -> dict[str, Any]:
    rows = conflict.system.rows
    return {
        "smallest": conflict.smallest,
        "figures": [_figure(each) for each in conflict.figures],
        "relations": [{"id": each.id, "kind": each.kind} for each in conflict.relations],
        "said": _both(conflict_said(conflict), translate),
        "certificate": [
            {
                "by": str(line.by),
                "terms": {conflict.system.variables[variable].id: by for variable, by in rows[line.row].terms},
                "side": "at most" if line.side == HIGH else "at least",
                "end": str(rows[line.row].span.high if line.side == HIGH else rows[line.row].span.low),
                "open": rows[line.row].span.high_open if line.side == HIGH else rows[line.row].span.low_open,
                "said_by": _id(conflict.system.statements[rows[line.row].statement]),
            }
            for line in conflict.lines
        ],
    }


def _id(statement: Figure | Relation) -> str:
    return statement.id


def _figure(figure: Figure) -> dict[str, Any]:
    printed = figure.printed
    return {
        "id": figure.id,
        "name": {"zh": figure.name.zh, "en": figure.name.en},
        "printed": None if printed is None else printed.text,
        "unit": figure.unit.code,
        "span": _span(figure.span),
    }


def _span(span: Span) -> dict[str, Any]:
    low, high = (None if end is None else str(end) for end in (span.low, span.high))
    return {"low": low, "high": high, "low_open": span.low_open, "high_open": span.high_open}
