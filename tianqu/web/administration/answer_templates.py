"""Answer templates: find, save, look at as an asker would, retire."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import PLACEHOLDERS, retire_template, save_template, template_list, template_with
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.web.administration.finding import WORDS_MAX, shown, unit_id_named
from tianqu.web.administration.forms import ActForm, Done, Field, act_page, administrators_page, page
from tianqu.web.administration.rules import item_titles
from tianqu.web.layout.formats import in_chinese

SAVE = "templates.save"
ROWS_A_PAGE = 25


def address_of(template_id: UUID) -> str:
    """The page of one template."""
    return reverse("administration_template", kwargs={"template_id": template_id})


def placeholders() -> str:
    """What a template may hold in braces, in the language of the page."""
    return ", ".join(f"{{{chinese if in_chinese() else name}}}" for name, chinese in PLACEHOLDERS.items())


def crumbs(template: object = None) -> list[tuple[str, str]]:
    """Where the pages about templates are."""
    first = (gettext("Answer templates"), reverse("administration_templates"))
    return [first, (template.title, address_of(template.id))] if template else [first]  # type: ignore[attr-defined]


@administrators_page
def templates(request: PageRequest) -> HttpResponse:
    """Find templates by words and by item, the retired ones if asked for."""
    words, item = request.GET.get("q", "")[:WORDS_MAX], request.GET.get("item", "")[:WORDS_MAX]
    retired = request.GET.get("retired", "") == "on"
    found = template_list(
        request.actor, words=words, item_code=item, retired=retired, after=request.GET.get("after", ""),
        limit=ROWS_A_PAGE,
    )  # fmt: skip
    titles = item_titles()
    table = Table(
        caption=gettext("Answer templates"),
        columns=(
            Column("title", gettext("Title")),
            Column("item", gettext("Item")),
            Column("unit", gettext("Unit")),
            Column("text", gettext("Text")),
        ),
        rows=list(found.rows),
        next_cursor=found.after,
    )
    return page(
        request, "templates", table=table, words=words, item=item, retired=retired, items=titles, shown=shown,
        titles=dict(titles),
    )  # fmt: skip


@administrators_page
def template(request: PageRequest, template_id: UUID) -> HttpResponse:
    """One template as it reads in an answer."""
    found = template_with(request.actor, template_id)
    return page(request, "template", found=found, names=placeholders(), shown=shown, titles=dict(item_titles()))


@administrators_page
def save(request: PageRequest, template_id: UUID | None = None) -> HttpResponse:
    """Write a template, or change one."""
    found = template_with(request.actor, template_id) if template_id else None
    form = ActForm(
        title=_("Change the template") if found else _("New template"), button=_("Save"), permission=SAVE,
        where=crumbs(found),
        fields=(
            Field("title", _("Title")),
            Field("item_code", _("Item"), "select", required=False, options=item_titles(),
                  hint=_("Empty: for every item.")),
            Field("unit_id", _("Unit"), required=False,
                  hint=_("Its code, or a part of its name. Empty: for every unit.")),
            Field("text", _("Text"), "area", hint=_("In braces it may hold: %(names)s.") % {"names": placeholders()}),
        ),
    )  # fmt: skip
    values = (
        {"title": found.title, "item_code": found.item_code, "text": found.text,
         "unit_id": found.unit.code if found.unit else ""}
        if found else {}
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        unit_id = unit_id_named(given["unit_id"], field="unit_id") if given["unit_id"] else None
        saved = save_template(
            request.actor, title=given["title"], text=given["text"], item_code=given["item_code"], unit_id=unit_id,
            template_id=template_id,
        )  # fmt: skip
        return Done(address_of(saved), _("The template was saved."))

    return act_page(request, form, perform, values=values)


@administrators_page
def retire(request: PageRequest, template_id: UUID) -> HttpResponse:
    """Offer a template no longer."""
    found = template_with(request.actor, template_id)
    form = ActForm(
        title=_("Retire the template"), button=_("Retire the template"), permission=SAVE, where=crumbs(found),
        dangerous=True, text=_("It is offered to nobody any more. Answers that were written with it stay as they are."),
    )  # fmt: skip

    def perform(_given: object) -> Done:
        retire_template(request.actor, template_id=template_id)
        return Done(reverse("administration_templates"), _("The template was retired."))

    return act_page(request, form, perform)
