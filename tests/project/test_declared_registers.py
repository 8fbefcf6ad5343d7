"""The laws of declared registers, for each register of each pack: what is declared once holds on every way to it.

A pack that declares a register joins by itself; it needs a row on the stage below.
"""

from __future__ import annotations

import csv
import io
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db.models import CharField, TextField
from django.test import Client
from django.urls import reverse

from tests.orders.hotline import Hotline
from tests.project.marked_culture import marked_culture
from tests.project.marked_practice import marked_practice
from tests.project.marked_systems import marked_system
from tests.project.sent_forms import sent_by
from tests.web.api.calling import ANYONE, Caller, caller
from tianqu.base.spreadsheets import csv_line
from tianqu.kernel.journal.api import SYSTEM, Actor, seeing
from tianqu.kernel.journal.models import Entry
from tianqu.kernel.pack.api import (
    EVERYBODY,
    Pack,
    Register,
    RowsAsked,
    act_named_of,
    form_of,
    key_of,
    page_mark,
    rows_page,
)
from tianqu.kernel.places.api import Account, actor_of, appoint, create_account, create_person, known_roles
from tianqu.kernel.places.roles import roles_allow
from tianqu.packs.culture.theatre.acts import declare_theatre
from tianqu.packs.culture.voices.acts import choose_village, vote
from tianqu.project.packs import installed_packs

pytestmark = pytest.mark.django_db
WRONG = ("坏\x00字", "9" * 40, "%' OR 1=1 --")
REGISTERS = [(pack, register) for pack in installed_packs() for register in pack.registers]
DECLARED = [(pack, register) for pack, register in REGISTERS if register.declares is not None]


@dataclass(frozen=True)
class Stage:
    """A row of each register in Decheng, and who may look at it and change it."""

    hotline: Hotline

    def row(self, register: Register) -> Any:
        with seeing(SYSTEM.scope):
            rows = rows_page(register, SYSTEM, RowsAsked(limit=1)).rows
        assert rows, f"the stage has no row of {register.code}; lay one"
        return rows[0]

    def insider(self, register: Register, permission: str) -> Actor:
        """Somebody at the row's unit whose role has a permission."""
        return self.holder(permission, self.row(register).unit_id)

    def outsider(self, permission: str) -> Actor:
        """Somebody of another county with the same role."""
        return self.holder(permission, self.hotline.prefecture.units["c2.housing"].id)

    def holder(self, permission: str, unit_id: Any) -> Actor:
        packs = {role.code for pack in installed_packs() for role in pack.roles}
        role = next(code for code in sorted(packs) if roles_allow(frozenset({code}), permission))
        person_id = create_person(SYSTEM, unit_id=unit_id, name="何某", phone="0534-1234567")
        appoint(SYSTEM, person_id=person_id, unit_id=unit_id, role=role, valid_from=date(2020, 1, 1))
        create_account(SYSTEM, person_id=person_id, login=f"u{person_id.hex[-12:]}")
        return actor_of(Account.objects.get(login=f"u{person_id.hex[-12:]}"), channel="web")

    def reader(self, register: Register) -> tuple[Client, Caller]:
        """A browser and a program that may see a register."""
        if register.permission == EVERYBODY:
            return browser(None), ANYONE
        actor = self.insider(register, register.permission)
        return browser(actor), caller(actor)


@pytest.fixture
def stage(hotline: Hotline, tmp_path: Any, settings: Any) -> Stage:
    settings.TIANQU_FILES_URL = str(tmp_path)
    places, prefecture = hotline.prefecture.places, hotline.prefecture
    minor = actor_of(prefecture.person("c1.housing", "clerk", name="何某"), channel="web")
    marked_practice(minor, unit_id=hotline.unit_id, place_id=places["P102001"].id)
    marked_culture(county_id=places["P1"].id, parent_id=hotline.unit_id, place_id=places["P102001"].id)
    declare_theatre(
        SYSTEM, unit_id=hotline.unit_id, theatre="marked", name="标记剧院", name_en="Marked", venue="标记路",
        venue_en="Marked Road", rows="A 3", price_fen=100,
    )  # fmt: skip
    marked_system(hotline.unit_id)
    choose_village(hotline.neighbour, place_id=places["P102001"].id)
    vote(hotline.neighbour, work="marked")
    return Stage(hotline)


