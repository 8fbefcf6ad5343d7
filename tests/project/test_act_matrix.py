"""Every registered act by every declared role, inside its scope and outside of it. New acts join by themselves.

What is expected comes from the declarations: a role without the permission is refused, whatever it asks; a role with it
is refused outside its scope, unless the act has no place where it could be done. A refusal writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from inspect import unwrap
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.orders.hotline import Hotline
from tests.project.arguments import arguments_for
from tests.project.marked_culture import marked_culture
from tests.project.marked_data import MarkedData
from tests.project.marked_practice import marked_practice
from tests.project.marked_programme import marked_conference
from tests.project.marked_registers import MarkedRegisters
from tests.project.marked_returns import marked_returns
from tests.project.marked_systems import marked_system
from tianqu.base.errors import NotFound, NotPermitted, TianquError
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import store_file
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, registered_acts, seeing
from tianqu.kernel.ledgers import api as ledgers
from tianqu.kernel.ledgers.roles import ROLES as BOOK_ROLES
from tianqu.kernel.orders import api
from tianqu.kernel.places.api import Post, actor_of, can, issue_token, known_roles
from tianqu.kernel.places.loading import NothingToDo
from tianqu.kernel.places.roles import ANYBODY_ROLE, RESIDENT
from tianqu.project.packs import installed_packs

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DECLARED = {role.code for pack in installed_packs() for role in pack.roles} | {role.code for role in BOOK_ROLES}
STAFF = sorted(DECLARED - {ANYBODY_ROLE, RESIDENT})
# What is one's own needs no permission of a role.
OWN = {
    "notices.read", "notices.prefer", "notices.digest_hour", "views.save", "views.remove", "programme.subscribe",
    "programme.confirm_mail", "programme.end_mail",
    "practice.keep_profile", "practice.join_team", "practice.erase_profile", "occasions.dispute_attendance",
    "occasions.book", "occasions.leave", "occasions.check",
    "rosters.say_wishes", "rosters.offer_duty", "rosters.take_duty", "certificates.issue", "certificates.revoke",
    "culture.choose_village", "culture.vote", "culture.rate_show",
}  # fmt: skip
# A permission of one act opens this other one, too.
OPENED_BY = {"templates.retire": "templates.save"}
# Acts without a thing that could lie outside somebody's scope.
ANYWHERE = OWN | {"files.store", "orders.place", "orders.plan_dates", "places.sign_up", "returns.design_form"}


# Permitted to some role, but this stage has nothing for it: one's own account, file or view, the system's own upkeep,
# a replay that was done, other states, a post of the village itself.
NEEDS_MORE = {
    "files.discard", "journal.forget_requests", "journal.note_check", "ledgers.carry_over", "ledgers.map_charts",
    "orders.include", "programme.confirm_mail", "programme.end_mail", "releases.sign",
    "places.change_password", "places.change_unit", "places.create_unit", "places.issue_token",
    "rules.note_replay", "rules.publish_proposal", "rules.retire", "views.remove", "village.accept_finding",
    "practice.join_team", "practice.erase_profile", "occasions.dispute_attendance", "occasions.book", "occasions.leave",
    "occasions.check", "occasions.remove_photo",
    "orders.claim", "orders.decline", "orders.skip_date", "orders.end_plan", "practice.visit", "practice.show_thanks",
    "rosters.say_wishes", "rosters.offer_duty", "rosters.take_duty", "rosters.relax",
    "culture.vote", "culture.rate_show", "culture.book_takings", "occasions.admit", "certificates.issue",
    "certificates.revoke",
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """Things of Decheng, by the names that acts give them."""

    things: Mapping[str, Any]

    def arguments(self, name: str) -> dict[str, Any]:
        given = arguments_for(registered_acts()[name].perform, self.things)
        if name == "orders.publish":
            given |= {"title": "路灯", "question": "路灯不亮"}
        if name in ("occasions.announce", "rosters.plan"):
            given |= {"kind": "practice", "subject": self.things["team"]}
        if name in ("practice.register_volunteer", "practice.strike_volunteer"):
            given |= {"reference": "标记号"}
        if name == "culture.swap_shows":
            given |= {"other_id": self.things["other_show"], "other_contract": self.things["contract"]}
        if name == "tours.plan":
            given |= {"kind": "culture"}
        if name.startswith("village."):
            given |= {"place_id": self.things["village_id"]} if "place_id" in given else {}
        if name.startswith(("datasets.", "figures.", "releases.")):
            known = self.things["data"].arguments(name)
            given |= {key: known[key] for key in given if key in known}
        if name.startswith("culture."):  # each act has a performance with which it could be done
            given |= {"show_id": self.things["shows"][name]} if name in self.things["shows"] else {}
        if name.startswith("ledgers."):  # other things than the persons' accounts and the places
            given |= {"account_id": self.things["cash"]} if "account_id" in given else {}
            given = {key: value for key, value in given.items() if key not in ("place_id", "parent_id")}
        return given


@pytest.fixture
def stage(hotline: Hotline, tmp_path: Any, settings: Any) -> Stage:
    settings.TIANQU_FILES_URL = str(tmp_path)
    order_id = hotline.accepted(identity="sealed")
    account = hotline.prefecture.person("c1.housing", "clerk", name="被管理者")
    with seeing(SYSTEM.scope):
        post = Post.objects.get(person_id=account.person_id)
    token = issue_token(
        actor_of(account, channel="web"), account_id=account.id, name="t", scopes=["orders.see"],
        expires_at=timezone.now() + timedelta(days=9), post_id=post.id,
    )  # fmt: skip
    template = api.save_template(hotline.post("c1.housing", "clerk"), title="t", text="t", unit_id=hotline.unit_id)
    places = hotline.prefecture.places
    ledgers.forget_books()  # the test before had a book of the same code
    ledgers.open_book(
        SYSTEM, code="stage", name="账", ledgers=[ledgers.NewLedger("money", "fen")], unit_id=hotline.unit_id,
        first_day=date(2024, 1, 1),
    )  # fmt: skip
    cash, income = (
        ledgers.open_account(
            SYSTEM, book="stage", ledger="money", code=code, name=code, element="assets", side="debit",
            opened_on=date(2024, 1, 1),
        )
        for code in ("cash", "income")
    )  # fmt: skip
    transfer = ledgers.post_transfer(
        SYSTEM, book="stage", transfer_id=new_identifier(), day=date(2024, 1, 2), pending=True,
        legs=[ledgers.NewLeg(cash, 5), ledgers.NewLeg(income, -5)],
    )  # fmt: skip
    registers = MarkedRegisters(hotline.prefecture)
    settings.TIANQU_DATASETS_URL = str(tmp_path / "datasets")
    returns = marked_returns(hotline.post("c1.housing", "return_officer"), unit_id=hotline.unit_id)
    practice = marked_practice(actor_of(account, channel="web"), unit_id=hotline.unit_id, place_id=places["P102001"].id)
    culture = marked_culture(county_id=places["P1"].id, parent_id=hotline.unit_id, place_id=places["P102001"].id)
    systems = marked_system(hotline.unit_id)
    return Stage(returns | practice | culture | systems | marked_conference(hotline.unit_id) | {
        "data": MarkedData(unit_id=hotline.unit_id, unit_code="c1.housing"),
        "village_id": registers.place_id, "parcel_id": registers.parcel_ids[0], "parcel_ids": registers.parcel_ids,
        "contract_id": registers.contract_id, "scan_id": registers.scan_id, "holding_id": registers.holding_id,
        "matter_id": registers.matter_id, "step_id": registers.step_id, "review_id": registers.review_id,
        "finding_id": registers.finding_id, "drawing_id": registers.drawing_id, "subject_id": registers.contract_id,
        "book": "stage", "ledger": "money", "cash": cash, "transfer_id": transfer.id, "files": [],
        "debit_account_id": cash, "credit_account_id": income,
        "order_id": order_id, "into": hotline.dispatched(), "unit_id": hotline.unit_id, "post_id": post.id,
        "person_id": account.person_id, "account_id": account.id, "token_id": token.id, "template_id": template,
        "file_id": store_file(hotline.resident, content=PDF, name="证明.pdf").id,
        "place_id": places["P102001"].id, "parent_id": places["P1"].id,
        "place_ids": [places["P101009"].id, places["P102001"].id], "into_id": places["P101009"].id,
        "item": "road.lamp", "role": "clerk", "begun": lambda: None,
        "prepared": {
            "name": "证明.pdf", "kind": "document", "media_type": "application/pdf", "sha256": "0" * 64, "size": 1,
        },
    })  # fmt: skip


def staff(hotline: Hotline, unit: str) -> dict[str, Actor]:
    return {role: hotline.post(unit, role) for role in STAFF}


def attempt(name: str, actor: Actor, stage: Stage) -> bool:
    """Try an act and take it back; say whether it was let through to its work.

    The act may find fault with made-up arguments, in words, once it has let the actor in. Whatever else it raises is a
    fault of the act or of the stage.
    """
    perform: Callable[..., Any] = registered_acts()[name].perform
    arguments = stage.arguments(name)
    savepoint = transaction.savepoint()
    try:
        perform(actor, **arguments)
    except (NotPermitted, NotFound):
        return False
    except TianquError:
        transaction.savepoint_rollback(savepoint)
        return True
    except (AssertionError, NothingToDo) as broken:  # made-up lists are empty, so that the act was done to nothing
        assert "nothing" in str(broken), (name, actor.roles)
        transaction.savepoint_rollback(savepoint)
        return True
    transaction.savepoint_rollback(savepoint)
    return True


def rows_written() -> tuple[tuple[str, int], ...]:
    """How many rows every table has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
    with seeing(SYSTEM.scope), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables))
        return tuple(sorted(cursor.fetchall()))


