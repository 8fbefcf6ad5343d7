"""Items through the administrator's pages: versions side by side, the next version, closing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.administration.conftest import county_administrator
from tests.web.conftest import signed_in
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import (
    definition_from,
    forget_catalogue,
    item_definition,
    item_text,
    item_versions,
    items_in,
    publish_item,
)
from tianqu.kernel.places.api import Account
from tianqu.web.administration.item_form import values_of

pytestmark = pytest.mark.django_db
HOME, TEXT, PUBLISH = "/administration/items/", "/administration/new-items/text/", "/administration/new-items/publish/"
FIRST = date(2024, 1, 1)
LAMP: dict[str, Any] = {
    "code": "lamp.out", "family": "resident", "group": {"zh": "照明", "en": "Lamps"},
    "name": {"zh": "路灯不亮", "en": "Lamp out"}, "summary": {"zh": "路灯不亮了。", "en": "A street lamp is out."},
    "answerable": [{"unit_kind": "lamps", "jurisdiction": "county"}],
    "clocks": {"accept": {"statutory": "2 working days", "promised": "1 working day"}},
    "steps": [
        {"code": "register", "by": "hotline", "name": {"zh": "登记", "en": "Registered"}},
        {"code": "visit", "by": "unit", "name": {"zh": "上门核实", "en": "Visited"}},
        {"code": "mend", "by": "unit", "name": {"zh": "修复", "en": "Mended"}},
    ],
    "papers": [{"code": "identity", "name": {"zh": "身份证", "en": "Identity card"}, "form": "copy"}],
    "legal_basis": [{"title": {"zh": "城市照明管理规定", "en": "Urban lighting rules"}, "article": "第二十条"}],
    "form": {"version": 1, "fields": [{"code": "pole", "kind": "text", "label": {"zh": "灯杆号", "en": "Pole"}}]},
    "keywords": ["路灯"], "examples": ["村口路灯不亮"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _items(db: None) -> Iterator[None]:
    forget_catalogue()
    publish_item(SYSTEM, definition=definition_from(LAMP, valid_from=FIRST))
    yield
    forget_catalogue()


def sent(**changes: Any) -> dict[str, Any]:
    """The form of the lamp's next version as a browser sends it."""
    values = values_of(item_definition(item_versions("lamp.out")[0].id))
    return values | {"valid_from": (timezone.localdate() + timedelta(days=3)).isoformat()} | changes


def text_of(page: str) -> str:
    """What a preview would publish."""
    return unescape(page.split('aria-hidden="true">', 1)[1].split("</textarea>", 1)[0])


def test_list_is_searched_and_filtered_by_the_address(administrator: Client) -> None:
    assert "Lamp out" in administrator.get(HOME).content.decode()
    assert "Lamp out" in administrator.get(HOME, {"q": "照明", "family": "resident"}).content.decode()
    for filters in ({"q": "water"}, {"family": "enterprise"}, {"state": "closed"}):
        assert "No item found" in administrator.get(HOME, filters).content.decode(), filters


def test_next_version_is_previewed_and_then_published(administrator: Client) -> None:
    form = sent(**{
        "steps-1-code": "", "steps-1-name.zh": "", "steps-1-name.en": "",
        "clocks.accept.promised.amount": "4", "clocks.accept.promised.unit": "working hours",
    })  # fmt: skip
    answer = administrator.post(f"{HOME}lamp.out/change/", form)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    assert "<del>Visited" in page and "4 working hours" in page
    assert len(item_versions("lamp.out")) == 1  # nothing is published yet
    answer = administrator.post(PUBLISH, {"text": text_of(page)})
    assert answer.status_code == 302 and answer["Location"] == f"{HOME}lamp.out/"
    newest, first = item_versions("lamp.out")
    assert [step.code for step in item_definition(newest.id).steps] == ["register", "mend"]
    assert first.valid_to == newest.valid_from == timezone.localdate() + timedelta(days=3)
    compared = administrator.get(f"{HOME}lamp.out/compare/", {"before": "1", "after": "2"}).content.decode()
    assert "<del>Visited" in compared and "<dd>1</dd>" in compared
    assert "coming" in administrator.get(f"{HOME}lamp.out/").content.decode()