def browser(actor: Actor | None, language: str = "en") -> Client:
    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_LANGUAGE=language)
    if actor is not None:
        with seeing(SYSTEM.scope):
            account = Account.objects.get(person_id=actor.person_id)
            Account.objects.filter(id=account.id).update(must_change_password=False)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode("utf-8-sig", "replace"))


def named(pack: Pack, register: Register, page: str = "", **more: str) -> str:
    return reverse(f"{pack.code}:{register.code}{page}", kwargs=more or None)


def entries(act: str) -> int:
    with seeing(SYSTEM.scope):
        return Entry.objects.filter(act=act).count()


def walked() -> Iterator[tuple[Pack, Register]]:
    assert len(REGISTERS) > 5, "packs have lost their registers"
    yield from REGISTERS


def test_reading(stage: Stage) -> None:
    page_file_and_api_say_the_same(stage)
    a_page_of_one_row_leads_to_the_next(stage)
    one_row_is_read_by_its_key(stage)
    a_filter_leaves_out_what_does_not_fit(stage)
    nothing_that_is_sent_breaks_it(stage)
    the_mark_of_a_long_name_is_taken(stage)


def test_writing(stage: Stage) -> None:
    a_row_goes_through_its_form_as_it_is(stage)
    what_is_refused_stands_at_its_field(stage)
    a_sheet_is_read_line_by_line(stage)


def test_strangers(stage: Stage) -> None:
    whoever_may_not_sees_nothing(stage)
    whoever_may_not_declares_nothing(stage)


def page_file_and_api_say_the_same(stage: Stage) -> None:
    for pack, register in walked():
        client, program = stage.reader(register)
        address = f"/{register.plain_address}"
        told = program.read(address)["rows"]
        page = text(client.get(named(pack, register)))
        lines = list(csv.reader(io.StringIO(text(client.get(named(pack, register, "_file", form="csv"))))))
        assert len(lines) - 1 == len(told) == page.count("<tr>") - 1, register.code
        assert len(lines[0]) == sum(column.listed for column in register.columns), register.code
        assert all(line[0] in page for line in lines[1:]), register.code
        assert client.get(named(pack, register, "_file", form="xlsx")).status_code == 200
        assert client.get(named(pack, register, "_file", form="pdf")).status_code == 404
        members = {column.name for column in register.columns if column.told} | set(register.tells)
        assert set(told[0]) == members, register.code


def a_page_of_one_row_leads_to_the_next(stage: Stage) -> None:
    for _pack, register in walked():
        _client, program = stage.reader(register)
        address, seen, after = f"/{register.plain_address}", list[Any](), ""
        whole = program.read(address)["rows"]
        for _page in range(len(whole)):
            page = program.read(address, limit=1, **({"after": after} if after else {}))
            seen, after = [*seen, *page["rows"]], page["next"]
        assert seen == whole and after is None, register.code
        assert program.get(address, after="no mark").status_code == 404
        assert program.get(address, nothing="1").status_code == 422


def one_row_is_read_by_its_key(stage: Stage) -> None:
    for _pack, register in walked():
        _client, program = stage.reader(register)
        address, rows = f"/{register.plain_address}", program.read(f"/{register.plain_address}")["rows"]
        with seeing(SYSTEM.scope):
            keys = [key_of(register, row) for row in register.rows(SYSTEM)]
        assert [row for row in rows if row in [program.read(f"{address}/{key}") for key in keys]] == rows, register.code
        assert program.get(f"{address}/00000000-0000-0000-0000-000000000000").status_code == 404


