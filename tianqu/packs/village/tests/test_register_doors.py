"""The registers over HTTP: acts and lists with tokens, refusals in words, and what the next village is told."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any
from uuid import uuid4

from tests.web.api.calling import ANYONE, Caller, caller
from tianqu.packs.village.tests.villages import Villages

FACTS = {"area_mu_4": 123_456, "land_class": "arable", "name": "标记地块", "use": "小麦"}
SECRETS = ("标记地块", "标记承租人", "标记原因", "123456", "765432")


def entered(villages: Villages, keeper: Caller, number: str = "1", **facts: Any) -> str:
    told = {
        "place_id": str(villages.place_id), "parcel_id": str(uuid4()), "number": number, "day": "2021-01-01",
        "facts": FACTS | facts,
    }  # fmt: skip
    return str(keeper.done("/acts/village.register_parcel", told)["result"])


def terms(number: str, parcel_id: str, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "kind": "lease", "lessee": "标记承租人", "signed_on": "2021-06-01",
        "starts_on": "2021-06-01", "until": "2051-06-01", "area_mu_4": 100_000, "parcel_ids": [parcel_id],
        "rent_year_fen": 765_432, "particulars": {"written": True, "use_agreed": "小麦"}, **more,
    }  # fmt: skip


def contracted(villages: Villages, keeper: Caller, parcel_id: str, number: str = "C1", **more: Any) -> str:
    told = {
        "place_id": str(villages.place_id), "contract_id": str(uuid4()), "terms": terms(number, parcel_id, **more)
    }  # fmt: skip
    return str(keeper.done("/acts/village.register_contract", told)["result"])


def test_land_is_entered_split_and_read(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    whole = entered(villages, keeper)
    parts = [{"parcel_id": str(uuid4()), "number": f"1-{n}", "area_mu_4": 61_728} for n in (1, 2)]
    told = {"parcel_id": whole, "change_id": str(uuid4()), "day": "2022-01-01", "parts": parts, "reason": "标记原因"}
    short = told | {"parts": [parts[0], parts[1] | {"area_mu_4": 61_727}]}
    refused = keeper.post("/acts/village.split_parcel", short)
    assert (refused.status_code, refused.json()["field"]) == (400, "parts") and refused.json()["remedy"]
    first, again = (keeper.done("/acts/village.split_parcel", told)["result"] for _time in range(2))
    assert first == again == [part["parcel_id"] for part in parts]
    page = keeper.read("/village/parcels", limit=1)
    rest = keeper.read("/village/parcels", limit=1, after=page["next"])
    assert [row["number"] for row in (*page["rows"], *rest["rows"])] == ["1-1", "1-2"] and rest["next"] is None
    assert [row["number"] for row in keeper.read("/village/parcels", on="2021-12-31")["rows"]] == ["1"]
    assert keeper.read("/village/land-sums") == [
        {"land_class": "arable", "idle": False, "parcels": 2, "area_mu_4": 123_456}
    ]  # fmt: skip
    told = keeper.read(f"/village/parcels/{whole}")
    assert told["standing"] is False and [one["number"] for one in told["became"]] == ["1-1", "1-2"]
    assert told["versions"][0]["valid_to"] == "2022-01-01"
    for mark in ("x", urlsafe_b64encode(f"{whole}/\0".encode()).decode().rstrip("=")):
        assert keeper.get("/village/parcels", after=mark).status_code == 404
    assert keeper.get("/village/parcels", place="nowhere").json()["field"] == "place"


def test_a_boundary_is_entered_once_for_its_key_and_a_bare_number_is_no_day(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    ring = [[116.3, 37.4], [116.4, 37.4], [116.4, 37.5], [116.3, 37.4]]
    told = {
        "place_id": str(villages.place_id), "parcel_id": str(uuid4()), "number": "1", "day": "2021-01-01",
        "facts": FACTS | {"boundary": {"type": "Polygon", "coordinates": [ring]}},
    }  # fmt: skip
    first, again = (
        keeper.post("/acts/village.register_parcel", told, **{"Idempotency-Key": "k1"}) for _time in range(2)
    )
    assert first.status_code == again.status_code == 200, first.content
    assert again["Idempotent-Replayed"] == "true"
    (row,) = keeper.read("/village/parcels")["rows"]
    assert keeper.read(f"/village/parcels/{row['id']}")["versions"][0]["boundary"]["coordinates"] == [ring]
    assert keeper.get("/village/parcels", on="0").status_code == 422


def test_a_contract_is_entered_judged_and_read(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    contract_id = contracted(villages, keeper, entered(villages, keeper))
    told = keeper.read(f"/village/contracts/{contract_id}")
    assert (told["lessee"], told["terms"]["particulars"]["use_agreed"]) == ("标记承租人", "小麦")
    found = {one["rule"]: one for one in told["judgement"]["findings"]}
    assert found["lease_too_long"]["sentence"]["en"] and found["lease_too_long"]["version"]["basis"]["zh"]
    assert told["judgement"]["comparison"]["verdict"] == "not_comparable"
    assert [row["id"] for row in keeper.read("/village/contracts", found="flagged")["rows"]] == [contract_id]
    bad = keeper.post("/acts/village.correct_contract", {
        "contract_id": contract_id, "terms": told["terms"] | {"until": "2021-06-01"},
    })  # fmt: skip
    assert (bad.status_code, bad.json()["field"]) == (400, "until")
    good = {"contract_id": contract_id, "terms": told["terms"] | {"until": "2031-06-01"}, "expected_version": 1}
    assert keeper.done("/acts/village.correct_contract", good)["result"] == 2
    rules = {one["rule"] for one in keeper.read(f"/village/contracts/{contract_id}")["judgement"]["findings"]}
    assert "lease_too_long" not in rules
    keeper.done("/acts/village.end_contract", {"contract_id": contract_id, "on": "2023-01-01", "reason": "标记原因"})
    assert keeper.post("/acts/village.judge_contract", {"contract_id": contract_id}).status_code == 200
    again = keeper.post("/acts/village.end_contract", {"contract_id": contract_id, "on": "2023-01-01", "reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_the_next_village_a_narrow_token_and_nobody_are_told_nothing(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    parcel_id = entered(villages, keeper)
    contract_id = contracted(villages, keeper, parcel_id)
    change = {"parcel_id": parcel_id, "change_id": str(uuid4()), "day": "2022-01-01", "reason": "x"}
    outsiders = [caller(villages.stranger), caller(villages.accountant, "village.judge_contract"), ANYONE]
    for who in outsiders:
        for address, query in (
            ("/village/parcels", {}), ("/village/parcels", {"place": "P102001"}), (f"/village/parcels/{parcel_id}", {}),
            ("/village/parcels", {"text": "标记"}), ("/village/contracts", {}),
            (f"/village/contracts/{contract_id}", {}),
            ("/village/land-sums", {"place": "P"}), ("/village/contracts", {"text": "标记"}),
        ):  # fmt: skip
            answer = who.get(address, **query)
            assert answer.status_code in (401, 403, 404) or answer.json() in ([], {"rows": [], "next": None})
            assert not [secret for secret in SECRETS if secret in answer.content.decode()], address
        for act, body in (
            ("correct_parcel", change | {"facts": FACTS}), ("strike_parcel", change),
            ("end_contract", {"contract_id": contract_id, "on": "2023-01-01", "reason": "x"}),
        ):  # fmt: skip
            body = {name: value for name, value in body.items() if act != "strike_parcel" or name != "day"}
            assert who.post(f"/acts/village.{act}", body).status_code in (401, 403, 404)
    villager = caller(villages.villager).get(f"/village/contracts/{contract_id}")
    assert villager.status_code == 200 and "标记承租人" not in villager.content.decode()
    assert villager.json()["lessee"] == "标***"
    auditor = caller(villages.auditor).read(f"/village/contracts/{contract_id}")
    assert auditor["lessee"] == "标记承租人" and auditor["state"] == "in_force"


def test_a_boundary_of_strange_keys_is_refused_with_its_field_also_with_a_key(villages: Villages) -> None:
    keeper = caller(villages.accountant)
    told = {
        "place_id": str(villages.place_id), "parcel_id": str(uuid4()), "number": "9", "day": "2021-01-01",
        "facts": FACTS | {"boundary": {"type": "Polygon", "coordinates": [[{"é": 1}]]}},
    }  # fmt: skip
    answer = keeper.post("/acts/village.register_parcel", told, **{"Idempotency-Key": "strange"})
    assert answer.status_code == 400, answer.content
    assert answer.json()["field"] == "boundary"


def test_what_is_not_there_is_answered_with_what_to_do(villages: Villages) -> None:
    keeper, nothing = caller(villages.accountant), str(uuid4())
    parcel_id = entered(villages, keeper)
    contract_id = contracted(villages, keeper, parcel_id)
    own = {"contract": contract_id, "parcel": parcel_id}
    for address, field, value in (
        (f"/village/contracts/{nothing}", "contract_id", nothing),
        (f"/village/parcels/{nothing}", "parcel_id", nothing),
        (f"/village/matters/{nothing}", "matter_id", nothing), ("/village/contracts?place=nowhere", "place", "nowhere"),
        ("/village/parcels?place=nowhere", "place", "nowhere"), ("/village/trends?place=nowhere", "place", "nowhere"),
        ("/village/put-right?place=nowhere&first_day=2024-01-01&last_day=2024-02-01", "place", "nowhere"),
    ):  # fmt: skip
        answer = keeper.get(address)
        told = answer.json()
        assert (answer.status_code, told["field"], told["value"]) == (404, field, value), (address, told)
        chinese = Caller(keeper.headers | {"Accept-Language": "zh-hans"}).get(address).json()
        assert told["remedy"].isascii() and chinese["remedy"] and not chinese["remedy"].isascii(), address
    for kind, thing in own.items():  # what lies beyond one's reach is not told apart from what is not there
        stranger = caller(villages.stranger)
        beyond, unknown = (stranger.get(f"/village/{kind}s/{one}").json() for one in (thing, nothing))
        assert [beyond[name] for name in ("status", "title", "remedy")] == [404, unknown["title"], unknown["remedy"]]
    told = {"place_id": nothing, "parcel_id": nothing, "number": "9", "day": "2021-01-01", "facts": FACTS}
    refused = keeper.post("/acts/village.register_parcel", told)
    assert (refused.status_code, refused.json()["field"], refused.json()["value"]) == (404, "place_id", nothing)
    assert refused.json()["remedy"]
