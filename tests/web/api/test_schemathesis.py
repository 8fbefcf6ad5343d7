"""Schemathesis tries what the OpenAPI document allows, and what it forbids, against the application: it finds nothing.

All of its checks are on. The slow tests try every operation in the name of each kind of caller, and chains of
operations along the document's links; the quick one tries a few.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import signals
from django.db import close_old_connections
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.web.api.chaining import Chains
from tests.web.api.test_reading import code_of
from tests.web.api.trying import Known, Trial
from tianqu.kernel.journal.api import Actor, Scope, set_scope
from tianqu.kernel.places.api import Account, Post, Role, register_role

EXAMPLES = int(os.environ.get("TIANQU_SCHEMATHESIS_EXAMPLES", "10"))  # of each operation, right and wrong
CHAINS = int(os.environ.get("TIANQU_SCHEMATHESIS_CHAINS", "40"))
QUICK = ("orders_accept", "places_create_unit", "get_places", "figures_check", "figures_define")


@pytest.fixture
def unlimited(settings: Any, hotline: Hotline) -> Iterator[Hotline]:
    """The small hotline, and no limit that would stop a program of the tests.

    As in Django's own client of the tests, the end of a request does not close the test's connection.
    """
    settings.MIDDLEWARE = django_settings.TIANQU_DOOR_MIDDLEWARE
    settings.TIANQU_API_STRANGER_PER_MINUTE = 1_000_000
    settings.TIANQU_API_TOKEN_PER_MINUTE = 1_000_000
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield hotline
    for end in ends:
        end.connect(close_old_connections)


def known(hotline: Hotline) -> Known:
    """What there is in the small hotline: a request in each state, and those whom acts can name."""
    order_ids = [
        hotline.accepted(), hotline.done(), hotline.place(public=True).order_id, hotline.dispatched(),
        hotline.place(item="secret.matter").order_id, hotline.dispatched(public=True),
    ]  # fmt: skip
    set_scope(Scope(everything=True))
    posts = Post.objects.filter(unit_id=hotline.unit_id).order_by("id")
    person_ids = [str(hotline.colleague.person_id), str(hotline.neighbour.person_id)]
    return Known(
        fields={
            "place_id": [str(hotline.place_id), str(hotline.prefecture.places["P2"].id)],
            "into_id": [str(hotline.prefecture.places["P102"].id)],
            "place_ids": [[str(hotline.prefecture.places["P201001"].id)]],
            "parent_id": [str(hotline.unit_id), str(hotline.prefecture.places["P1"].id)],
            "unit_id": [str(hotline.unit_id), str(hotline.other_unit_id)],
            "nominee_unit_id": [str(hotline.other_unit_id)],
            "successor_id": [str(hotline.other_unit_id)],
            "person_id": person_ids,
            "account_id": [str(one.id) for one in Account.objects.filter(person_id__in=person_ids).order_by("id")],
            "post_id": [str(one.id) for one in posts],
            "order_ids": [[str(one) for one in order_ids]],
            "into": [str(order_ids[2])],
            "role": ["orders_clerk"],
            "on": ["2026-12-01", "2023-07-01"],
            "valid_from": ["2026-12-01", "2024-01-01"],
            "valid_to": ["2027-12-01", "2025-01-01"],
            "since": ["2024-01-01T00:00:00Z"],
            "until": ["2024-06-01T00:00:00Z"],
            "expires_at": [(timezone.now() + timedelta(days=9)).isoformat()],
            "again_at": [(timezone.now() + timedelta(hours=9)).isoformat()],
            "email": ["li.mei@example.org"],
            "address": ["li.mei@example.org"],
            "unit_kind": ["housing_bureau"],
            "item": ["road.lamp", "water.none"],
            "place": ["P102001", "P2"],
            "version": [1],
            "before": [1],
        },
        codes={
            "orders": [code_of(one) for one in order_ids], "places": ["P102001", "P101001"],
            "units": ["c1.housing", "v101001"], "items": ["road.lamp"],
        },
    )  # fmt: skip


def everything(hotline: Hotline) -> Actor:
    """Somebody who may do everything there is."""
    register_role(Role("api_everything", "Everything", ("*",), reach="everything"))
    return hotline.post("city.centre", "api_everything")


CALLERS: dict[str, Callable[[Hotline], Actor | None]] = {
    "everything": everything,
    "administrator": lambda hotline: hotline.post("city.centre", "administrator"),
    "operator": lambda hotline: hotline.post("city.centre", "operator"),
    "head of a bureau": lambda hotline: hotline.post("c1.housing", "orders_supervisor"),
    "clerk": lambda hotline: hotline.clerk,
    "clerk of another county": lambda hotline: hotline.stranger,
    "resident": lambda hotline: hotline.resident,
    "stranger": lambda _hotline: None,
}


@pytest.mark.slow
@pytest.mark.parametrize("who", CALLERS)
def test_nothing_is_found(unlimited: Hotline, who: str) -> None:
    there = known(unlimited)
    trial = Trial(CALLERS[who](unlimited), there, EXAMPLES)
    found = trial.run()
    assert not found, "\n\n".join(found)
    assert len(trial.tried) >= 120


# Short walks, so that each of their acts comes after those that it needs, and all that the links lead to, once.
WALKS = {
    "answered": ("head of a bureau", ["dispatch", "accept", "finish"]),
    "asked back": ("head of a bureau", ["dispatch", "accept", "ask_back"]),
    "returned": ("head of a bureau", ["dispatch", "return"]),
    "by receipt": ("stranger", ["comment", "withdraw"]),
    "anything": ("everything", []),
    "anything by anybody": ("stranger", []),
}


@pytest.mark.slow
@pytest.mark.parametrize("walk", WALKS)
def test_nothing_is_found_in_chains(unlimited: Hotline, walk: str) -> None:
    """A request is placed, and what its receipt opens is done with it, one act after the other in any order."""
    who, acts = WALKS[walk]
    operations = [f"orders_{act}" for act in acts]
    there = known(unlimited)
    there = replace(there, fields={**there.fields, "unit_id": [str(unlimited.unit_id)]})  # the one that acts onward
    chains = Chains(Trial(CALLERS[who](unlimited), there, EXAMPLES))
    chains.run(*operations, count=CHAINS, steps=20)
    assert set(operations) <= chains.done
    assert len(chains.done) >= 2


def test_nothing_is_found_in_few_operations(unlimited: Hotline) -> None:
    there = known(unlimited)
    trial = Trial(everything(unlimited), there, examples=3)
    assert trial.run(*QUICK, edges=False) == []
    assert len(trial.tried) == len(QUICK)
