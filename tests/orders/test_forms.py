"""Forms: what is answered is checked, every fault is named, and the JSON Schema agrees with the check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tianqu.base.errors import InvalidInputs
from tianqu.kernel.orders.form_answers import page_answers, validate
from tianqu.kernel.orders.form_schemas import json_schema
from tianqu.kernel.orders.forms import KINDS, fields, form_from

TODAY = date(2026, 11, 22)


def bilingual(text: str) -> dict[str, str]:
    return {"zh": f"{text}（中文）", "en": text}


def a_field(code: str, kind: str, **settings: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "label": bilingual(code), **settings}


CHOICES = [{"value": value, "label": bilingual(value)} for value in ("home", "building", "area")]
FORM = form_from({
    "version": 1,
    "fields": [
        a_field("title", "text", required=True, min=2, max=20),
        a_field("story", "long_text"),
        a_field("extent", "choice", required=True, choices=CHOICES),
        a_field(
            "households", "number", unit=bilingual("households"), min=1, max=500, required=True,
            show_if={"field": "extent", "in": ["building", "area"]},
        ),
        a_field("kinds", "choices", choices=CHOICES, min=1, max=2),
        a_field("distance", "number", decimals=2),
        a_field("since", "date"),
        a_field("phone", "phone", personal=True),
        a_field("who", "person_name", personal=True),
        a_field("where", "place"),
        a_field("photos", "photo", max=2),
        a_field("paid", "money", min=0),
        a_field("urgent", "yes_no"),
        a_field("why", "text", required=True, show_if={"field": "urgent", "is": True}),
        a_field("deep", "yes_no", show_if={"field": "kinds", "is": "home"}),
        a_field("deeper", "text", required=True, show_if={"field": "deep", "is": True}),
    ],
})  # fmt: skip
GOOD: dict[str, Any] = {"title": "No water", "extent": "home"}


def faults(answers: Mapping[str, Any]) -> set[str]:
    with pytest.raises(InvalidInputs) as error:
        validate(FORM, answers, today=TODAY)
    return {each.field for each in error.value.errors}


def test_every_kind_is_in_the_test_form() -> None:
    assert {each.kind for each in FORM.fields} == set(KINDS)


def test_good_answers_are_kept_and_cleaned() -> None:
    photo = "0192e4a0-0000-7000-8000-000000000001"
    answers = GOOD | {
        "title": "  No water ", "extent": "area", "households": 30, "kinds": ["home"], "distance": "1.50",
        "since": "2026-11-20", "phone": "０５３４－2612345", "who": "李华", "where": "371402001", "photos": [photo],
        "paid": 1250, "urgent": False, "why": "is not shown", "story": "",
    }  # fmt: skip
    kept = validate(FORM, answers, today=TODAY)
    assert kept["title"] == "No water"
    assert kept["phone"] == "0534-2612345"
    assert "why" not in kept and "story" not in kept


def test_every_fault_is_named_at_once() -> None:
    assert faults({}) == {"title", "extent"}
    assert faults({"title": "x", "extent": "moon", "colour": "red"}) == {"title", "extent", "colour"}
    assert faults(GOOD | {"extent": "area"}) == {"households"}
    assert faults(GOOD | {"extent": "area", "households": 501}) == {"households"}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("title", "x" * 21),
        ("title", "two\nlines"),
        ("title", "null\x00byte"),
        ("title", "right \u202e left"),
        ("title", 5),
        ("kinds", ["home", "home"]),
        ("kinds", ["home", "building", "area"]),
        ("kinds", "home"),
        ("distance", "1.234"),
        ("distance", "1e3"),
        ("distance", 1.5),
        ("since", "1899-01-01"),
        ("since", "2999-01-01"),
        ("since", "2026-02-30"),
        ("phone", "call me"),
        ("who", "李华 371402199001011234"),
        ("where", "../etc"),
        ("photos", ["x"]),
        ("photos", ["0192e4a0-0000-7000-8000-000000000001"] * 2),
        ("paid", -1),
        ("paid", "12.50"),
        ("paid", True),
        ("urgent", "maybe"),
    ],
)
def test_a_wrong_answer_is_refused(code: str, value: object) -> None:
    assert faults(GOOD | {code: value}) == {code}


def test_a_place_must_exist() -> None:
    answers = GOOD | {"where": "371402001"}
    with pytest.raises(InvalidInputs):
        validate(FORM, answers, today=TODAY, place_exists=lambda _code: False)
    assert validate(FORM, answers, today=TODAY, place_exists=lambda _code: True)["where"] == "371402001"


def test_dates_may_end_today() -> None:
    form = form_from({"version": 1, "fields": [a_field("since", "date", min="2020-01-01", max="today")]})
    assert validate(form, {"since": "2026-11-22"}, today=TODAY)
    for wrong in ("2026-11-23", "2019-12-31"):
        with pytest.raises(InvalidInputs):
            validate(form, {"since": wrong}, today=TODAY)


def test_what_a_page_sends_is_turned_into_answers() -> None:
    sent = {
        "title": ["No water"], "extent": ["area"], "households": ["1,0"], "kinds": ["home", "area"],
        "paid": ["12.5"], "urgent": ["true"], "why": ["cold"], "distance": [""],
    }  # fmt: skip
    answers = page_answers(FORM, sent)
    kept = validate(FORM, answers, today=TODAY)
    assert kept["paid"] == 1250 and kept["urgent"] is True and kept["households"] == 10
    assert kept["kinds"] == ["home", "area"]
    assert faults(page_answers(FORM, sent | {"paid": ["12.345"], "households": ["many"]})) == {
        "paid",
        "households",
    }


def test_a_page_gets_the_fields_in_its_language() -> None:
    views = {view.code: view for view in fields(FORM, "zh-hans")}
    assert views["title"].label == "title（中文）"
    assert views["extent"].choices[0] == ("home", "home（中文）")
    assert next(fields(FORM, "en")).label == "title"


def test_a_definition_names_every_fault() -> None:
    with pytest.raises(InvalidInputs) as error:
        form_from({
            "version": 0,
            "fields": [
                a_field("Bad Code", "text"),
                a_field("twice", "text", choices=CHOICES),
                a_field("twice", "number", min="a"),
                a_field("late", "text", show_if={"field": "later", "is": "x"}),
                a_field("later", "choice", choices=[]),
            ],
        })  # fmt: skip
    assert {each.field for each in error.value.errors} == {
        "version", "fields[0].code", "fields[1].choices", "fields[2].code", "fields[2].min",
        "fields[3].show_if.field", "fields[4].choices",
    }  # fmt: skip


def test_a_form_survives_being_stored() -> None:
    assert form_from(json.loads(json.dumps(FORM.as_json()))) == FORM


def test_the_schema_is_a_schema() -> None:
    schema = json_schema(FORM, "en")
    jsonschema_rs.meta.validate(schema)
    assert schema["properties"]["title"]["title"] == "title"


values = {
    "title": st.sampled_from(["ok", "x", "y" * 21, "two\nlines", 5]),
    "story": st.sampled_from(["a story", "z" * 5001, "\x01", ["x"]]),
    "extent": st.sampled_from(["home", "building", "area", "moon", True]),
    "households": st.sampled_from([1, 500, 501, 0, "7", True]),
    "kinds": st.lists(st.sampled_from(["home", "building", "area", "moon"]), min_size=1, max_size=4),
    "distance": st.sampled_from(["1.5", "-2", "1.234", "x", 1]),
    "since": st.sampled_from(["2024-02-29", "2023-02-29", "1899-01-01", "x", 3]),
    "phone": st.sampled_from(["0534-2612345", "+86 (534) 26", "x", 12345]),
    "who": st.sampled_from(["李华", "Ann 123456", "a" * 61, 4]),
    "where": st.sampled_from(["371402", "not a code", 371402]),
    "photos": st.sampled_from([["0192e4a0-0000-7000-8000-000000000001"], ["x"], "x"]),
    "paid": st.sampled_from([0, 100, -1, "1", False]),
    "urgent": st.sampled_from([True, False, "true"]),
    "why": st.sampled_from(["cold", 4]),
    "deep": st.sampled_from([True, False, "yes"]),
    "deeper": st.sampled_from(["text", 4]),
    "unknown": st.just("x"),
}
SCHEMA = jsonschema_rs.Draft202012Validator(json_schema(FORM, "en"), validate_formats=True)


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({}, optional=values))
def test_schema_and_check_agree(answers: dict[str, Any]) -> None:
    try:
        validate(FORM, answers, today=TODAY)
        accepted = True
    except InvalidInputs:
        accepted = False
    assert SCHEMA.is_valid(answers) == accepted
