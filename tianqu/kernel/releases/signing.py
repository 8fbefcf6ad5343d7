"""The acts of signing: each unit is asked for its own figures, as they print in one revision, and answers by a day.

A unit signs what it saw: where a figure prints otherwise afterwards, its signature does not count for the edition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.kernel.figures.api import figures_shown
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.places.api import can, require
from tianqu.kernel.releases.conflicts import conflicts_for, conflicts_of, unexplained
from tianqu.kernel.releases.models import Release, Signature, Signing, State
from tianqu.kernel.releases.prose.findings import ProseFaults
from tianqu.kernel.releases.quoting import printed_otherwise
from tianqu.kernel.releases.watching import watchers
from tianqu.kernel.releases.writing import EVER, may_write, open_release, proof_read, revision_of

DUE: Final = timedelta(days=2)
DUE_MAX: Final = timedelta(days=60)
REASON_MAX: Final = 2_000


@act("releases.ask_signatures", may=may_write)
def ask_signatures(acting: Acting, *, release_id: UUID, expected_revision: int, due_at: datetime | None = None) -> int:
    """Send a text without faults to the units whose figures it quotes; return how many these are.

    Asking again for the same revision is harmless: it looks anew at the conflicts of those who have not answered.

    Raises ``ProseFaults`` with what is wrong with the text, and ``Conflict`` where it was revised meanwhile.
    """
    release = open_release(acting, release_id)
    _check_revision(release, expected_revision)
    due = due_at or next(filter(None, (each.due(acting.now) for each in watchers())), acting.now + DUE)
    if not acting.now < due <= acting.now + DUE_MAX:
        raise InvalidInput(
            _("Units have until a day within the next %(days)s days."), field="due_at", days=DUE_MAX.days
        )
    # When it will be read is said at its publishing, which looks at embargoes.
    proof = proof_read(acting.actor, release, revision_of(release), now=EVER)
    if not proof.sound:
        raise ProseFaults([*proof.findings, *proof.findings_en])
    units = _by_unit(acting.actor, proof.pins)
    conflicts = conflicts_of(acting.actor, proof.pins, proof.explained)
    asked = []
    for unit_id, theirs in units.items():
        own = conflicts_for(conflicts, theirs)
        signature, new = Signature.objects.get_or_create(
            release=release, revision=release.revision, unit_id=unit_id,
            defaults={
                "values": theirs, "state": Signing.ASKED, "asked_at": acting.now, "due_at": due, "conflicts": own,
            },
        )  # fmt: skip
        asked += [signature] if new else []
        if not new and signature.state == Signing.ASKED:
            signature.conflicts = own
            signature.save(update_fields=["conflicts"])
    if asked or release.state != State.EDITION:  # asked again for what is published, it stays published
        release.state = State.SIGNING
    release.changed_at, release.asked_units = acting.now, list(units)
    release.save()
    acting.record(
        f"release:{release.id}",
        after={"code": release.code, "asked": release.revision, "values": dict(proof.pins)},
        sealed=True,
    )
    for watcher in watchers():
        watcher.asked(acting, release, asked, due_at=due_at)
    return len(units)


def may_sign(actor: Actor, release: Release, signature: Signature) -> bool:
    """Whether the actor may answer for a unit. Who asks does not also answer: the office of the release signs its own
    figures alone, also where the other units are parts of it.
    """
    others = actor.unit_id == release.unit_id and signature.unit_id != release.unit_id
    return not others and can(actor, "releases.sign", signature)


@act("releases.sign", may=may_write)
def sign_figures(acting: Acting, *, release_id: UUID, unit_id: UUID, expected_revision: int, refused: str = "") -> str:
    """Sign a unit's figures in a revision, or refuse them with a reason in ``refused``; return "signed" or "refused".

    Raises ``NotFound`` where the unit was not asked, and ``Conflict`` where it has answered, the text was revised, or
    it would sign figures that cannot all be right and of which the text does not say so.
    """
    if len(refused) > REASON_MAX or "\x00" in refused:
        raise InvalidInput(_("At most %(most)s characters."), field="refused", most=REASON_MAX)
    release = Release.objects.filter(id=release_id).first()
    asked = Signature.objects.select_for_update().filter(
        release_id=release_id, revision=expected_revision, unit_id=unit_id
    )  # fmt: skip
    signature = asked.first()
    if release is None or signature is None:
        raise NotFound(_("This unit was not asked to sign this text."), field="unit_id", value=str(unit_id))
    require(acting.actor, acting.act, signature)
    if not may_sign(acting.actor, release, signature):
        raise NotPermitted(
            _("The office that writes a release does not sign for others."), field="unit_id", value=str(unit_id),
            remedy=_("Ask the unit itself."),
        )  # fmt: skip
    _check_revision(release, expected_revision)
    if signature.state != Signing.ASKED:
        raise Conflict(_("This unit has answered already."), field="unit_id", value=signature.state)
    if not refused.strip():
        _check_conflicts(signature)
    signature.state = Signing.REFUSED if refused.strip() else Signing.SIGNED
    signature.reason, signature.answered_at, signature.post_id = refused.strip(), acting.now, acting.actor.post_id
    signature.save()
    acting.record(
        f"release:{release.id}", sealed=True,
        after={
            "code": release.code, "revision": expected_revision, "unit": str(unit_id), "state": signature.state,
            "reason": signature.reason, "values": signature.values,
        },
    )  # fmt: skip
    for watcher in watchers():
        watcher.answered(acting, release, signature)
    return str(signature.state)


def signatures_of(release: Release, *, revision: int | None = None) -> list[Signature]:
    """What the units said to a revision, the newest where no number is given."""
    return list(Signature.objects.filter(release=release, revision=revision or release.revision).order_by("unit_id"))


def asked_units(release_id: UUID) -> list[UUID]:
    """The units that sign the newest revision of a release, within the connection's sight."""
    return list(Release.objects.values_list("asked_units", flat=True).get(id=release_id))


def check_signed(release: Release, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``Conflict`` unless every figure was signed by its unit exactly as it prints now."""
    signed: dict[str, Any] = {}
    for signature in signatures_of(release):
        if signature.state != Signing.SIGNED:
            raise Conflict(
                _("Not every unit has signed its figures."), field="signatures", value=signature.state,
                remedy=_("Wait for them, or mend what they refused."),
            )  # fmt: skip
        signed |= signature.values
    for code, value in values.items():
        was = signed.get(code)
        if was is None or printed_otherwise(was, value) or printed_otherwise(was["change"], value["change"]):
            raise Conflict(
                _("The figure %(value)s prints otherwise than it was signed."), field="figures", value=code,
                remedy=_("Ask its unit to sign it again."),
            )  # fmt: skip


def _check_conflicts(signature: Signature) -> None:
    found = unexplained(signature.conflicts)
    if found:
        raise Conflict(
            _("These figures cannot all be right: %(value)s."), field="conflicts",
            value=", ".join(figure["id"] for figure in found[0]["figures"]),
            remedy=_("Refuse with a reason; the press office mends the text, or explains it in print."),
        )  # fmt: skip


def _by_unit(actor: Actor, values: Mapping[str, Any]) -> dict[UUID, dict[str, Any]]:
    shown = figures_shown(actor, list(values))
    units: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for code, value in values.items():
        units[shown[code].figure.unit_id][code] = value
    return units


def _check_revision(release: Release, expected: int) -> None:
    if release.revision != expected:
        raise Conflict(
            _("Somebody revised this text meanwhile; the newest revision is %(value)s."), field="expected_revision",
            value=release.revision, remedy=_("Look at it first."),
        )  # fmt: skip
