"""The page for erasing a name: look for it in one village, choose what is about this person, say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, TianquError, at_field
from tianqu.kernel.orders.api import shown_code
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import Place, require
from tianqu.packs.village.choosing import offered, source
from tianqu.packs.village.erasing.acts import erase_party
from tianqu.packs.village.erasing.queries import NAMED_MAX, Named, checked_name, named_in, texts_of
from tianqu.packs.village.findings.words import state_said
from tianqu.packs.village.forms import TEXT_MAX, village_given
from tianqu.packs.village.meetings.words import body_said
from tianqu.packs.village.models import Holding
from tianqu.packs.village.registers.land import VILLAGE_KIND, village_with
from tianqu.packs.village.words import day_said

LABELS: Final = {
    "village": _("Village"), "name": _("Name, as it stands in the register"),
    "reason": _("Why it is erased"), "contract_ids": _("Contracts"), "holding_ids": _("Assets and debts"),
    "transfer_ids": _("Vouchers and transfers"), "account_ids": _("Accounts"),
    "finding_ids": _("Findings"), "roll_ids": _("Rolls"), "matter_ids": _("Matters of meetings"),
    "sure": _("It is this person"),
}  # fmt: skip
Identifier = TypeVar("Identifier", UUID, int)


def erase(request: PageRequest) -> PageResult:
    """Look for a name by the address; when the form is sent, erase it from what was chosen."""
    require(request.actor, "village.erase_party")
    sent = request.method == "POST"
    given = {name: str((request.POST if sent else request.GET).get(name, "")).strip()[:TEXT_MAX] for name in LABELS}
    place: Place | None = None
    try:
        if given["village"] or given["name"] or sent:
            place = village_with(village_given(request, given).id, request.actor)
            given["name"] = checked_name(given["name"])
        if sent and place is not None:
            return _erased(request, place, given)
    except TianquError as error:
        wrong = at_field(error, "village") if error.field in ("place", "place_id", "code") else error
        return _shown(request, place, given, faults(wrong), request.POST, status=error.status)
    return _shown(request, place, given, Faults(), request.GET)


def _erased(request: PageRequest, place: Place, given: dict[str, str]) -> PageResult:
    chosen: dict[str, Any] = {
        name: _chosen(request.POST, name, UUID)
        for name in ("contract_ids", "holding_ids", "transfer_ids", "finding_ids", "roll_ids", "matter_ids")
    }
    chosen["account_ids"] = _chosen(request.POST, "account_ids", int)
    if not any(chosen.values()):
        raise InvalidInput(
            gettext_noop("Nothing was chosen."), field="sure", remedy=gettext_noop("Choose what is about this person.")
        )
    if given["sure"] != "on":
        raise InvalidInput(
            gettext_noop("What is erased cannot be brought back."), field="sure",
            remedy=gettext_noop("Look at each thing that is chosen, and say that it is this person."),
        )  # fmt: skip
    entries = erase_party(request.actor, place_id=place.id, name=given["name"], reason=given["reason"], **chosen)
    notice = ngettext(
        "The name was erased, and with it the words of %(num)s entry of the log.",
        "The name was erased, and with it the words of %(num)s entries of the log.", entries,
    ) % {"num": entries}  # fmt: skip
    return Redirect(f"{reverse('village:erasing')}?village={place.code}", notice=notice)


def _chosen(query: QueryDict, name: str, kind: Callable[[str], Identifier]) -> list[Identifier]:
    try:
        return [kind(text) for text in query.getlist(name)[: NAMED_MAX + 1]]
    except ValueError as error:
        raise InvalidInput(gettext_noop("The village has no such thing."), field=name) from error


def _shown(
    request: PageRequest,
    place: Place | None,
    given: dict[str, str],
    errors: Faults,
    sent: QueryDict,
    *,
    status: int = 200,
) -> PageResult:
    name = "" if errors["name"] else given["name"]
    found = named_in(str(place.path), name=name) if place is not None and name else Named()
    context = {
        "given": given, "errors": errors, "labels": LABELS, "found": found, "asked": place is not None and name != "",
        "summary": [(name if name in LABELS else "", sentence) for name, sentence in errors.items()],
        "options": _options(found, name), "chosen": {each: sent.getlist(each) for each in LABELS}, "most": NAMED_MAX,
        "places_source": source(VILLAGE_KIND),
        "places_offered": offered(request.actor, given["village"], kind=VILLAGE_KIND),
    }  # fmt: skip
    return Rendered("village_erasing/erase.html", context, status=status)


def _held(holding: Holding, name: str) -> str:
    """By what a holding is told apart: the texts that hold the name, newest first, each once."""
    versions = sorted(holding.versions.all(), key=lambda one: one.id, reverse=True)
    return " · ".join(dict.fromkeys(text for one in versions for text in texts_of(one) if name in text))


def _options(found: Named, name: str) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """What is found, by the field that takes it: an identifier and how it is told apart."""
    return [
        ("contract_ids", [
            (str(one.id), f"{one.number} {one.lessee} {day_said(one.signed_on)}"
             + (f" · {gettext('in force')}" if one.state == "in_force" else "")) for one in found.contracts
        ]),
        ("holding_ids", [(str(one.id), f"{one.number} {_held(one, name)}") for one in found.holdings]),
        ("transfer_ids", [
            (str(one.id), " ".join(filter(None, (
                f"{one.book.code} #{one.number} {day_said(one.day)}", one.purpose, found.words.get(one.id),
            ))))
            for one in found.transfers
        ]),
        ("account_ids", [(str(one.id), f"{one.book.code} {one.code} {one.name}") for one in found.accounts]),
        ("finding_ids", [
            (str(one.order_id), f"{shown_code(one.order.code)} {one.order.title} · {state_said(one.order.state)}")
            for one in found.findings
        ]),
        ("roll_ids", [(str(one.id), f"{body_said(one.body)} {day_said(one.since)}") for one in found.rolls]),
        ("matter_ids", [
            (str(one.id), f"{one.number} {one.title}"
             + (f" · {gettext('not over yet')}" if one.next_step and one.withdrawn_at is None else ""))
            for one in found.matters
        ]),
    ]  # fmt: skip
