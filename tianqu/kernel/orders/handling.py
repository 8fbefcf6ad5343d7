"""What offices do with an order: dispatch, accept, return, rule, ask back, extend, hand over, finish, refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from tianqu.base.errors import Conflict, InvalidInput, TooLarge, _
from tianqu.base.texts import clean_text
from tianqu.kernel.journal.api import Acting, act, writing
from tianqu.kernel.orders.answering import answered
from tianqu.kernel.orders.attaching import attached, facts_of
from tianqu.kernel.orders.bonds import followers_of, open_parts
from tianqu.kernel.orders.cases import Case, clean_note, may_by_role, open_case
from tianqu.kernel.orders.models import Audience, State
from tianqu.kernel.orders.rules import RULING_RANK, Condition, Rule, publish_one, ruling_code
from tianqu.kernel.places.api import Post, unit_today

SOURCE_CHARACTERS_MAX: Final = 100
EVIDENCE_MAX: Final = 50
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
RETURNS_MAX: Final = 2  # a unit's, and one more by the next unit: then it is ruled on
REFUSAL_REASONS: Final = (
    "not_ours_at_all",  # no office of this prefecture answers for it
    "in_court",  # before a court, an arbitrator or the petition office
    "duplicate",
    "no_facts",  # cannot be acted on, and the asker could not be asked
    "abuse",
    "other",
)


@act("orders.dispatch", may=may_by_role)
def dispatch_order(
    acting: Acting,
    *,
    order_id: UUID,
    unit_id: UUID,
    reason: str = "",
    decided_by: str = "human",
    why: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> None:
    """Send an order to the unit that answers for it. Its clocks to accept and to finish start.

    ``decided_by`` is ``rule``, ``model`` or ``human``; ``why`` holds the rule's or the model's grounds. An order that
    was returned twice is not dispatched but adjudicated, and one that is with the unit already is not sent there again:
    its clocks would start anew (``Conflict``).
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    if case.order.return_count >= RETURNS_MAX and case.from_state is State.RETURNED:
        raise Conflict(
            _("This request was returned twice and must be adjudicated."), field="unit_id",
            remedy=_("A supervisor rules who is answerable."),
        )  # fmt: skip
    if case.from_state is State.DISPATCHED and case.order.unit_id == unit_today(unit_id).id:
        raise Conflict(
            _("This request is with this unit already."), field="unit_id",
            remedy=_("Its clocks run; wait for its answer, or choose another unit."),
        )  # fmt: skip
    data = {"decided_by": decided_by, "why": dict(why or {})}
    _send(case, unit_id, note=clean_note(reason), data=data)


@act("orders.adjudicate", may=may_by_role)
def adjudicate_order(
    acting: Acting,
    *,
    order_id: UUID,
    unit_id: UUID,
    reason: str,
    legal_basis: str,
    make_rule: bool = False,
    expected_version: int | None = None,
) -> UUID | None:
    """Rule who answers for an order that was returned. The unit cannot return it again.

    With ``make_rule`` the ruling becomes a dispatch rule for this item and place, and its identifier is returned.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    reason = clean_note(reason, field="reason", wanted=True)
    legal_basis = clean_note(legal_basis, field="legal_basis", wanted=True)
    case.order.ruled_at = acting.now
    rule_id = _publish_ruling(case, unit_id, reason=reason, legal_basis=legal_basis) if make_rule else None
    data = {"decided_by": "ruling", "legal_basis": legal_basis, "rule": str(rule_id) if rule_id else None}
    _send(case, unit_id, note=reason, data=data)
    return rule_id


def _send(case: Case, unit_id: UUID, *, note: str, data: Mapping[str, Any]) -> None:
    """Make a unit answerable: its clocks start, and those who wait for the same cause wait for it too."""
    unit = unit_today(unit_id)
    before = case.order.unit_id
    case.order.unit_id, case.order.handler_post_id, case.order.nominee_unit_id = unit.id, None, None
    case.order.dispatched_at, case.order.accepted_at = case.acting.now, None
    case.stop("dispatch", "adjudicate", "accept")
    if case.from_state is State.DISPATCHED:
        case.stop("finish")
    case.start("accept")
    case.start("finish")
    case.settle(note=note, data={**data, "unit": str(unit.id), "from_unit": str(before) if before else None})
    for follower in followers_of(case):
        follower.order.unit_id, follower.order.dispatched_at = unit.id, case.acting.now
        follower.stop("dispatch", "adjudicate")
        follower.start("finish")
        follower.settle(to_state=State.MERGED, data={"unit": str(unit.id), "cause": str(case.order.id)})


def _publish_ruling(case: Case, unit_id: UUID, *, reason: str, legal_basis: str) -> UUID:
    """Publish the dispatch rule that comes of a ruling: a later one on the same order ends the one before."""
    rule = Rule(
        code=ruling_code(case.order.code), valid_from=timezone.localdate(case.acting.now), rank=RULING_RANK,
        unit_id=unit_today(unit_id).id, legal_basis=legal_basis, note=reason,
        condition=Condition(item=case.item.code, place=case.order.place_path),
    )  # fmt: skip
    with writing(case.acting):
        return publish_one(case.acting, rule, ruling_order_id=case.order.id)


@act("orders.accept", may=may_by_role)
def accept_order(acting: Acting, *, order_id: UUID, note: str = "", expected_version: int | None = None) -> None:
    """Accept an order for one's unit; whoever accepts handles it until it is handed over."""
    case = open_case(acting, order_id, expected_version=expected_version)
    case.order.accepted_at, case.order.handler_post_id = acting.now, acting.actor.post_id
    case.stop("accept")
    case.settle(note=clean_note(note))


