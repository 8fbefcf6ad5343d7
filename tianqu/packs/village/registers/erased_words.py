"""Erasing a name from what was said of somebody: in findings, on rolls of who is entitled to meet, and in matters.

Plain functions of the act that erases; each returns the subjects whose bodies go with the words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting
from tianqu.kernel.orders.api import erase_order_words, orders_saying
from tianqu.packs.village.erasing.queries import MATTER_TEXTS, STEP_TEXTS, bears, on_roll, steps_naming
from tianqu.packs.village.findings.models import Finding, FindingAnswer, FindingComment
from tianqu.packs.village.meetings.models import Matter, MatterStep, Roll
from tianqu.packs.village.registers.refusals import lawful


def findings_to_erase(place_path: str, /, *, name: str, ids: Collection[UUID]) -> list[Finding]:
    """Return those of some findings that name somebody, locked. Raises ``Conflict`` for one that is not decided."""
    rows = Finding.objects.select_for_update(of=("self",)).select_related("order")
    known = {one.order_id: one for one in rows.filter(order_id__in=ids, place_path=place_path)}
    all_known(ids, known, "finding_ids")
    naming = orders_saying(known, text=name)
    for finding_id, finding in sorted(known.items()):
        if finding_id not in naming:
            refuse_unnamed(not bytes(finding.digest), "finding_ids", finding.order.code)
        elif finding.upheld is None:
            raise Conflict(
                _("The finding %(value)s is not decided yet."), field="finding_ids", value=finding.order.code,
                remedy=_("Close or dismiss it, and erase the person then."),
            )  # fmt: skip
    return [known[finding_id] for finding_id in sorted(naming)]


def erase_findings(acting: Acting, findings: Sequence[Finding], /, *, name: str) -> list[str]:
    """Empty what names somebody in findings: what was found, said, answered and decided, and names of files."""
    ids = [finding.order_id for finding in findings]
    with lawful():  # digests of what was sent hold the name, too: with them one could try out names
        Finding.objects.filter(order_id__in=ids).update(digest=b"")
        FindingAnswer.objects.filter(finding_id__in=ids).update(digest=b"")
        FindingComment.objects.filter(finding_id__in=ids).update(digest=b"")
    return [*erase_order_words(acting, ids, text=name), *(f"finding:{finding_id}" for finding_id in ids)]


def erase_rolls(place_path: str, /, *, name: str, ids: Collection[UUID]) -> list[str]:
    """Empty the lines of somebody on rolls that hold no more; the others on them, and how many they are, stay."""
    known = {one.id: one for one in Roll.objects.select_for_update().filter(id__in=ids, place_path=place_path)}
    all_known(ids, known, "roll_ids")
    subjects = []
    for roll in sorted(known.values(), key=lambda one: one.id):
        if not on_roll(roll, name):
            refuse_unnamed(not bytes(roll.digest), "roll_ids", roll.since.isoformat())
            continue
        later = Q(since__gt=roll.since) | Q(since=roll.since, at__gt=roll.at)
        if not Roll.objects.filter(later, place_path=place_path, body=roll.body).exists():
            raise Conflict(
                _("The roll of %(value)s is in force."), field="roll_ids", value=roll.since.isoformat(),
                remedy=_("Enter the next roll without this person, and erase them then."),
            )  # fmt: skip
        roll.names = "\n".join("" if bears(line, name) else line for line in roll.names.split("\n"))
        roll.digest = b""
        with lawful():
            roll.save(update_fields=["names", "digest"])
        subjects.append(f"roll:{roll.id}")
    return subjects


def erase_matters(place_path: str, /, *, name: str, ids: Collection[UUID]) -> list[str]:
    """Empty what names somebody in matters that are over and in their steps; days, votes and who attested them stay.

    Raises ``Conflict`` for a matter of which a step is still to be taken, unless it was withdrawn.
    """
    rows = Matter.objects.select_for_update(of=("self",)).filter(id__in=ids, place_path=place_path)
    known = {one.id: one for one in rows}
    all_known(ids, known, "matter_ids")
    naming = list(steps_naming(name).filter(matter_id__in=ids).order_by("id"))
    subjects = []
    for matter in sorted(known.values(), key=lambda one: one.id):
        steps = [one for one in naming if one.matter_id == matter.id]
        if not steps and not any(name in getattr(matter, each) for each in MATTER_TEXTS):
            refuse_unnamed(not bytes(matter.digest), "matter_ids", matter.number)
            continue
        if matter.next_step and matter.withdrawn_at is None:
            raise Conflict(
                _("The matter %(value)s is not over yet."), field="matter_ids", value=matter.number,
                remedy=_("Take its last step or withdraw it, and erase the person then."),
            )  # fmt: skip
        _empty(matter, MATTER_TEXTS, name=name)
        for step in steps:
            _empty(step, STEP_TEXTS, name=name)
        subjects.append(f"matter:{matter.id}")
    return subjects


def _empty(row: Matter | MatterStep, columns: Sequence[str], *, name: str) -> None:
    """Empty the texts of a row that hold a name, and the digest of what was sent."""
    for each in columns:
        if name in getattr(row, each):
            setattr(row, each, "")
    row.digest = b""
    with lawful():
        row.save(update_fields=[*columns, "digest"])


def all_known(ids: Collection[UUID], known: Collection[UUID], field: str) -> None:
    """Require that each thing is one of the village. Raises ``NotFound``."""
    for one in ids:
        if one not in known:
            raise NotFound(
                _("The village has no such thing."), field=field, value=str(one),
                remedy=_("Name things of this village alone."),
            )  # fmt: skip


def refuse_unnamed(erased: bool, field: str, number: str, /) -> None:
    """Refuse a thing that names somebody else; one that was erased before is passed over."""
    if not erased:
        raise InvalidInput(
            _("%(value)s does not name this person."), field=field, value=number,
            remedy=_("Look for the name again, and choose of what is found."),
        )  # fmt: skip
