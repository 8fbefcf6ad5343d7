"""The flow's table is whole, and the page that shows it says the same."""

from __future__ import annotations

from pathlib import Path

from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.orders.api import ACT_NAMES, STATE_NAMES
from tianqu.kernel.orders.flow import CLOCK_OF_STATE, FLOW, STEPS, Step
from tianqu.kernel.orders.models import OPEN_STATES, State

PAGE = Path(__file__).resolve().parents[2] / "docs" / "orders.md"


def line(step: Step) -> str:
    """A step as the page shows it."""
    whence = [state.value for state in State if state in step.whence]
    who = ", ".join(sorted(part.value for part in step.who))
    return (
        f"| `{step.act.removeprefix('orders.')}` | {'any' if len(whence) == len(State) else ', '.join(whence)}"
        f" | {step.whither.value if step.whither else '='} | {who} | {step.audience.value} |"
    )


def test_the_page_shows_the_table_as_it_is() -> None:
    shown = [text for text in PAGE.read_text(encoding="utf-8").splitlines() if text.startswith("| `")]
    assert shown == [line(step) for step in STEPS]


def test_every_step_is_an_act_with_a_name_and_every_open_state_has_a_clock() -> None:
    assert set(FLOW) <= set(registered_acts())
    assert set(FLOW) <= set(ACT_NAMES)
    assert set(STATE_NAMES) == set(State)
    assert set(CLOCK_OF_STATE) == set(OPEN_STATES)


def test_every_open_state_can_be_left() -> None:
    for state in (*OPEN_STATES, State.MERGED):
        assert any(step.whither not in (None, state) for step in STEPS if state in step.whence), state
