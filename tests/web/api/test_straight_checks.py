"""Checking in by the straight way is answered as by the long one, for a token that was never here before, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.kernel.occasions.conftest import committed  # noqa: F401  a fixture
from tests.kernel.occasions.stage import HOUR, Stage
from tests.web.api.calling import token_for
from tests.web.api.test_straight import call, taken, the_long_way  # noqa: F401  a fixture, and both ways
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.occasions.api import book, code_at
from tianqu.web.api import doors

pytestmark = pytest.mark.django_db(transaction=True)
CHECK = {"PATH_INFO": "/api/v1/acts/occasions.check"}


def test_both_ways_say_the_same(
    committed: Stage, taken: list[bool], monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    person, occasion_id = committed.account(), committed.show(starts=-HOUR, places=3, at=timezone.now() - 72 * HOUR)
    secret = token_for(person)
    body: dict[str, Any] = {
        "occasion_id": str(occasion_id), "direction": "in", "code": code_at(occasion_id, timezone.now()),
        "client_id": str(new_identifier()),
    }  # fmt: skip
    doors._kept.clear()
    assert call(secret, body, **CHECK)[0].startswith("404")  # nothing is booked: the long way says so
    book(person, occasion_id=occasion_id)
    doors._kept.clear()
    first = call(secret, body, **CHECK)
    assert first[0] == "200 OK" and taken == [False, True]
    key = {"HTTP_IDEMPOTENCY_KEY": "one"} | CHECK
    phone_at = timezone.now()
    kept = {"phone_at": phone_at.isoformat(), "phone_sent_at": (phone_at + timedelta(minutes=1)).isoformat()}
    for changes, environ in (
        ({}, CHECK), ({}, key), ({}, key), ({"direction": "out"}, CHECK), ({"direction": "up"}, CHECK),
        ({"code": "1"}, CHECK), ({"direction": "out", "code": "1"}, CHECK), ({"more": 1}, CHECK),
        ({"phone_at": "soon"}, CHECK), (kept, CHECK), ({"occasion_id": str(new_identifier())}, CHECK),
    ):  # fmt: skip
        here = call(secret, body | changes, **environ)
        there = the_long_way(monkeypatch, secret, body | changes, **environ)
        assert (here[0], here[2]) == (there[0], there[2]), changes
    assert call("nobody", body, **CHECK)[0].startswith("401")