def acts() -> list[str]:
    product = (name for name, act in registered_acts().items() if unwrap(act.perform).__module__.startswith("tianqu."))
    return sorted(product)


def holds(actor: Actor, name: str) -> bool:
    """Say whether a role opens an act, by what its pack declares."""
    return name in OWN or can(actor, OPENED_BY.get(name, name))


def test_no_role_does_what_its_pack_does_not_declare(hotline: Hotline, stage: Stage) -> None:
    """Inside their own office and place, too."""
    everybody = staff(hotline, "c1.housing") | {RESIDENT: hotline.neighbour, ANYBODY_ROLE: ANYBODY}
    before = rows_written()
    let_in = [
        (role, name)
        for name in acts()
        for role, actor in everybody.items()
        if not holds(actor, name) and attempt(name, actor, stage)
    ]
    assert let_in == []
    assert rows_written() == before


def test_no_role_acts_on_what_lies_outside_its_scope(hotline: Hotline, stage: Stage) -> None:
    """The things are in Decheng, the actors in Ningjin or in no office; roles that reach everything are inside."""
    outside = {role: actor for role, actor in staff(hotline, "c2.housing").items() if not reaches_all(role)}
    outside |= {RESIDENT: hotline.neighbour, ANYBODY_ROLE: ANYBODY}
    before = rows_written()
    let_in = [
        (role, name)
        for name in acts()
        for role, actor in outside.items()
        if name not in ANYWHERE and attempt(name, actor, stage)
    ]
    assert let_in == []
    assert rows_written() == before


def test_every_act_that_a_role_declares_is_open_to_somebody_inside(hotline: Hotline, stage: Stage) -> None:
    """So that the refusals above are not those of a stage on which nothing can be done at all."""
    inside = staff(hotline, "c1.housing")
    shut = {
        name
        for name in acts()
        if any(holds(actor, name) for actor in inside.values())
        and not any(attempt(name, actor, stage) for actor in inside.values() if holds(actor, name))
    }
    assert shut <= NEEDS_MORE


def reaches_all(role: str) -> bool:
    return known_roles()[role].reach == "everything"
