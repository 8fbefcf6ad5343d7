"""Dispatch rules: find them, propose one, see what it would have done in the past, and only then publish it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.orders.api import (
    Condition,
    Rule,
    item_families,
    items_on,
    named_orders,
    propose_rule,
    publish_proposal,
    retire_rule,
    rule_from_json,
    rule_list,
    rule_proposal,
    rule_state,
    rule_versions,
)
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import can, place_with, unit_with, units_with
from tianqu.web.administration.finding import (
    WORDS_MAX,
    kind_said,
    kind_titles,
    place_code_at,
    place_id_named,
    place_names,
    shown,
    unit_id_named,
)
from tianqu.web.administration.forms import (
    ActForm,
    Done,
    Field,
    act_page,
    administrators_page,
    day_given,
    day_given_or_none,
    page,
)
from tianqu.web.administration.items import title_of
from tianqu.web.administration.persons import UNIT_HINT
from tianqu.web.administration.units import PLACE_HINT
from tianqu.web.desk.words import FAMILIES
from tianqu.web.layout.differences import language
from tianqu.web.layout.errors import tianqu_error

PUBLISH = "rules.publish"
ROWS_A_PAGE = 25
REPLAY_DAYS = 90
STATES = (("in_force", _("in force")), ("coming", _("coming")), ("retired", _("retired")))
TONES = {"in_force": "done", "coming": "open", "retired": "quiet"}
ASKERS = (("resident", _("residents")), ("firm", _("firms")))
URGENCIES = (
    ("none", _("ordinary")),
    ("utilities", _("water, power, gas or heating is out")),
    ("danger", _("danger to people")),
)
WORDS_HINT = _("Parted by commas.")


def address_of(rule_id: UUID) -> str:
    """The page of one rule."""
    return reverse("administration_rule", kwargs={"rule_id": rule_id})


def crumbs(rule: Any = None) -> list[tuple[str, str]]:
    """Where the pages about rules are."""
    first = (gettext("Dispatch rules"), reverse("administration_rules"))
    return [first, (rule.code, address_of(rule.id))] if rule else [first]


def item_titles() -> list[tuple[str, str]]:
    """The items of today by code, for choosing one."""
    return [(item.code, f"{title_of(item)} ({item.code})") for item in items_on(timezone.localdate())]


@administrators_page
def rules(request: PageRequest) -> HttpResponse:
    """Every rule in its newest version."""
    words, item, state = (request.GET.get(name, "")[:WORDS_MAX] for name in ("q", "item", "state"))
    today = timezone.localdate()
    found = rule_list(
        request.actor, today, words=words, item=item, state=state, after=request.GET.get("after", ""),
        limit=ROWS_A_PAGE,
    )  # fmt: skip
    table = Table(
        caption=gettext("Dispatch rules"),
        columns=(
            Column("code", gettext("Rule")),
            Column("when", gettext("Conditions")),
            Column("unit", gettext("Goes to")),
            Column("rank", gettext("Priority"), numeric=True),
            Column("state", gettext("State")),
            Column("origin", gettext("Where it came from")),
        ),
        rows=[
            (row, said, rule_state(row, today))
            for row, said in zip(found.rows, conditions_said(_conditions(found.rows)), strict=True)
        ],
        next_cursor=found.after,
    )
    return page(
        request, "rules", table=table, words=words, item=item, state=state, states=STATES, tones=TONES,
        items=item_titles(), shown=shown, state_names=dict(STATES), kind_said=kind_said, kinds=kind_titles(),
    )  # fmt: skip


def conditions_said(conditions: Sequence[Condition]) -> list[list[tuple[str, str]]]:
    """Conditions in words: what must hold, and what it is."""
    titles, places = dict(item_titles()), place_names(condition.place for condition in conditions)
    return [_said(condition, titles, places) for condition in conditions]


def _said(condition: Condition, titles: Mapping[str, str], places: Mapping[str, str]) -> list[tuple[str, str]]:
    said = [
        (gettext("Item"), titles.get(condition.item, condition.item)),
        (gettext("Family"), str(FAMILIES.get(condition.family, condition.family))),
        (gettext("Place"), places.get(condition.place, condition.place)),
        (gettext("Asker"), str(dict(ASKERS).get(condition.asker_kind, ""))),
        (gettext("Urgency"), str(dict(URGENCIES).get(condition.urgency, ""))),
        (gettext("Any of the words"), "、".join(condition.words_any)),
        (gettext("All of the words"), "、".join(condition.words_all)),
    ]
    return [(name, value) for name, value in said if value]


def _conditions(rows: Iterable[Any]) -> list[Condition]:
    return [Condition.of(row.condition) for row in rows]


@administrators_page
def rule(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """One rule: what it says, where it came from, and all its versions."""
    versions = rule_versions(request.actor, rule_id)
    newest, today = versions[0], timezone.localdate()
    said = conditions_said(_conditions(versions))
    rulings = named_orders(request.actor, [one.ruling_order_id for one in versions if one.ruling_order_id])
    table = Table(
        caption=gettext("Versions"),
        columns=(
            Column("version", gettext("Version"), numeric=True),
            Column("state", gettext("State")),
            Column("when", gettext("Conditions")),
            Column("unit", gettext("Goes to")),
            Column("from", gettext("From")),
            Column("until", gettext("Until")),
        ),
        rows=[
            (one, rule_state(one, today), when) for one, when in zip(versions, said, strict=True)
        ],
    )  # fmt: skip
    return page(
        request, "rule", rule=newest, table=table, state=rule_state(newest, today), states=dict(STATES), tones=TONES,
        shown=shown, ruling=rulings.get(newest.ruling_order_id) if newest.ruling_order_id else None,
        sees_orders=can(request.actor, "orders.see"), condition=said[0], kind_said=kind_said, kinds=kind_titles(),
    )  # fmt: skip


@administrators_page
def propose(request: PageRequest, rule_id: UUID | None = None) -> HttpResponse:
    """Write a rule, new or the next version of one; sent, it is replayed on past orders."""
    before = rule_versions(request.actor, rule_id)[0] if rule_id else None
    form = ActForm(
        title=_("Change the rule") if before else _("New rule"), button=_("Replay it on past requests"),
        permission=PUBLISH, where=crumbs(before), fields=_fields(),
        text=_("Nothing goes live yet: you see first what the rule would have changed."),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> HttpResponse:
        since, until = (_midnight(day_given(given, name)) for name in ("since", "until"))
        replay_id = propose_rule(request.actor, rule=_rule_given(given), since=since, until=until)
        return redirect("administration_replay", replay_id=replay_id)

    return act_page(request, form, perform, values=_values(before))


def _fields() -> tuple[Field, ...]:
    families = [(code, FAMILIES.get(code, code)) for code in item_families()]
    kinds = kind_titles()
    return (
        Field("code", _("Code"), hint=_("A rule of the same code is followed by this one.")),
        Field("item", _("Item"), "select", required=False, options=item_titles()),
        Field("family", _("Family"), "select", required=False, options=families),
        Field("place", _("Place"), required=False, hint=PLACE_HINT),
        Field("asker_kind", _("Asker"), "select", required=False, options=ASKERS),
        Field("urgency", _("Urgency"), "select", required=False, options=URGENCIES),
        Field("words_any", _("Any of the words"), required=False, hint=WORDS_HINT),
        Field("words_all", _("All of the words"), required=False, hint=WORDS_HINT),
        Field("unit_id", _("Goes to this unit"), required=False, hint=UNIT_HINT),
        Field(
            "unit_kind", _("or to the nearest unit of this kind"), "select", required=False,
            options=[(kind, kind_said(kind, kinds)) for kind in kinds],
        ),
        Field("rank", _("Priority"), "number", hint=_("From 1 to 1000; the lowest that fits decides."), width="s"),
        Field("valid_from", _("From"), "date", width="s"),
        Field("valid_to", _("Until"), "date", required=False, hint=_("The first day on which it no longer holds."),
              width="s"),
        Field("legal_basis", _("Legal basis"), required=False),
        Field("note", _("Why"), required=False),
        Field("since", _("Replay requests placed since"), "date", width="s"),
        Field("until", _("and before"), "date", width="s"),
    )  # fmt: skip


def _values(before: Any) -> dict[str, str]:
    today = timezone.localdate()
    values = {
        "rank": "100", "valid_from": (today + timedelta(days=1)).isoformat(),
        "since": (today - timedelta(days=REPLAY_DAYS)).isoformat(), "until": (today + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    if before is None:
        return values
    condition = Condition.of(before.condition)
    return values | {
        "code": before.code, "item": condition.item, "family": condition.family, "asker_kind": condition.asker_kind,
        "place": place_code_at(condition.place), "urgency": condition.urgency,
        "words_any": "、".join(condition.words_any), "words_all": "、".join(condition.words_all),
        "unit_id": before.unit.code if before.unit else "", "unit_kind": before.unit_kind, "rank": str(before.rank),
        "legal_basis": before.legal_basis, "note": before.note,
    }  # fmt: skip


def _rule_given(given: Mapping[str, str]) -> Rule:
    place = place_with(place_id_named(given["place"], field="place")).path if given["place"] else ""
    condition = Condition.of({
        **{name: given[name] for name in ("item", "family", "asker_kind", "urgency")}, "place": place,
        **{name: [one for one in re.split(r"[,，、;；|]+", given[name]) if one.strip()]
           for name in ("words_any", "words_all")},
    })  # fmt: skip
    if not given["rank"].isdecimal():
        raise InvalidInput(gettext_noop("%(value)s is not a whole number."), field="rank", value=given["rank"][:20])
    return Rule(
        code=given["code"], condition=condition, valid_from=day_given(given, "valid_from"),
        valid_to=day_given_or_none(given, "valid_to"), rank=int(given["rank"]), unit_kind=given["unit_kind"],
        unit_id=unit_id_named(given["unit_id"], field="unit_id") if given["unit_id"] else None,
        legal_basis=given["legal_basis"], note=given["note"],
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@administrators_page
def replay(request: PageRequest, replay_id: UUID) -> HttpResponse:
    """How a proposed rule fared on past requests; sent as a form, it goes live."""
    found = rule_proposal(request.actor, replay_id)
    if request.method == "POST":
        try:
            publish_proposal(request.actor, replay_id=replay_id)
        except TianquError as error:
            return tianqu_error(request, error)
        messages.success(request, gettext("The rule was published."))
        return redirect("administration_rules")
    proposed = rule_from_json(found.rule)
    result = found.result or {}
    ids = {
        UUID(value)
        for one in [*result.get("samples", []), {"unit": found.rule["unit_id"]}, *result.get("by_unit", [])]
        for name, value in one.items()
        if value and name in ("before", "after", "answered_by", "unit", "unit_id") and isinstance(value, str)
    }
    samples = result.get("samples", [])
    orders = named_orders(request.actor, [UUID(one["order"]) for one in samples])
    return page(
        request, "replay", replay=found, proposed=proposed, result=result, shown=shown,
        kind_said=kind_said, kinds=kind_titles(), condition=conditions_said([proposed.condition])[0],
        unit=unit_with(proposed.unit_id) if proposed.unit_id else None,
        units={str(unit_id): unit for unit_id, unit in units_with(ids).items()},
        samples=[_sample(request, one, orders.get(UUID(one["order"]))) for one in samples], where=crumbs(),
        precisions=[_percent(result.get(name)) for name in ("precision_before", "precision_after")],
    )  # fmt: skip


def _sample(request: PageRequest, one: Mapping[str, Any], order: Any) -> dict[str, Any]:
    """A sample with what the reader may see of it: the request itself, else what the public sees, else its item."""
    seen: dict[str, Any] = {**one, "title": "", "address": "", "code": order.code if order else ""}
    if order is None:
        return seen
    seen["title"] = order.item.title if language().startswith("zh") else order.item.title_en or order.item.title
    if can(request.actor, "orders.see"):
        return seen | {"title": order.title, "address": reverse("order", kwargs={"code": order.code})}
    if order.published_at is not None:
        seen["address"] = reverse("answer", kwargs={"code": order.code})
    return seen


def _percent(precision: Mapping[str, int] | None) -> tuple[int, int] | None:
    return (precision["right"], precision["judged"]) if precision and precision["judged"] else None


@administrators_page
def retire(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """Take a rule out of force at once, with all its versions."""
    newest = rule_versions(request.actor, rule_id)[0]
    form = ActForm(
        title=_("Retire the rule"), button=_("Retire the rule"), permission=PUBLISH, where=crumbs(newest),
        dangerous=True, fields=(Field("reason", _("Reason")),),
        text=_(
            "It decides nothing from now on; what it decided stays decided. The next rule that fits, the text model or "
            "a human takes its place."
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        retire_rule(request.actor, code=newest.code, reason=given["reason"])
        return Done(address_of(newest.id), _("The rule was retired."))

    return act_page(request, form, perform)
