"""Chains of calls along the links of the OpenAPI document: what one answer tells, the next call says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as bounds
from hypothesis.stateful import run_state_machine_as_test

from tests.web.api.trying import Trial, undone

ALWAYS = ("orders_place", "get_orders_code", "get_orders_code_timeline")


@dataclass
class Chains:
    """One caller's chains; ``done`` holds the operations that succeeded with what an earlier answer told."""

    trial: Trial
    done: set[str] = field(default_factory=set)

    def run(self, *only: str, count: int, steps: int, rounds: int = 8) -> None:
        """Try so many chains of at most so many steps, each undone at its end; raise what is found.

        ``only`` names the acts that may follow on placing and reading; without a name, all may. Chance does not bring
        each act after those that it needs in every round: another is tried until all of them succeeded once.
        """
        for number in range(rounds):
            self._run_once(only, count, steps, 20240304 + number)
            if set(only) <= self.done:
                break

    def _run_once(self, only: tuple[str, ...], count: int, steps: int, number: int) -> None:
        limits = bounds(
            max_examples=count, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        run_state_machine_as_test(seed(number)(self._machine(only)), settings=limits)

    def _machine(self, only: tuple[str, ...]) -> Any:
        trial, done = self.trial, self.done
        document = trial.document.include(operation_id=[*ALWAYS, *only]) if only else trial.document
        parent: Any = document.as_state_machine()

        class Machine(parent):  # type: ignore[misc]
            def setup(self) -> None:
                self.turn = 0
                self.taking_back = undone()
                self.taking_back.__enter__()

            def teardown(self) -> None:
                self.taking_back.__exit__(None, None, None)

            def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
                return {"headers": trial.headers}

            def step(self, input: Any) -> Any:
                self.turn += 1
                if self.turn % 3:
                    trial.name_in_body(input.case, self.turn)
                output = super().step(input)
                if input.applied_parameters and output.response.status_code in (200, 201):
                    done.add(input.case.operation.definition.raw["operationId"])
                return output

            def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
                trial.check(case, response, recorder=self.recorder)

        return Machine
