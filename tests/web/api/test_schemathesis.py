"""Schemathesis tries what the OpenAPI document allows, and what it forbids, against the application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from tests.orders.hotline import Hotline
from tests.web.api.calling import token_for
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.places.api import Role, register_role

EXAMPLES = int(os.environ.get("TIANQU_SCHEMATHESIS_EXAMPLES", "10"))  # of each operation, right and wrong
ONLY = os.environ.get("TIANQU_SCHEMATHESIS_ONLY", "")  # a part of the addresses
DOCUMENT = "/api/v1/openapi.json"


def findings(actor: Actor | None, *, examples: int, only: str = ONLY) -> list[str]:
    """Everything that schemathesis finds by all of its checks, each operation with its first fault."""
    headers = {"Authorization": f"Bearer {token_for(actor)}"} if actor else {}
    document = schemathesis.openapi.from_wsgi(DOCUMENT, get_wsgi_application())
    document.config.update(headers=headers)
    checks = CHECKS.get_all()
    found: list[str] = []
    for result in document.get_all_operations():
        operation = result.ok()
        if operation is None or only not in operation.path:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            found += _tried(operation, mode, headers, checks, examples)
    return found


def _tried(operation: Any, mode: GenerationMode, headers: dict[str, str], checks: Any, examples: int) -> list[str]:
    @seed(20240304)
    @bounds(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def try_one(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=checks)

    try:
        try_one()
    except BaseExceptionGroup as group:
        return [f"{mode.value} {operation.label}: {error}" for error in group.exceptions]
    except Exception as error:  # noqa: BLE001  each operation is tried, whatever the one before did
        if "Unsatisfiable" in type(error).__name__ or "generate" in str(error):  # nothing can be wrong with it
            return []
        return [f"{mode.value} {operation.label}: {type(error).__name__} {error}"]
    return []


@pytest.fixture
def unlimited(settings: Any, hotline: Hotline) -> Iterator[Hotline]:
    """The small hotline with something in it, and no limit that would stop a program of the tests.

    As in Django's own client of the tests, the end of a request does not close the test's connection.
    """
    settings.MIDDLEWARE = django_settings.TIANQU_DOOR_MIDDLEWARE
    settings.TIANQU_API_STRANGER_PER_MINUTE = 1_000_000
    settings.TIANQU_API_TOKEN_PER_MINUTE = 1_000_000
    hotline.place(public=True)
    hotline.done()
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield hotline
    for end in ends:
        end.connect(close_old_connections)


def everything(hotline: Hotline) -> Actor:
    """Somebody who may do everything there is."""
    register_role(Role("api_everything", "Everything", ("*",), reach="everything"))
    return hotline.post("city.centre", "api_everything")


@pytest.mark.slow
def test_nothing_is_found_by_somebody_who_may_do_everything(unlimited: Hotline) -> None:
    assert findings(everything(unlimited), examples=EXAMPLES) == []


@pytest.mark.slow
def test_nothing_is_found_by_a_stranger(unlimited: Hotline) -> None:
    assert findings(None, examples=EXAMPLES) == []