@act("orders.return", may=may_by_role)
def return_order(
    acting: Acting,
    *,
    order_id: UUID,
    legal_basis: str,
    reason: str,
    nominee_unit_id: UUID | None = None,
    expected_version: int | None = None,
) -> None:
    """Say "not ours", with the legal basis and whom the unit holds answerable, while the clock to accept runs.

    A second return forces adjudication; after a ruling an order is returned no more (``Conflict``).
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    order = case.order
    if order.ruled_at is not None:
        raise Conflict(
            _("A ruling gave this request to your unit; it cannot be returned."), field="order_id",
            remedy=_("Accept it, and object to the ruling in a comment to the supervisor."),
        )  # fmt: skip
    clock = case.clocks.get("accept")
    if clock is not None and acting.now > clock.due_at:
        raise Conflict(
            _("The time to return this request was over at %(due)s."), field="order_id",
            remedy=_("Accept it."), due=clock.due_at.isoformat(),
        )  # fmt: skip
    if nominee_unit_id is not None and nominee_unit_id == order.unit_id:
        raise InvalidInput(_("A unit cannot nominate itself."), field="nominee_unit_id")
    nominee = unit_today(nominee_unit_id) if nominee_unit_id is not None else None
    order.return_count += 1
    order.nominee_unit_id = nominee.id if nominee is not None else None
    case.stop("accept", "finish")
    case.start("adjudicate" if order.return_count >= RETURNS_MAX else "dispatch")
    data = {
        "legal_basis": clean_note(legal_basis, field="legal_basis", wanted=True),
        "nominee": str(nominee.id) if nominee is not None else None,
        "from_unit": str(order.unit_id),
    }
    case.settle(note=clean_note(reason, field="reason", wanted=True), data=data)


@act("orders.ask_back", may=may_by_role)
def ask_back(acting: Acting, *, order_id: UUID, question: str, expected_version: int | None = None) -> None:
    """Ask the asker for something without which the unit cannot go on; the clock to finish pauses."""
    case = open_case(acting, order_id, expected_version=expected_version)
    question = clean_note(question, field="question", wanted=True)
    case.pause("finish", reason="asked_back")
    case.start("answer")
    case.settle(note=question)


@act("orders.answer_question", may=may_by_role)
def answer_question(acting: Acting, *, order_id: UUID, answer: str, expected_version: int | None = None) -> None:
    """Answer what the unit asked, as the asker or, on the phone, for them; the clock to finish counts on."""
    case = open_case(acting, order_id, expected_version=expected_version)
    answer = clean_note(answer, field="answer", wanted=True)
    case.stop("answer")
    case.resume("finish")
    case.settle(note=answer)


@act("orders.resume", may=may_by_role)
def resume_order(acting: Acting, *, order_id: UUID, note: str = "", expected_version: int | None = None) -> None:
    """Go on without the answer: the unit found out by itself, or the asker let the time for it pass."""
    case = open_case(acting, order_id, expected_version=expected_version)
    case.stop("answer")
    case.resume("finish")
    case.settle(note=clean_note(note))


@act("orders.extend", may=may_by_role)
def extend_order(
    acting: Acting,
    *,
    order_id: UUID,
    reason: str,
    working_days: int | None = None,
    minutes: int | None = None,
    expected_version: int | None = None,
) -> None:
    """Move the time to finish by working days (urgent lines: minutes), before it is over, and not beyond the limit.

    By default all extensions together add at most ten working days (Shandong's rules).
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    reason = clean_note(reason, field="reason", wanted=True)
    if (working_days is None) == (minutes is None):
        raise InvalidInput(_("Give the extension in working days or in minutes."), field="working_days")
    amount = working_days if working_days is not None else minutes
    if amount is not None and amount < 1:
        raise InvalidInput(_("An extension is at least 1."), field="working_days", value=amount)
    case.extend("finish", reason=reason, working_days=working_days, minutes=minutes)
    case.order.extended_days += working_days or 0
    case.settle(note=reason, data={"working_days": working_days, "minutes": minutes})


@act("orders.hand_over", may=may_by_role)
def hand_over_order(
    acting: Acting, *, order_id: UUID, post_id: UUID, note: str = "", expected_version: int | None = None
) -> None:
    """Give an order to a colleague's post in the answerable unit."""
    case = open_case(acting, order_id, expected_version=expected_version)
    post = Post.objects.on(acting.today).filter(id=post_id).first()
    if post is None or post.unit_id != case.order.unit_id:
        raise InvalidInput(
            _("This post is not one of the answerable unit today."), field="post_id", value=str(post_id),
            remedy=_("Choose a colleague's post from the list."),
        )  # fmt: skip
    before = case.order.handler_post_id
    case.order.handler_post_id = post_id
    data = {"post": str(post_id), "from_post": str(before) if before else None}
    case.settle(note=clean_note(note), data=data)


@act("orders.finish", may=may_by_role)
def finish_order(
    acting: Acting,
    *,
    order_id: UUID,
    answer_public: str,
    answer_private: str = "",
    evidence: list[str] | None = None,
    files: Sequence[UUID] = (),
    expected_version: int | None = None,
) -> None:
    """Answer an order. Whoever waits for the same cause is answered with it; call-backs fall due.

    ``answer_public`` may be shown to everybody, ``answer_private`` to the asker alone; ``evidence`` names attachments
    (SHA-256) that show what was done; ``files`` are stored files that are attached with the answer, for the asker to
    see, and are evidence too: where the answer is refused, they stay unattached. Raises ``Conflict`` while parts of a
    split order are open.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    open_count = open_parts(case)
    if open_count:
        raise Conflict(
            _("%(count)s parts of this request are still open."), field="order_id", count=open_count,
            remedy=_("Finish them first."),
        )  # fmt: skip
    public = clean_note(answer_public, field="answer_public", wanted=True)
    private = clean_note(answer_private, field="answer_private")
    shown = [attached(case, file_id=file_id, audience=Audience.ASKER, by_asker=False) for file_id in files]
    data: dict[str, Any] = {"evidence": _evidence([*(evidence or ()), *(one.sha256 for one in shown)])}
    if shown:
        data["attachments"] = [facts_of(one) for one in shown]
    answered(case, public=public, private=private, data=data)
    for follower in followers_of(case):
        answered(follower, public=public, private="", data={**data, "cause": str(order_id)})


def _evidence(digests: list[str]) -> list[str]:
    """The digests of what shows that something was done. Raises ``InvalidInput`` for what is none, or too many."""
    if len(digests) > EVIDENCE_MAX:
        raise TooLarge(_("An answer has at most %(most)s pieces of evidence."), field="evidence", most=EVIDENCE_MAX)
    for digest in digests:
        if not DIGEST.fullmatch(digest):
            raise InvalidInput(
                _("%(value)s is not the SHA-256 of a file."), field="evidence", value=digest[:80],
                remedy=_("Give 64 hexadecimal digits, as the file's own page shows them."),
            )  # fmt: skip
    return digests


@act("orders.answer", may=may_by_role)
def answer_order(
    acting: Acting,
    *,
    order_id: UUID,
    answer_public: str,
    answer_private: str = "",
    source: str = "",
    expected_version: int | None = None,
) -> None:
    """Answer an order on the spot, before any unit has accepted it: the hotline knew the answer itself.

    The post's own unit becomes answerable, so that the answer counts in its rates and not in another's. ``source``
    names what it was taken from: a template, or the code of a published request. It can be rated, objected to and
    reopened like any other answer.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    public = clean_note(answer_public, field="answer_public", wanted=True)
    private = clean_note(answer_private, field="answer_private")
    source = clean_text(source, field="source", most=SOURCE_CHARACTERS_MAX)
    order, before = case.order, case.order.unit_id
    order.unit_id, order.handler_post_id = acting.actor.unit_id, acting.actor.post_id
    data = {"on_the_spot": True, "source": source, "from_unit": str(before) if before else None}
    answered(case, public=public, private=private, data=data)
    for follower in followers_of(case):
        answered(follower, public=public, private="", data={**data, "cause": str(order_id)})


@act("orders.refuse", may=may_by_role)
def refuse_order(
    acting: Acting,
    *,
    order_id: UUID,
    reason_code: str,
    reason: str,
    legal_basis: str = "",
    expected_version: int | None = None,
) -> None:
    """Refuse an order with reasons that the asker reads, and can object to."""
    case = open_case(acting, order_id, expected_version=expected_version)
    if reason_code not in REFUSAL_REASONS:
        raise InvalidInput(
            _("There is no reason %(value)s."), field="reason_code", value=reason_code,
            remedy=_("Choose one of: %(reasons)s."), reasons=", ".join(REFUSAL_REASONS),
        )  # fmt: skip
    reason = clean_note(reason, field="reason", wanted=True)
    data = {"reason": reason_code, "legal_basis": clean_note(legal_basis, field="legal_basis")}
    for each in (case, *followers_of(case)):
        each.order.closed_at, each.order.answer_public = acting.now, reason
        each.stop_all()
        cause = {} if each is case else {"cause": str(order_id)}
        each.settle(to_state=State.REFUSED, note=reason, data=data | cause)
