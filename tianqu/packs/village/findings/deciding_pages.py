"""A form for each act on a finding that is words and days: opening it, and deciding about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput, NotFound
from tianqu.kernel.pack.api import Deed, PageRequest, PageResult, Redirect, arguments_typed
from tianqu.packs.village.findings import acts
from tianqu.packs.village.findings.models import EffectKind, SubjectKind
from tianqu.packs.village.findings.pages import SEVERITY_OPTIONS, address_of, amount_said, crumbs
from tianqu.packs.village.findings.queries import EffectRow, finding_detail, subject_told
from tianqu.packs.village.findings.registers.matters import RECTIFY_DAYS
from tianqu.packs.village.findings.words import EFFECTS, rule_said, subject_said
from tianqu.packs.village.forms import Done, Field, Form, Text, act_page, day_given
from tianqu.packs.village.rules.laws import Severity

WHY: Final = Field("reason", _("Why"), "area", hint=_("The village reads it. Name nobody who need not be named."))
BY: Final = Field(
    "rectify_by", _("To be put right by"), "date", width="s",
    hint=_("What is undone after this day is shown on the public page of the township."),
)  # fmt: skip


def _in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def create(request: PageRequest) -> PageResult:
    """Open a finding about the thing in the address, by a rule that found it or in the auditor's own words."""
    kind, thing_id, rule = _asked(request.GET)
    thing = subject_told(request.actor, kind=kind, subject_id=thing_id)
    subject = subject_said(kind, number=thing.number)
    own = () if rule else (Field("severity", _("How grave"), "select", options=SEVERITY_OPTIONS, width="s"),)
    form = Form(
        title=_("Open a finding: %(subject)s") % {"subject": subject}, button=_("Open and send to the village"),
        permission="village.open_finding", where=crumbs(),
        fields=(
            Field("text", _("What was found"), "area", required=not rule,
                  hint=_("The village and those who inspect it read it. Name nobody who need not be named.")),
            *own, BY,
        ),
        text=_("Found by the rule “%(rule)s”, with its numbers.") % {"rule": rule_said(rule)} if rule else "",
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        severity = given.get("severity") or Severity.FLAG.value
        if severity not in [each.value for each in Severity]:
            raise InvalidInput(
                gettext_noop("“%(value)s” is none of the list."), field="severity", value=severity[:40],
                remedy=gettext_noop("Choose one of the list."),
            )  # fmt: skip
        acts.open_finding(
            request.actor, finding_id=sent_id, subject=kind, subject_id=thing_id, text=given["text"], rule=rule,
            severity=Severity(severity), rectify_by=day_given(given, "rectify_by"),
        )  # fmt: skip
        return Done(address_of(sent_id), _("The finding was sent to the village."))

    return act_page(
        request, form, perform, values={"rectify_by": _in_days(RECTIFY_DAYS), "severity": Severity.FLAG.value}
    )


def _asked(query: QueryDict) -> tuple[SubjectKind, UUID, str]:
    """What the address names. Raises ``NotFound``."""
    for kind in SubjectKind:
        if thing := query.get(kind.value):
            try:
                return kind, UUID(thing), query.get("rule", "")[:40]
            except ValueError:
                break
    raise NotFound(
        gettext_noop("A finding is about something."), field="subject",
        remedy=gettext_noop("Begin on the page of a contract, a parcel, an asset or a debt."),
    )  # fmt: skip


def accept(request: PageRequest, finding_id: UUID) -> PageResult:
    """Say that it has come."""
    acts.accept_finding(request.actor, finding_id=finding_id)
    return Redirect(address_of(finding_id), notice=str(_("It is noted that you received it.")))


def _decide(
    request: PageRequest, finding_id: UUID, *, verb: str, title: Text, button: Text, fields: tuple[Field, ...],
    perform: Callable[..., object], notice: Text, text: Text = "", lines: tuple[Text, ...] = (),
    dangerous: bool = False, known: Mapping[str, object] | None = None,
) -> PageResult:  # fmt: skip
    detail = finding_detail(request.actor, finding_id=finding_id)
    form = Form(
        title=title, button=button, permission=f"village.{verb}_finding", where=crumbs(detail), fields=fields,
        text=text, lines=lines, dangerous=dangerous,
    )  # fmt: skip

    def done(given: Mapping[str, str], sent_id: UUID) -> Done:
        told = {"finding_id": finding_id, "comment_id": sent_id, **(known or {})}
        perform(request.actor, **arguments_typed(Deed(perform), given, known=told))
        return Done(address_of(finding_id), notice)

    return act_page(request, form, done, values={"rectify_by": _in_days(RECTIFY_DAYS)})


def _moved(one: EffectRow) -> str:
    """What an answer moves in a sentence: how much, how it was paid, and what shows it, or that nothing does."""
    what = {"kind": gettext(EFFECTS[EffectKind(one.kind)]), "amount": amount_said(one.kind, one.amount)}
    said = [gettext("%(kind)s: %(amount)s") % what]
    if one.paid_by:
        said.append(gettext("paid by %(account)s") % {"account": one.paid_by})
    if one.voucher:
        said.append(gettext("voucher %(voucher)s") % {"voucher": one.voucher})
    if one.files:
        said.append(ngettext("%(num)s file", "%(num)s files", one.files) % {"num": one.files})
    if one.paperless:
        said.append(gettext("a paper is missing: neither a voucher nor a file shows it"))
    return " · ".join(said)


def close(request: PageRequest, finding_id: UUID) -> PageResult:
    """Close it: what waits in the village's book is booked with it; the page says what, and what shows it."""
    effects = finding_detail(request.actor, finding_id=finding_id).effects
    note = Field("note", _("What was looked at"), "area", hint=_("How you saw that it is put right."))
    return _decide(
        request, finding_id, verb="close", title=_("Close as put right"), button=_("Close and book"), fields=(note,),
        text=_("What waits in the village's book for this finding is booked today. It cannot be undone but by opening"
               " the finding again."),
        lines=tuple(_moved(one) for one in effects if one.outcome == "waiting"),
        perform=acts.close_finding,
        notice=_("The finding is closed."),
    )  # fmt: skip


def send_back(request: PageRequest, finding_id: UUID) -> PageResult:
    """Send it back: the village answers anew."""
    return _decide(
        request, finding_id, verb="send_back", title=_("Send back to the village"), button=_("Send back"),
        fields=(WHY, BY), text=_("What waits in the village's book is cancelled; the village gives it again."),
        perform=acts.send_back_finding,
        notice=_("It was sent back."),
    )  # fmt: skip


def dismiss(request: PageRequest, finding_id: UUID) -> PageResult:
    """Dismiss it: nothing is to be put right."""
    return _decide(
        request, finding_id, verb="dismiss", title=_("Dismiss as unfounded"), button=_("Dismiss"), fields=(WHY,),
        text=_("What waits in the village's book is cancelled."), dangerous=True,
        perform=acts.dismiss_finding,
        notice=_("The finding was dismissed."),
    )  # fmt: skip


def reopen(request: PageRequest, finding_id: UUID) -> PageResult:
    """Open one that was closed or dismissed again."""
    return _decide(
        request, finding_id, verb="reopen", title=_("Open again"), button=_("Open again"), fields=(WHY, BY),
        text=_("The village is to answer anew. What was booked with this finding is taken back by bookings of today."),
        dangerous=True,
        perform=acts.reopen_finding,
        notice=_("The finding is open again."),
    )  # fmt: skip


def extend(request: PageRequest, finding_id: UUID) -> PageResult:
    """Give more time."""
    return _decide(
        request, finding_id, verb="extend", title=_("Give more time"), button=_("Give more time"), fields=(BY, WHY),
        perform=acts.extend_finding,
        notice=_("More time was given."),
    )  # fmt: skip


def comment(request: PageRequest, finding_id: UUID) -> PageResult:
    """Say something, or ask for papers."""
    said = Field("text", _("What you want to say"), "area", hint=_("The village and those who inspect it read it."))
    return _decide(
        request, finding_id, verb="comment", title=_("Say something"), button=_("Send"), fields=(said,),
        perform=acts.comment_finding,
        notice=_("It was said."),
    )  # fmt: skip


def confirm(request: PageRequest, finding_id: UUID) -> PageResult:
    """Say that the second look found it put right."""
    detail = finding_detail(request.actor, finding_id=finding_id)
    if not detail.drawings:
        raise NotFound(
            gettext_noop("No second look at this finding is due."), field="finding_id", value=str(finding_id),
            remedy=gettext_noop("Choose a finding that was drawn."),
        )  # fmt: skip
    note = Field("note", _("What was looked at"), "area", hint=_("How you saw that it is put right."))
    return _decide(
        request, finding_id, verb="confirm", title=_("Second look: put right"), button=_("Confirm"), fields=(note,),
        text=_("Where it is not, open the finding again instead."),
        perform=acts.confirm_finding, known={"drawing_id": detail.drawings[0]},
        notice=_("The second look is noted."),
    )  # fmt: skip