def a_filter_leaves_out_what_does_not_fit(stage: Stage) -> None:
    for pack, register in walked():
        client, program = stage.reader(register)
        address = f"/{register.plain_address}"
        if "place" in {column.asked for column in register.narrowing}:
            assert program.read(address, place="P1")["rows"], register.code
            assert not program.read(address, place="P201001")["rows"] or register.completed, register.code
            assert program.get(address, place="nowhere").status_code == 404
            assert client.get(named(pack, register), {"place": "nowhere"}).status_code == 404
        if register.searched:
            assert program.read(address, q="标记")["rows"] and not program.read(address, q="没有的词")["rows"]
            assert "Nothing fits" in text(client.get(named(pack, register), {"q": "没有的词"}))
        for column in register.narrowing:
            if column.choices:
                assert program.get(address, **{column.asked: "nonsense"}).status_code == 422
                assert client.get(named(pack, register), {column.asked: "nonsense"}).status_code == 400


def nothing_that_is_sent_breaks_it(stage: Stage) -> None:
    marks = [
        urlsafe_b64encode(each).decode() for each in (b'["\\u0000", "x"]', b'["\\ud800", "x"]', b"7", b"[1, 2, 3]")
    ]
    for pack, register in walked():
        client, program = stage.reader(register)
        client.raise_request_exception = False
        for name in ("q", "after", *(column.asked for column in register.narrowing)):
            for wrong in (*WRONG, *(marks if name == "after" else ())):
                assert client.get(named(pack, register), {name: wrong}).status_code < 500, (register.code, name, wrong)
                assert program.get(f"/{register.plain_address}", **{name: wrong}).status_code < 500
        assert program.get(f"/{register.plain_address}/%00").status_code < 500


def the_mark_of_a_long_name_is_taken(stage: Stage) -> None:
    """A page and a program send back the marks that they were given, however long what a list is sorted by is."""
    for pack, register in walked():
        client, program = stage.reader(register)
        by = (register.sort or register.key).lstrip("-")
        with seeing(SYSTEM.scope):
            row = register.rows(SYSTEM)[0]
        long = [
            value[:1] + "界" * 200 if isinstance(row._meta.get_field(name), CharField | TextField) else value
            for name, value in ((by, getattr(row, by)), (register.key, key_of(register, row)))
        ]
        mark = page_mark(*long)
        for answer in (client.get(named(pack, register), {"after": mark}),
                       program.get(f"/{register.plain_address}", after=mark)):  # fmt: skip
            assert answer.status_code == 200, (register.code, text(answer)[:200])


def whoever_may_not_sees_nothing(stage: Stage) -> None:
    for pack, register in walked():
        if register.permission == EVERYBODY:
            continue
        address = named(pack, register)
        assert browser(None).get(address)["Location"].startswith(reverse("account_login"))
        resident = stage.hotline.neighbour
        assert browser(resident).get(address).status_code == 403, register.code
        assert caller(resident).get(f"/{register.plain_address}").status_code == 403
        assert ANYONE.get(f"/{register.plain_address}").status_code in (401, 403)
        far = stage.outsider(register.permission)
        assert caller(far).read(f"/{register.plain_address}")["rows"] == [], register.code


def a_row_goes_through_its_form_as_it_is(stage: Stage) -> None:
    """What the form shows of a row, sent back, changes nothing, in both languages."""
    for pack, register in DECLARED:
        assert register.declares is not None
        if register.sent:
            continue  # each sending is another row
        act = act_named_of(register.declares)
        actor, before = stage.insider(register, act), entries(act)
        address = f"{named(pack, register, '_declare')}?of={key_of(register, stage.row(register))}"
        for language in ("en", "zh-hans"):
            page = text(browser(actor, language).get(address))
            sent = sent_by(page)
            assert set(sent) | unchecked(register) >= {field.keyword for field in form_of(register)}, register.code
            answer = browser(actor, language).post(address, sent)
            assert answer.status_code == 302, (register.code, sent, errors_in(text(answer)))
        assert entries(act) == before, (register.code, "it was written anew")


