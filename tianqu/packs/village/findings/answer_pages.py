"""The page on which a village answers: what was done, what shows it, what it moves, and photos, on a telephone too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.base.errors import InvalidInput, TianquError, at_field
from tianqu.base.identifiers import named_identifier
from tianqu.kernel.pack.api import Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.pages import WORDS, address_of, crumbs
from tianqu.packs.village.findings.queries import FindingDetail, finding_detail, things_numbered
from tianqu.packs.village.findings.registers.effects import NewEffect, check_paid, check_shown
from tianqu.packs.village.findings.registers.matters import Evidence
from tianqu.packs.village.findings.words import EFFECTS
from tianqu.packs.village.forms import SENT, TEXT_MAX, area_given, day_or_none, sent_id_of, yuan_given
from tianqu.packs.village.sent_files import stored_files
from tianqu.packs.village.tabular import numbers_typed

ROWS: Final = 3  # amounts that the form has room for; a program may send more
FILES_MAX: Final = 9
KINDS: Final = [(each.value, _(title)) for each, title in EFFECTS.items()]
WAYS: Final = [("102", _("by bank")), ("101", _("in cash"))]
NAMED: Final = (
    ("contracts", SubjectKind.CONTRACT, _("Numbers of contracts")),
    ("parcels", SubjectKind.PARCEL, _("Numbers of parcels")),
    ("holdings", SubjectKind.HOLDING, _("Numbers of assets, claims and debts")),
)  # fmt: skip
LABELS: Final = {
    "text": _("How it was put right"), "files": _("Photos and papers"), "evidence": _("What shows it"),
    **{name: label for name, _kind, label in NAMED},
    **{f"amount_{row}": _("Amount") for row in range(ROWS)}, **{f"day_{row}": _("Done on") for row in range(ROWS)},
    **{f"way_{row}": _("How it was paid") for row in range(ROWS)},
    **{f"voucher_{row}": _("Voucher") for row in range(ROWS)},
}  # fmt: skip


def answer(request: PageRequest, finding_id: UUID) -> PageResult:
    """Show the form, or take it: files are stored first, and taken back where the answer is refused."""
    require(request.actor, "village.answer_finding")
    detail = finding_detail(request.actor, finding_id=finding_id)
    if request.method != "POST":
        return _shown(detail, {"itself": "on"}, Faults(), sent_id_of(""))
    given = {name: str(value).strip()[:TEXT_MAX] for name, value in request.POST.items()}
    sent_id = sent_id_of(given.get(SENT, ""))
    if any(one.id == sent_id for one in detail.answers):  # the same form was sent before
        return Redirect(address_of(finding_id))
    try:
        evidence = _evidence(request, detail, given)
        effects = _effects(given, sent_id, files=request.FILES.getlist("files"))
        with stored_files(request, "files", most=FILES_MAX) as files:
            acts.answer_finding(
                request.actor, finding_id=finding_id, answer_id=sent_id, text=given.get("text", ""), evidence=evidence,
                effects=effects, files=files,
            )  # fmt: skip
    except TianquError as error:
        return _shown(detail, given, faults(error), sent_id, status=error.status)
    return Redirect(address_of(finding_id), notice=str(_("The answer was sent; an inspector looks at it.")))


def _shown(
    detail: FindingDetail, values: Mapping[str, str], errors: Faults, sent_id: UUID, *, status: int = 200
) -> PageResult:
    names = {*LABELS, *(f"{name}_{row}" for name in ("kind",) for row in range(ROWS))}
    context = {
        "detail": detail, "row": detail.row, "values": values, "errors": errors, "sent_id": sent_id, "kinds": KINDS,
        "ways": WAYS, "named": NAMED, "rows": range(ROWS), "labels": LABELS, "where": crumbs(detail),
        "today": timezone.localdate().isoformat(), **WORDS,
        "summary": [(name if name in names else "", sentence) for name, sentence in errors.items()],
        "opened": any(errors[name] for name in errors if name.rpartition("_")[2] in ("1", "2")),
    }  # fmt: skip
    return Rendered("findings/answer.html", context, status=status)


def _evidence(request: PageRequest, detail: FindingDetail, given: Mapping[str, str]) -> list[Evidence]:
    """What is named as evidence: the thing itself as it now stands, and others by their numbers."""
    row = detail.row
    evidence = [Evidence(SubjectKind(row.subject), row.subject_id)] if given.get("itself") == "on" else []
    for name, kind, _label in NAMED:
        numbers = numbers_typed(given.get(name, ""))
        found = things_numbered(request.actor, place_id=row.place_id, kind=kind, numbers=numbers, field=name)
        evidence += [Evidence(kind, thing) for thing in found if thing != row.subject_id or not evidence]
    return evidence


def _effects(given: Mapping[str, str], sent_id: UUID, *, files: Sequence[object]) -> list[NewEffect]:
    """The amounts that were typed; each has the identifier that its row of this form always has."""
    effects = []
    for row in range(ROWS):
        kind = given.get(f"kind_{row}", "")
        if not kind:
            continue
        if kind not in EffectKind.values:
            raise InvalidInput(
                gettext_noop("“%(value)s” is none of the list."), field=f"kind_{row}", value=kind[:40],
                remedy=gettext_noop("Choose one of the list."),
            )  # fmt: skip
        effect = _effect(given, row, EffectKind(kind), named_identifier(f"finding-answer:{sent_id}:{row}"))
        try:
            check_paid(effect.kind, debit=effect.debit, credit=effect.credit)
        except InvalidInput as error:
            raise at_field(error, f"way_{row}") from error
        try:
            check_shown(effect.kind, voucher=effect.voucher, files=files)
        except InvalidInput as error:
            raise at_field(error, f"voucher_{row}") from error
        effects.append(effect)
    return effects


def _effect(given: Mapping[str, str], row: int, kind: EffectKind, transfer_id: UUID) -> NewEffect:
    amount_field, land = f"amount_{row}", kind is EffectKind.LAND_RECOVERED
    amount = (area_given if land else yuan_given)(given, amount_field) if given.get(amount_field) else None
    if not amount:
        raise InvalidInput(
            gettext_noop("This is needed."), field=amount_field, remedy=gettext_noop("Give how much it was."),
        )  # fmt: skip
    way = given.get(f"way_{row}", "")
    money = way if way in ("101", "102") else ""
    sides = {"credit": money} if kind is EffectKind.DEBT_SETTLED else {} if land else {"debit": money}
    named = {name: given.get(f"{name}_{row}", "")[:40] for name in ("debit", "credit") if given.get(f"{name}_{row}")}
    return NewEffect(
        transfer_id, kind, amount, day_or_none(given, f"day_{row}"), voucher=given.get(f"voucher_{row}", "")[:60],
        **(sides | named),
    )  # fmt: skip
