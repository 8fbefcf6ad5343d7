"""The loop of a signature: asked by the office that writes a release, signed or refused by the unit that answers.

| act | from | to | by |
|---|---|---|---|
| `releases.ask_signatures` | placed | dispatched | office |
| `releases.sign` | dispatched | closed | unit |
| `releases.revise` | dispatched | withdrawn | office |

The steps are the kernel's own acts of releases: whoever signs, by whichever page or program, closes the order. The log
names none of them: that a unit was asked would tell of a release before its time.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from tianqu.kernel.orders.api import APPEAL, Audience, Flow, State, Step, Who
from tianqu.kernel.pack.api import ItemFamily

ITEM: Final = "releases.signature"
FLOW_CODE: Final = "release_signature"
WAITING: Final = frozenset({State.DISPATCHED})
OFFICE, UNIT = frozenset({Who.OVERSIGHT, Who.SYSTEM}), frozenset({Who.UNIT, Who.OVERSIGHT, Who.SYSTEM})


def _timer(act: str, *, notice: str = "") -> Step:
    """A step that the timers do to every order, here in the state of signatures."""
    step = APPEAL.step(act)
    assert step is not None
    return Step(act, WAITING, None, OFFICE, step.audience, step.several, notice=notice)


STEPS: Final = (
    Step("releases.ask_signatures", frozenset({State.PLACED}), State.DISPATCHED, OFFICE, Audience.INTERNAL,
         title=_("Asked of the unit"), notice="signature_asked"),
    Step("releases.sign", WAITING, State.CLOSED, UNIT, Audience.INTERNAL, title=_("Answered by the unit")),
    Step("releases.revise", WAITING, State.WITHDRAWN, OFFICE, Audience.INTERNAL, title=_("Overtaken by another text")),
    _timer("orders.escalate", notice="signature_late"),
    _timer("orders.recount"),
)  # fmt: skip

CLOCKS: Final = {State.DISPATCHED: "finish"}
FLOW: Final = Flow(FLOW_CODE, STEPS, CLOCKS, subject="signature", sealed=True)
FAMILY: Final = ItemFamily("release_signature", _("Signatures of releases"), frozenset({"finish"}), FLOW_CODE)
