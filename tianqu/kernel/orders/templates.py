"""Words that a unit uses again in its answers, for one item or for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tianqu.base.errors import InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.orders.cases import clean_note
from tianqu.kernel.orders.catalogue import known_item
from tianqu.kernel.orders.models import AnswerTemplate
from tianqu.kernel.orders.placing import TITLE_MAX
from tianqu.kernel.places.api import oversees_realm, require, unit_with, within_scope

TEMPLATES_SHOWN_MAX: Final = 200
# What a template may hold in braces, in either language; who asked is not among it, for answers may be published.
PLACEHOLDERS: Final = {
    "code": "编号", "title": "标题", "item": "事项", "place": "地点", "unit": "单位", "asked": "提出日期",
    "today": "今天",
}  # fmt: skip
_BRACES: Final = re.compile(r"\{\s*([a-z]+|[\u4e00-\u9fff]+)\s*\}")


def _may_save(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, "templates.save")


def answer_templates(actor: Actor, *, item_code: str | None = None) -> QuerySet[AnswerTemplate]:
    """The templates that an actor can use, those of an item first: of their units, and those for everybody."""
    shared = Q(unit_id=None)
    mine = Q() if actor.scope.everything else shared | Q(unit_id__in=actor.scope.unit_ids)
    found = AnswerTemplate.objects.filter(mine, retired_at=None)
    if item_code is not None:
        found = found.filter(item_code__in=("", item_code))
    return found.order_by("-item_code", "title", "id")[:TEMPLATES_SHOWN_MAX]


def filled_template(text: str, facts: Mapping[str, str]) -> str:
    """Put the facts of an order into a template: ``{code}`` or ``{编号}`` becomes its code.

    ``facts`` is by the names of ``PLACEHOLDERS``. What is in braces and no fact stays, so that its reader sees it.
    """
    names = {chinese: name for name, chinese in PLACEHOLDERS.items()}

    def fact(found: re.Match[str]) -> str:
        return facts.get(names.get(found[1], found[1])) or found[0]

    return _BRACES.sub(fact, text)


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """A page of templates by title. ``after`` asks for the next one; empty: this was the last."""

    rows: tuple[AnswerTemplate, ...]
    after: str


def template_list(
    actor: Actor, *, words: str = "", item_code: str = "", retired: bool = False, after: str = "", limit: int = 50
) -> TemplatePage:
    """The templates that an actor looks after, the newest first: by words in title or text, and by item."""
    require(actor, "templates.save")
    reached = Q(unit_id=None) | Q(unit_id__in=actor.scope.unit_ids)
    for path in actor.scope.place_paths:
        reached |= Q(unit__place__path__under=path)
    if oversees_realm(actor):
        reached = Q()
    found = AnswerTemplate.objects.filter(reached, retired_at__isnull=not retired).select_related("unit")
    if words := words.strip()[:TITLE_MAX]:
        found = found.filter(Q(title__icontains=words) | Q(text__icontains=words))
    if item_code:
        found = found.filter(item_code=item_code)
    if after:
        found = found.filter(id__lt=_identifier(after))
    rows = list(found.order_by("-id")[: limit + 1])
    return TemplatePage(tuple(rows[:limit]), str(rows[limit - 1].id) if len(rows) > limit else "")


def template_with(actor: Actor, template_id: UUID) -> AnswerTemplate:
    """One template, retired or not, of those that an actor looks after or shares. Raises ``NotFound``."""
    require(actor, "templates.save")
    found = AnswerTemplate.objects.select_related("unit").filter(id=template_id).first()
    if found is None:
        raise NotFound(_("There is no such template."), field="template_id", value=str(template_id))
    if found.unit_id is not None:
        _check_reach(actor, found.unit_id)
    return found


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(_("This is not the mark of a page."), field="after") from error


@act("templates.save", may=_may_save)
def save_template(
    acting: Acting,
    *,
    title: str,
    text: str,
    item_code: str = "",
    unit_id: UUID | None = None,
    template_id: UUID | None = None,
) -> UUID:
    """Keep a template for a unit of one's own, or, with a post that reaches places, for every unit; return its id.

    ``template_id`` names the one to be changed. ``item_code`` empty means every item.
    """
    _check_reach(acting.actor, unit_id)
    title = clean_text(title, field="title", most=TITLE_MAX, wanted=True)
    text = clean_note(text, field="text", wanted=True)
    if item_code:
        known_item(item_code, on=acting.today)
    template = AnswerTemplate(id=new_identifier()) if template_id is None else _template(acting.actor, template_id)
    template.title, template.text, template.item_code, template.unit_id = title, text, item_code, unit_id
    template.save()
    _record(acting, template)
    return template.id


@act("templates.retire", may=_may_save)
def retire_template(acting: Acting, *, template_id: UUID) -> None:
    """Offer a template no longer."""
    template = _template(acting.actor, template_id)
    template.retired_at = acting.now
    template.save(update_fields=["retired_at"])
    _record(acting, template)


def _template(actor: Actor, template_id: UUID) -> AnswerTemplate:
    template = AnswerTemplate.objects.select_for_update().filter(id=template_id, retired_at=None).first()
    if template is None:
        raise NotFound(_("There is no such template."), field="template_id", value=str(template_id))
    _check_reach(actor, template.unit_id)
    return template


def _check_reach(actor: Actor, unit_id: UUID | None) -> None:
    scope = actor.scope
    if scope.everything or (_reaches_unit(actor, unit_id) if unit_id is not None else scope.place_paths):
        return
    raise NotPermitted(
        _("This template is not your unit's."), field="unit_id",
        remedy=_("Save it for your own unit, or ask somebody who looks after several."),
    )  # fmt: skip


def _reaches_unit(actor: Actor, unit_id: UUID) -> bool:
    """Whether a unit is one's own, or answers for a place that one looks after."""
    unit = unit_with(unit_id)
    return within_scope(actor.scope, _Located(unit.id, unit.place.path))


@dataclass(frozen=True, slots=True)
class _Located:
    unit_id: UUID
    place_path: str


def _record(acting: Acting, template: AnswerTemplate) -> None:
    after = {
        "title": template.title, "text": template.text, "item": template.item_code, "unit": template.unit_id,
        "retired_at": template.retired_at,
    }  # fmt: skip
    acting.record(f"template:{template.id}", after=after)