def unchecked(register: Register) -> set[str]:
    """Fields that send nothing while nothing in them is chosen."""
    return {field.keyword for field in form_of(register) if field.kind in ("yes_no", "choices")}


def errors_in(page: str) -> list[str]:
    return re.findall(r'<p class="error" id="([^"]+)">', page)


def what_is_refused_stands_at_its_field(stage: Stage) -> None:
    for pack, register in DECLARED:
        assert register.declares is not None
        act = act_named_of(register.declares)
        client, before = browser(stage.insider(register, act)), entries(act)
        empty = client.post(named(pack, register, "_declare"), {})
        needed = {field.keyword for field in form_of(register) if field.required}
        assert empty.status_code == 400, register.code
        assert {name.removesuffix("-error") for name in errors_in(text(empty))} == needed, register.code
        typed = {field.keyword: "坏%' OR 1=1" for field in form_of(register)}
        wrong = client.post(named(pack, register, "_declare"), typed)
        assert 400 <= wrong.status_code < 500 and "OR 1=1" in text(wrong), register.code
        assert entries(act) == before, register.code


def whoever_may_not_declares_nothing(stage: Stage) -> None:
    for pack, register in DECLARED:
        assert register.declares is not None
        act, address = act_named_of(register.declares), named(pack, register, "_declare")
        row = stage.row(register)
        assert browser(stage.hotline.neighbour).get(address).status_code == 403
        assert browser(stage.hotline.neighbour).post(address, {}).status_code == 403
        far, before = browser(stage.outsider(act)), entries(act)
        here = f"{address}?of={key_of(register, row)}"
        assert far.get(here).status_code in (403, 404), register.code
        own = sent_by(text(browser(stage.insider(register, act)).get(here)))
        assert far.post(address, own).status_code in (400, 403, 404, 409), register.code
        assert entries(act) == before, register.code


def a_sheet_is_read_line_by_line(stage: Stage) -> None:
    for pack, register in DECLARED:
        assert register.declares is not None
        if not register.imports:
            continue
        act = act_named_of(register.declares)
        client, row = browser(stage.insider(register, act)), stage.row(register)
        heads = next(csv.reader(io.StringIO(text(client.get(named(pack, register, "_template", form="csv"))))))
        assert client.get(named(pack, register, "_template", form="xlsx")).status_code == 200
        known = sent_by(text(client.get(f"{named(pack, register, '_declare')}?of={key_of(register, row)}")))
        cells = [_in_sheet(field.kind, known.get(field.keyword, [])) for field in form_of(register)]
        assert len(heads) == len(cells), register.code
        wrong = ["" if field.required else cell for field, cell in zip(form_of(register), cells, strict=True)]
        wrong[-1] = wrong[-1] or "x"
        sheet = "".join(csv_line(line) for line in (heads, cells, wrong)).encode()
        answer = client.post(named(pack, register, "_bring"), {"file": io.BytesIO(sheet)})
        page = text(answer)
        assert answer.status_code == 200 and "1 line taken" in page, (register.code, page[-2000:])
        assert f'<td class="figure">3</td><td>{form_of(register)[0].column.title}</td>' in page, register.code
        assert client.post(named(pack, register, "_bring"), {}).status_code == 400


def _in_sheet(kind: str, values: list[str]) -> str:
    if kind == "yes_no":
        return "yes" if values else "no"
    return ", ".join(values)


def test_every_role_is_one_that_some_pack_declares() -> None:
    """A register that nobody can write would pass every law above unseen."""
    for _pack, register in DECLARED:
        assert register.declares is not None
        act = act_named_of(register.declares)
        assert any(roles_allow(frozenset({code}), act) for code in known_roles()), register.code
