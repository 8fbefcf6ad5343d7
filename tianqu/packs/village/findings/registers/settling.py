"""What a finding settles in the register: a claim or debt that its answer paid is settled by as much when it is closed.

Which one it is, the finding says, or the answer's evidence. What single acts write is written here; findings that are
brought in whole come with registers whose histories say it already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.base.identifiers import named_identifier
from tianqu.base.quantities import UNITS, format_quantity
from tianqu.kernel.journal.api import Acting
from tianqu.packs.village.findings.models import EffectKind, Finding, FindingAnswer, FindingEffect, SubjectKind
from tianqu.packs.village.findings.registers.effects import NewEffect
from tianqu.packs.village.models import Holding, HoldingKind, HoldingVersion
from tianqu.packs.village.registers.holdings import holding_with, settle_to
from tianqu.packs.village.registers.land import Change
from tianqu.packs.village.registers.refusals import digest_of

SETTLED: Final = {EffectKind.CLAIM_SETTLED: HoldingKind.CLAIM, EffectKind.DEBT_SETTLED: HoldingKind.DEBT}


def settled_by(finding: Finding, answer: FindingAnswer, kind: EffectKind) -> Holding | None:
    """Return the claim or debt that an effect settles: what the finding is about, else the only one that is named.

    None for another effect, or where the register was told of none. Raises ``InvalidInput`` where several are named.
    """
    wanted = SETTLED.get(kind)
    if wanted is None:
        return None
    about = Holding.objects.filter(id=finding.holding_id, kind=wanted).first() if finding.holding_id else None
    if about is not None:
        return about
    named = [one["id"] for one in answer.evidence if one["kind"] == SubjectKind.HOLDING]
    found = list(Holding.objects.filter(id__in=named, kind=wanted).order_by("number")[:2])
    if len(found) > 1:
        raise InvalidInput(
            _("The answer names several claims or debts, and not which of them was settled."), field="effects",
            value=", ".join(holding.number for holding in found),
            remedy=_("Name the one that was settled, and no other."),
        )  # fmt: skip
    return found[0] if found else None


def refuse_too_much(finding: Finding, answer: FindingAnswer, effects: Iterable[NewEffect]) -> None:
    """Refuse an answer that settles more of a claim or debt than the register says is owed. Raises ``Conflict``."""
    sums: dict[UUID, int] = {}
    for each in effects:
        holding = settled_by(finding, answer, EffectKind(each.kind))
        if holding is not None and (version := _standing(holding)) is not None:
            sums[holding.id] = sums.get(holding.id, 0) + each.amount
            _check(holding, version, amount=sums[holding.id])


def settle(acting: Acting, finding: Finding, effects: Sequence[FindingEffect]) -> None:
    """Let the register say what was settled by the effects that were posted, from today on.

    What has ended there is owed no more, and stays as it is. Raises ``Conflict`` where less is owed by now.
    """
    for effect in effects:
        found = settled_by(finding, effect.answer, EffectKind(effect.kind))
        if found is None:
            continue
        holding = holding_with(found.id, acting.actor, lock=True)
        if (version := _standing(holding)) is None:
            continue
        _check(holding, version, amount=effect.amount)
        change = change_by(acting, finding, _change_id(effect.transfer_id), taken_back=False)
        settle_to(acting, holding=holding, settled_fen=version.settled_fen + effect.amount, change=change)


def unsettle(acting: Acting, finding: Finding, effects: Sequence[FindingEffect]) -> None:
    """Let the register say from today on that what was taken back is owed again, where it was settled by the closing.

    What has ended there stays as it is.
    """
    for effect in effects:
        made = HoldingVersion.objects.filter(change_id=_change_id(effect.transfer_id)).first()
        if made is None:
            continue
        holding = holding_with(made.holding_id, acting.actor, lock=True)
        if (version := _standing(holding)) is None:
            continue
        change = change_by(acting, finding, named_identifier(f"{effect.transfer_id}/unsettled"), taken_back=True)
        settle_to(acting, holding=holding, settled_fen=max(0, version.settled_fen - effect.amount), change=change)


def _change_id(transfer_id: UUID) -> UUID:
    return named_identifier(f"{transfer_id}/settled")


def _standing(holding: Holding) -> HoldingVersion | None:
    return holding.versions.filter(valid_to__isnull=True).first()


def _check(holding: Holding, version: HoldingVersion, *, amount: int) -> None:
    owed = version.amount_fen - version.settled_fen
    if amount > owed:
        raise Conflict(
            _("Of “%(value)s” only %(owed)s yuan are still owed by the register."), field="effects",
            value=holding.number, owed=format_quantity(owed, UNITS["fen"]),
            remedy=_("Correct what the register says is settled, or answer with what was paid since."),
        )  # fmt: skip


def change_by(acting: Acting, finding: Finding, change_id: UUID, *, taken_back: bool) -> Change:
    """The change of a register that a finding makes today, by its closing or when it is opened again."""
    with translation.override(settings.LANGUAGE_CODE):  # what is kept is written in the realm's language
        reason = gettext("Finding %(code)s was opened again") if taken_back else gettext("Finding %(code)s was closed")
        said = reason % {"code": finding.order.code}
    return Change(change_id, acting.today, said, digest_of("settled", change_id))
