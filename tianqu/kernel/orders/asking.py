"""What askers do with their own order: withdraw, rate, reopen, object. And how a receipt lets its holder in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import ANYBODY, Acting, Actor, act, writing
from tianqu.kernel.orders.answering import drop_call_back
from tianqu.kernel.orders.bonds import followers_of, release
from tianqu.kernel.orders.cases import Case, clean_note, may_by_role, open_case
from tianqu.kernel.orders.codes import read_code, secret_hash
from tianqu.kernel.orders.models import Rating

SATISFACTIONS: Final = ("very", "satisfied", "basically", "dissatisfied", "very_dissatisfied")
UNHAPPY: Final = ("dissatisfied", "very_dissatisfied")
REOPEN_WITHIN: Final = timedelta(days=15)  # calendar days after the answer
REOPENS_MAX: Final = 2


def receipt_actor(actor: Actor, *, code: str, secret: str) -> Actor:
    """Return ``actor`` with the order (and its parts) that a receipt opens added to what they see.

    ``actor`` is ``ANYBODY`` or somebody signed in. A receipt holder acts as the asker, never for a post. Raises
    ``InvalidInput`` for a mistyped code and ``NotFound`` if code and secret do not belong together.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders_receipt(%s, %s)", [read_code(code), secret_hash(secret)])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFound(
            _("No receipt has this code and secret."), field="code",
            remedy=_("Compare both with the receipt, character by character."),
        )  # fmt: skip
    opened = tuple(dict.fromkeys((*actor.scope.opened, *row[0])))
    asker = actor if actor.post_id is None else replace(ANYBODY, channel=actor.channel)
    return replace(asker, scope=replace(asker.scope, opened=opened))


@act("orders.withdraw", may=may_by_role)
def withdraw_order(acting: Acting, *, order_id: UUID, reason: str = "", expected_version: int | None = None) -> None:
    """Withdraw one's order. Orders that were waiting for it go back to the dispatcher, so that none is lost."""
    case = open_case(acting, order_id, expected_version=expected_version)
    followers = followers_of(case)
    case.order.closed_at = acting.now
    case.stop_all()
    case.settle(note=clean_note(reason))
    for follower in followers:
        release(follower, note="")


@act("orders.rate", may=may_by_role)
def rate_order(
    acting: Acting,
    *,
    order_id: UUID,
    satisfaction: str,
    solved: bool | None = None,
    text: str = "",
    expected_version: int | None = None,
) -> None:
    """Rate the outcome, once a round. ``satisfaction`` is one of ``SATISFACTIONS``."""
    case = open_case(acting, order_id, expected_version=expected_version)
    text = clean_note(text, field="text")
    keep_rating(case, satisfaction=satisfaction, solved=solved, text=text, source="asker")
    case.settle(note=text, data={"satisfaction": satisfaction, "solved": solved})


def check_satisfaction(satisfaction: str) -> None:
    """Raise ``InvalidInput`` for a degree that does not exist."""
    if satisfaction not in SATISFACTIONS:
        raise InvalidInput(
            _("There is no degree of satisfaction %(value)s."), field="satisfaction", value=satisfaction,
            remedy=_("Choose one of: %(degrees)s."), degrees=", ".join(SATISFACTIONS),
        )  # fmt: skip


def keep_rating(case: Case, *, satisfaction: str, solved: bool | None, text: str, source: str) -> None:
    """Write the rating of this round."""
    check_satisfaction(satisfaction)
    if case.order.rated_at is not None:
        raise Conflict(_("This was rated already."), field="satisfaction", remedy=_("A rating counts as it stands."))
    case.order.rated_at = case.acting.now
    with writing(case.acting):
        Rating.objects.create(
            order=case.order, round=case.order.reopen_count, at=case.acting.now, source=source, solved=solved,
            satisfaction=satisfaction, text=text,
        )  # fmt: skip


@act("orders.reopen", may=may_by_role)
def reopen_order(acting: Acting, *, order_id: UUID, reason: str, expected_version: int | None = None) -> None:
    """Send an answered order back to its unit: by its asker, or by the caller who found the asker unhappy.

    Within 15 days of the answer and at most twice. A new round begins, with a clock, a call and a rating of its own.
    """
    case = open_case(acting, order_id, expected_version=expected_version)
    order, reason = case.order, clean_note(reason, field="reason", wanted=True)
    answered_at = order.done_at or order.updated_at
    if acting.now > answered_at + REOPEN_WITHIN:
        raise Conflict(
            _("A request can be reopened within %(days)s days of its answer."), field="order_id",
            remedy=_("Place a new request and name this one."), days=REOPEN_WITHIN.days,
        )  # fmt: skip
    if order.reopen_count >= REOPENS_MAX:
        raise Conflict(
            _("This request was reopened %(most)s times already."), field="order_id",
            remedy=_("Object to the answer; a supervisor looks at it."), most=REOPENS_MAX,
        )  # fmt: skip
    drop_call_back(case)
    case.stop("close")
    order.reopen_count += 1
    order.done_at, order.rated_at, order.closed_at, order.objected_at = None, None, None, None
    case.start("finish")
    case.settle(note=reason, data={"round": order.reopen_count, "answered_at": answered_at.isoformat()})


@act("orders.object", may=may_by_role)
def object_to_answer(acting: Acting, *, order_id: UUID, reason: str) -> None:
    """Object to an answer or a refusal.

    It shows on the supervisor's board until they comment or close, or the order is reopened.
    """
    case = open_case(acting, order_id)
    reason = clean_note(reason, field="reason", wanted=True)
    case.order.objected_at = acting.now
    case.settle(note=reason)
