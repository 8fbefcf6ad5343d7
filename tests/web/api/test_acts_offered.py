"""Every act of the installation can be asked for over the API, or says why not."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.test import Client

from tests.orders.hotline import Hotline
from tests.web.api.calling import ANYONE, caller
from tianqu.kernel.journal.api import registered_acts
from tianqu.kernel.orders.api import FLOW
from tianqu.web.api.acts import ELSEWHERE, NOT_OFFERED

REASON_CHARACTERS_MIN = 15


def ours() -> set[str]:
    return {
        name for name, act in registered_acts().items() if inspect.unwrap(act.perform).__module__.startswith("tianqu.")
    }


@pytest.fixture
def document(hotline: Hotline) -> Any:
    return Client().get("/api/v1/openapi.json").json()


def test_every_act_has_its_address_or_its_reason(document: Any) -> None:
    addresses = {path.removeprefix("/api/v1") for path, methods in document["paths"].items() if "post" in methods}
    missing = set()
    for name in ours() - set(NOT_OFFERED):
        own = ELSEWHERE.get(name, "").removeprefix("POST ")
        flow = f"/orders/{{code}}/{name.removeprefix('orders.').replace('_', '-')}"
        if (own or (flow if name in FLOW else f"/acts/{name}")) not in addresses:
            missing.add(name)
    assert not missing
    assert all(len(reason) >= REASON_CHARACTERS_MIN for reason in NOT_OFFERED.values())


def test_nothing_is_left_out_that_is_no_act() -> None:
    assert set(NOT_OFFERED) | set(ELSEWHERE) <= ours()


def test_a_body_holds_what_the_act_takes(document: Any) -> None:
    schemas = document["components"]["schemas"]
    unit = schemas["PlacesCreateUnitBody"]
    assert set(unit["required"]) == {"code", "name", "kind", "place_id"}
    assert unit["additionalProperties"] is False
    assert unit["properties"]["place_id"]["format"] == "uuid"
    assert "very_dissatisfied" in schemas["OrdersRateBody"]["properties"]["satisfaction"]["enum"]
    assert "decided_by" not in schemas["OrdersDispatchBody"]["properties"]


def test_every_operation_names_its_problems(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            assert {"400", "401", "403", "404", "422", "429", "500"} <= set(answers), (method, path)
            assert list(answers["404"]["content"]) == ["application/problem+json"]
            assert operation["summary"] and operation.get("description"), (method, path)


@pytest.mark.parametrize("name", sorted(NOT_OFFERED))
def test_what_is_not_offered_is_not_there(hotline: Hotline, name: str) -> None:
    assert caller(hotline.supervisor).post(f"/acts/{name}").status_code == 404


def test_an_act_needs_a_token_and_its_scope(hotline: Hotline) -> None:
    body = {"code": "x", "reason": "is over"}
    assert ANYONE.post("/acts/rules.retire", body).status_code == 401
    assert caller(hotline.dispatcher).post("/acts/rules.retire", body).status_code == 403
    administrator = hotline.post("city.centre", "administrator")
    assert caller(administrator, "places.*").post("/acts/rules.retire", body).status_code == 403
    assert caller(administrator).post("/acts/rules.retire", body).status_code == 404
