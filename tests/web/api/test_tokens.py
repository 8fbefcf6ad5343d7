"""A token ends when it is revoked or runs out: at once for whoever comes anew, within seconds where it was in use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.web.api.calling import Caller, caller
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.places.api import ApiToken, revoke_token
from tianqu.web.api import doors


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the clock of the doors go on by so many seconds."""
    passed = [0.0]
    real = doors.time.monotonic
    monkeypatch.setattr(doors.time, "monotonic", lambda: real() + passed[0])

    def go_on(seconds: float) -> None:
        passed[0] += seconds

    return go_on


def newest_token() -> UUID:
    with seeing(Scope(everything=True)):
        newest = ApiToken.objects.order_by("-id").first()
    assert newest is not None
    return newest.id


def test_a_revoked_token_that_was_not_in_use_ends_at_once(hotline: Hotline) -> None:
    clerk = caller(hotline.clerk)
    revoke_token(hotline.clerk, token_id=newest_token())
    answer = clerk.get("/own")
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_in_use_ends_within_five_seconds(hotline: Hotline, later: Any) -> None:
    clerk = caller(hotline.clerk)
    token_id = newest_token()
    clerk.read("/own")
    clerk.done("/acts/places.revoke_token", {"token_id": str(token_id)})
    later(doors.ACTOR_KEPT_SECONDS)
    assert clerk.get("/own").status_code == 401
    assert clerk.post("/acts/views.save", {"page": "a", "name": "b", "query": "c"}).status_code == 401
    page = Client(headers={"Accept-Language": "en"}).get("/api/docs").content.decode()
    assert f"{doors.ACTOR_KEPT_SECONDS:.0f} seconds" in page


def test_a_token_runs_out(hotline: Hotline, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = caller(hotline.clerk)
    clerk.read("/own")
    moment = timezone.now() + timedelta(days=2)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    later(doors.ACTOR_KEPT_SECONDS)
    assert clerk.get("/own").status_code == 401


def test_a_token_is_no_name(hotline: Hotline) -> None:
    assert Caller({"Authorization": "Bearer tianqu_%00"}).get("/own").status_code == 401
