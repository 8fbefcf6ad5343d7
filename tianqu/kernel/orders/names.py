"""What states and acts are called in front of people; the codes themselves are for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.flow import APPEAL, Flow, known_flows
from tianqu.kernel.orders.models import State

STATE_NAMES: Final[Mapping[str, Promise]] = {
    State.PLACED: _("to be dispatched"),
    State.DISPATCHED: _("to be accepted"),
    State.RETURNED: _("returned"),
    State.ACCEPTED: _("being worked on"),
    State.ASKED_BACK: _("waiting for the asker"),
    State.DONE: _("answered"),
    State.RATED: _("rated"),
    State.CLOSED: _("closed"),
    State.REFUSED: _("refused"),
    State.WITHDRAWN: _("withdrawn"),
    State.MERGED: _("merged with another"),
}
ACT_NAMES: Final[Mapping[str, Promise]] = {
    "orders.place": _("Placed"),
    "orders.dispatch": _("Dispatched"),
    "orders.accept": _("Accepted"),
    "orders.return": _("Returned as not ours"),
    "orders.adjudicate": _("Ruled on"),
    "orders.ask_back": _("Asked the asker"),
    "orders.answer_question": _("Question answered"),
    "orders.resume": _("Gone on without the answer"),
    "orders.extend": _("Extended"),
    "orders.hand_over": _("Handed over"),
    "orders.finish": _("Answered"),
    "orders.answer": _("Answered on the spot"),
    "orders.rate": _("Rated"),
    "orders.call_back": _("Called back"),
    "orders.close": _("Closed"),
    "orders.reopen": _("Reopened"),
    "orders.withdraw": _("Withdrawn"),
    "orders.refuse": _("Refused"),
    "orders.merge": _("Merged"),
    "orders.unmerge": _("Taken apart again"),
    "orders.split": _("Split"),
    "orders.escalate": _("Escalated as late"),
    "orders.press": _("Pressed"),
    "orders.object": _("Objected to"),
    "orders.comment": _("Commented on"),
    "orders.attach": _("File attached"),
    "orders.publish": _("Published"),
    "orders.unpublish": _("Taken out of public sight"),
    "orders.exclude": _("Left out of a rate"),
    "orders.include": _("Counted again"),
    "orders.unseal": _("Identity looked at"),
    "orders.recount": _("Clock counted anew"),
    "orders.import": _("Imported"),
    "orders.offer": _("Offered"),
    "orders.claim": _("Taken"),
    "orders.decline": _("Declined"),
    "orders.assign": _("Sent to whom the centre chose"),
    "orders.take_back": _("Taken back from whom it was sent to"),
    "orders.confirm": _("Confirmed"),
    "orders.dispute": _("Disagreed with"),
    "orders.thank": _("Thanked for"),
}


def state_name(state: str, *, flow: Flow = APPEAL) -> str:
    """Return what a state of a flow is called in the reader's language; an unknown one by its code."""
    return str(flow.state_names.get(State(state)) or STATE_NAMES[state]) if state in STATE_NAMES else state


def act_name(act: str) -> str:
    """Return what an act is called in the reader's language, as its flow calls it; an unknown one by its code."""
    if act in ACT_NAMES:
        return str(ACT_NAMES[act])
    return next((str(step.title) for flow in known_flows() if (step := flow.step(act)) and step.title), act)