def test_steps_stand_in_the_order_that_is_said(administrator: Client) -> None:
    form = sent(**{"steps-3-code": "call", "steps-3-by": "hotline", "steps-3-name.zh": "回访", "steps-3-place": "1.5"})
    text = text_of(administrator.post(f"{HOME}lamp.out/change/", form).content.decode())
    (definition,) = items_in(text.encode(), name="text")
    assert [step.code for step in definition.steps] == ["register", "call", "visit", "mend"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"valid_from": "someday"}, "valid_from", "someday is not a date."),
        ({"valid_from": "2023-01-01"}, "valid_from", "it is not rewritten"),
        ({"name.zh": "", "name.en": ""}, "name.zh", "A text is expected here"),
        (
            {"clocks.accept.promised.amount": "3"},
            "clocks.accept.promised.amount",
            "Promise at most what the law gives.",
        ),
        ({"clocks.finish.promised.amount": "many"}, "clocks.finish.promised.amount", "is not a duration."),
        ({"steps-2-code": "Mend It"}, "steps-2-code", "is not a code."),
        ({"questions": "- code: [pole"}, "questions", "cannot be read"),
        ({"questions": "- {code: pole, kind: telepathy, label: x}"}, "questions", "is not possible here"),
        ({"askers": []}, "askers", "from 1 to 500 are possible"),
    ],
)
def test_faults_stand_at_their_fields_and_nothing_is_lost(
    administrator: Client, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = administrator.post(f"{HOME}lamp.out/change/", sent(keywords="路灯、灯杆", **changes))
    page = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert sentence in page and f'href="#{field}"' in page
    assert "路灯、灯杆" in page
    assert len(item_versions("lamp.out")) == 1


def test_file_names_line_and_field_of_each_fault(administrator: Client) -> None:
    text = item_text([definition_from(LAMP, valid_from=date(2030, 1, 1))])
    wrong = text.replace("by: hotline", "by: magic").replace("promised: 1 working day", "promised: soon")
    line = next(number for number, said in enumerate(wrong.splitlines(), 1) if "by: magic" in said)
    upload = SimpleUploadedFile("lamp.yaml", wrong.encode())
    answer = administrator.post(TEXT, {"file": upload, "text": ""})
    page = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert f"Line {line}, steps[0].by" in page and "clocks.accept.promised" in page
    assert "by: magic" in page  # what was sent can be mended on the page


def test_file_of_several_items_is_published_whole(administrator: Client) -> None:
    new = {**LAMP, "code": "lamp.new", "name": {"zh": "新装路灯", "en": "New lamp"}}
    text = item_text([definition_from(new, valid_from=FIRST), definition_from(LAMP, valid_from=FIRST)])
    page = administrator.post(TEXT, {"text": text}).content.decode()
    assert "New lamp" in page and "1 definition is published exactly so already." in page
    assert administrator.post(PUBLISH, {"text": text_of(page)}).status_code == 302
    assert len(item_versions("lamp.new")) == 1 and len(item_versions("lamp.out")) == 1


def test_version_comes_out_as_the_file_that_goes_in(administrator: Client) -> None:
    answer = administrator.get(f"{HOME}lamp.out/file/")
    (read,) = items_in(answer.content, name="file")
    assert read.digest == item_definition(item_versions("lamp.out")[0].id).digest


def test_item_closes_on_a_day(administrator: Client) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "btn-danger" in administrator.get(f"{HOME}lamp.out/close/").content.decode()
    past = administrator.post(f"{HOME}lamp.out/close/", {"valid_to": "2024-05-01"})
    assert past.status_code == 400 and "in the past" in past.content.decode()
    assert administrator.post(f"{HOME}lamp.out/close/", {"valid_to": tomorrow.isoformat()}).status_code == 302
    assert item_versions("lamp.out")[0].valid_to == tomorrow


def test_others_publish_nothing(clerk: Account, resident: Account, administrator: Client) -> None:
    addresses = [
        HOME, f"{HOME}lamp.out/", f"{HOME}lamp.out/compare/", f"{HOME}lamp.out/file/", f"{HOME}lamp.out/change/",
        f"{HOME}lamp.out/close/", "/administration/new-items/form/", TEXT, PUBLISH,
    ]  # fmt: skip
    for account in (clerk, resident):
        browser = signed_in(account)
        for address in addresses:
            assert browser.get(address).status_code == 403, address
            assert browser.post(address, sent()).status_code == 403, address
    county = county_administrator()
    assert county.get(HOME).status_code == 200
    assert county.post(f"{HOME}lamp.out/change/", sent()).status_code == 403
    text = item_text([definition_from(LAMP | {"keywords": ["灯"]}, valid_from=date(2030, 1, 1))])
    assert county.post(PUBLISH, {"text": text}).status_code == 403
    closing = county.post(f"{HOME}lamp.out/close/", {"valid_to": date(2030, 1, 1).isoformat()})
    assert closing.status_code == 403
    assert len(item_versions("lamp.out")) == 1 and item_versions("lamp.out")[0].valid_to is None


def test_pages_are_read_in_chinese(administrator: Client) -> None:
    for address, words in (
        (HOME, "事项"), (f"{HOME}lamp.out/", "版本"), (f"{HOME}lamp.out/change/", "办理时限"), (TEXT, "文本"),
    ):  # fmt: skip
        page = administrator.get(address, headers={"accept-language": "zh-hans"}).content.decode()
        assert words in page, address


def test_form_offers_named_kinds_and_time_limits_as_numbers(administrator: Client) -> None:
    page = administrator.get(f"{HOME}lamp.out/change/").content.decode()
    assert re.search(r'name="clocks.accept.promised.amount" value="1"', page)
    assert re.search(r'<option value="working days" selected>\s*working days', page)
    assert re.search(r'<option value="lamps" selected>[^<]+</option>', page)
    assert re.search(r'<option value="(\w+)">[^<]+ \(\1\)</option>', page), "kinds of unit by what they are called"
    assert re.search(r'<option value="county" selected>County</option>', page)


def test_form_left_as_it_is_changes_nothing(administrator: Client) -> None:
    """A limit of one is written in the singular, as it was."""
    text = text_of(administrator.post(f"{HOME}lamp.out/change/", sent()).content.decode())
    (definition,) = items_in(text.encode(), name="text")
    before = item_definition(item_versions("lamp.out")[0].id)
    assert definition.as_json()["clocks"] == before.as_json()["clocks"]
    assert definition.as_json()["answerable"] == before.as_json()["answerable"]
