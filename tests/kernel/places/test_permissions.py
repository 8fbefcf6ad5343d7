"""Who may do what: roles, posts, deputies, tokens, and the two walls round what a post sees."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.places.prefecture import CLERK, RESIDENT, Prefecture, declare
from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tianqu.kernel.journal.api import ANYBODY, SYSTEM, Actor, Scope, erase_person, seeing
from tianqu.kernel.places import api
from tianqu.kernel.places.tree import Located

TODAY = timezone.localdate()
DAY = timedelta(days=1)
ADMINISTRATOR = api.Role("administrator", "Administrator", ("places.*", "journal.*"), reach="everything")


def actor(account: api.Account, post_id: UUID | None = None) -> Actor:
    api.forget_actors()
    return api.actor_of(account, channel="web", post_id=post_id)


def seen_by_raw_sql(scope: Scope) -> set[UUID]:
    """The persons that the application's own database role finds with this scope, whatever the code asks."""
    with seeing(scope), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM places_person")
        return {row[0] for row in cursor.fetchall()}


class TestRoles:
    def test_a_role_is_one_thing(self) -> None:
        api.register_role(CLERK)
        with pytest.raises(Conflict, match="Two different roles"):
            api.register_role(api.Role(CLERK.code, "Other", ()))
        with pytest.raises(InvalidInput, match="reach"):
            api.register_role(api.Role("far", "Far", (), reach="moon"))  # type: ignore[arg-type]
        with pytest.raises(NotFound, match="no role"):
            api.role_called("nobody_declares_this")

    def test_patterns_and_names(self, prefecture: Prefecture) -> None:
        clerk = actor(prefecture.person("t101", "test_clerk"))
        head = actor(prefecture.person("t101", "test_head"))
        assert api.can(clerk, "orders.accept") and not api.can(clerk, "orders.adjudicate")
        assert api.can(head, "orders.adjudicate") and not api.can(head, "places.close_unit")
        assert api.can(SYSTEM, "whatever.there_is") and not api.can(ANYBODY, "orders.accept")
        assert "places.appoint" in api.permitted_acts(head) and "places.appoint" not in api.permitted_acts(clerk)

    def test_a_role_that_no_pack_declares_opens_nothing(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        clerk = actor(account)
        stranger = Actor(channel="web", person_id=clerk.person_id, roles=frozenset({"unheard_of"}))
        assert not api.can(stranger, "orders.accept")


class TestActors:
    def test_unit_place_and_everything(self, prefecture: Prefecture) -> None:
        clerk = actor(prefecture.person("t101", "test_clerk")).scope
        assert set(clerk.unit_ids) == {prefecture.units[code].id for code in ("t101", "v101001", "v101009")}
        assert clerk.place_paths == ()
        head = actor(prefecture.person("c1.housing", "test_head")).scope
        assert head.place_paths == ("P.P1",)
        keeper = actor(prefecture.person("city.centre", "test_keeper")).scope
        assert keeper.place_paths == ("P",) and not keeper.everything

    def test_thing_in_reach(self, prefecture: Prefecture) -> None:
        head = actor(prefecture.person("c1.housing", "test_head"))
        assert api.can(head, "orders.see", Located(place_path="P.P1.P101"))
        assert not api.can(head, "orders.see", Located(place_path="P.P2.P201"))
        assert not api.can(head, "orders.see", Located(place_path="P.P10"))
        with pytest.raises(NotPermitted, match=r"orders\.see"):
            api.require(head, "orders.see", Located(unit_id=prefecture.units["c2.housing"].id))

    def test_one_of_several_posts_is_chosen(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        second = api.appoint(SYSTEM, person_id=account.person_id, unit_id=prefecture.units["t201"].id, role="test_head")
        assert actor(account).unit_id == prefecture.units["t101"].id
        assert actor(account, second).roles == {"test_head"}
        other = prefecture.person("t102", "test_clerk")
        with pytest.raises(NotPermitted, match="not yours"):
            actor(other, second)

    def test_an_ended_post_opens_nothing(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        post_id = actor(account).post_id
        assert post_id is not None
        api.end_post(SYSTEM, post_id=post_id, on=TODAY)
        assert api.actor_of(account, channel="web").roles == {"resident"}
        with pytest.raises(Conflict, match="ended"):
            api.end_post(SYSTEM, post_id=post_id, on=TODAY)

    def test_a_disabled_account_is_nobody(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        api.disable_account(SYSTEM, account_id=account.id)
        account.refresh_from_db()
        with pytest.raises(NotPermitted, match="disabled"):
            api.actor_of(account, channel="web")

    def test_a_closed_unit_ends_its_posts(self, prefecture: Prefecture) -> None:
        account = prefecture.person("c1.housing", "test_head")
        api.close_unit(
            SYSTEM,
            unit_id=prefecture.units["c1.housing"].id,
            on=TODAY,
            successor_id=prefecture.units["city.housing"].id,
        )
        assert api.actor_of(account, channel="web").post_id is None
        assert api.unit_today(prefecture.units["c1.housing"].id).code == "city.housing"


class TestDeputies:
    def test_a_deputy_acts_between_dates_and_while_the_post_holds(self, prefecture: Prefecture) -> None:
        holder, deputy = (prefecture.person("t101", role) for role in ("test_head", "test_clerk"))
        post_id = actor(holder).post_id
        assert post_id is not None
        deputy_id = api.deputise(
            SYSTEM, post_id=post_id, person_id=deputy.person_id, valid_from=TODAY - DAY, valid_to=TODAY + DAY
        )
        assert actor(deputy).roles == {"test_clerk"}, "their own post comes first"
        assert actor(deputy, deputy_id).roles == {"test_head"}
        assert [post.id for post in api.held_posts(deputy.person_id, on=TODAY + DAY)] == [actor(deputy).post_id]
        api.end_post(SYSTEM, post_id=post_id, on=TODAY)
        with pytest.raises(NotPermitted):
            actor(deputy, deputy_id)

    def test_what_cannot_be_deputised(self, prefecture: Prefecture) -> None:
        holder, other = (prefecture.person("t101", role) for role in ("test_head", "test_clerk"))
        post_id = actor(holder).post_id
        assert post_id is not None
        with pytest.raises(InvalidInput, match="own deputy"):
            api.deputise(SYSTEM, post_id=post_id, person_id=holder.person_id, valid_from=TODAY, valid_to=TODAY + DAY)
        with pytest.raises(InvalidInput, match="not after"):
            api.deputise(SYSTEM, post_id=post_id, person_id=other.person_id, valid_from=TODAY, valid_to=TODAY)
        deputy_id = api.deputise(
            SYSTEM, post_id=post_id, person_id=other.person_id, valid_from=TODAY, valid_to=TODAY + DAY
        )
        with pytest.raises(InvalidInput, match="cannot name a deputy"):
            api.deputise(SYSTEM, post_id=deputy_id, person_id=holder.person_id, valid_from=TODAY, valid_to=TODAY + DAY)


class TestAppointing:
    def test_only_within_reach_and_no_further_than_oneself(self, prefecture: Prefecture) -> None:
        head = actor(prefecture.person("c1.housing", "test_head"))
        inside, outside = prefecture.units["t101"].id, prefecture.units["t201"].id
        person_id = api.create_person(head, unit_id=inside, name="李明")
        assert api.appoint(head, person_id=person_id, unit_id=inside, role="test_clerk")
        with pytest.raises(NotPermitted):
            api.appoint(head, person_id=person_id, unit_id=outside, role="test_clerk")
        with pytest.raises(NotPermitted, match="further than yours"):
            api.appoint(head, person_id=person_id, unit_id=inside, role="test_keeper")
        with pytest.raises(NotPermitted):
            api.create_person(head, unit_id=outside, name="李明")

    def test_nobody_gives_a_post_to_themselves_or_to_their_deputy(self, prefecture: Prefecture) -> None:
        """An administrator who could would unseal tomorrow what is kept from them today."""
        declare(ADMINISTRATOR)
        own, deputy, other = (prefecture.person("city.centre", ADMINISTRATOR.code) for _each in range(3))
        head = prefecture.person("c1.housing", "test_head")
        administrator, post_id = actor(own), actor(head).post_id
        assert post_id is not None and administrator.post_id is not None
        days = {"valid_from": TODAY, "valid_to": TODAY + DAY}
        stand_in = api.deputise(administrator, post_id=administrator.post_id, person_id=deputy.person_id, **days)

        def made_heads(by: Actor, account: api.Account) -> None:
            unit = prefecture.units["t101"]
            row = {"login": account.login, "name": "王芳", "unit": unit.code, "role": "test_head"}
            for refused in api.load_posts(by, rows=[row]).refusals:
                raise refused.error
            api.deputise(by, post_id=post_id, person_id=account.person_id, **days)
            unit_id = prefecture.units["t201"].id
            api.appoint(by, person_id=account.person_id, unit_id=unit_id, role="test_head")

        def refused(by: Actor, account: api.Account, why: str) -> None:
            unit_id, row = prefecture.units["t101"].id, {"login": account.login, "unit": "t101", "role": "test_head"}
            with pytest.raises(NotPermitted, match=why):
                api.appoint(by, person_id=account.person_id, unit_id=unit_id, role="test_head")
            with pytest.raises(NotPermitted, match=why):
                api.deputise(by, post_id=post_id, person_id=account.person_id, **days)
            report = api.load_posts(by, rows=[row | {"name": "王芳"}])
            assert [type(one.error) for one in report.refusals] == [NotPermitted]
            assert not api.Post.objects.filter(person_id=account.person_id, role="test_head").exists()

        refused(administrator, own, "to themselves")
        refused(administrator, deputy, "to their deputy")
        refused(actor(deputy, stand_in), own, "to their deputy")
        made_heads(administrator, other)
        assert len(api.held_posts(other.person_id)) == 4

    def test_the_same_post_twice_is_a_conflict(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        with pytest.raises(Conflict, match="already has this role"):
            api.appoint(SYSTEM, person_id=account.person_id, unit_id=prefecture.units["t101"].id, role="test_clerk")


class TestTokens:
    def test_shown_once_kept_hashed_and_no_wider_than_its_scopes(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        owner = actor(account)
        issued = api.issue_token(
            owner, account_id=account.id, name="盘点脚本", scopes=["orders.see"],
            expires_at=timezone.now() + DAY, post_id=owner.post_id,
        )  # fmt: skip
        stored = api.ApiToken.objects.get(id=issued.id)
        assert issued.secret.encode() not in bytes(stored.digest) and issued.secret.startswith(stored.hint)
        program = api.token_actor(issued.secret, channel="api")
        assert program is not None and program.scope == owner.scope
        assert api.can(program, "orders.see") and not api.can(program, "orders.accept")
        stored.refresh_from_db()
        assert stored.last_used_at is not None
        assert api.token_actor(issued.secret + "x", channel="api") is None
        api.revoke_token(owner, token_id=issued.id)
        assert api.token_actor(issued.secret, channel="api") is None

    def test_what_is_refused(self, prefecture: Prefecture) -> None:
        account, other = (prefecture.person("t101", "test_clerk") for _turn in "ab")
        owner, soon = actor(account), timezone.now() + DAY
        with pytest.raises(NotPermitted, match="not yours"):
            api.issue_token(actor(other), account_id=account.id, name="x", scopes=["orders.see"], expires_at=soon)
        with pytest.raises(NotPermitted, match="does not let you"):
            api.issue_token(owner, account_id=account.id, name="x", scopes=["places.appoint"], expires_at=soon)
        for scopes in ([], ["orders; DROP"]):
            with pytest.raises(InvalidInput):
                api.issue_token(owner, account_id=account.id, name="x", scopes=scopes, expires_at=soon)
        for expires_at in (timezone.now() - DAY, timezone.now() + 400 * DAY):
            with pytest.raises(InvalidInput, match="366 days"):
                api.issue_token(owner, account_id=account.id, name="x", scopes=["orders.see"], expires_at=expires_at)

    def test_a_token_ends_with_its_account_and_its_post(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        owner = actor(account)
        assert owner.post_id is not None
        issued = api.issue_token(
            owner, account_id=account.id, name="x", scopes=["*"], expires_at=timezone.now() + DAY,
            post_id=owner.post_id,
        )  # fmt: skip
        api.end_post(SYSTEM, post_id=owner.post_id, on=TODAY)
        assert api.token_actor(issued.secret, channel="api") is None


class TestTheSecondWall:
    def test_persons_are_seen_by_themselves_their_units_and_who_oversees_these(self, prefecture: Prefecture) -> None:
        people = {code: prefecture.person(code, "test_clerk") for code in ("t101", "t102", "t201", "city.housing")}
        ids = {code: account.person_id for code, account in people.items()}
        with seeing(actor(people["t101"]).scope):
            assert {person.id for person in api.Person.objects.all()} == {ids["t101"]}
        head = actor(prefecture.person("c1.housing", "test_head"))
        assert {ids["t101"], ids["t102"]} < seen_by_raw_sql(head.scope)
        assert not {ids["t201"], ids["city.housing"]} & seen_by_raw_sql(head.scope)
        assert seen_by_raw_sql(ANYBODY.scope) == set()
        assert set(ids.values()) < seen_by_raw_sql(SYSTEM.scope)

    def test_residents_are_seen_by_themselves_alone(self, prefecture: Prefecture) -> None:
        declare(RESIDENT)
        account_id = api.sign_up(
            ANYBODY, login="Villager.Li", password="long-enough-46", name="李大姐", phone="10012345678"
        )
        account = api.Account.objects.get(id=account_id)
        assert account.login == "villager.li" and account.check_password("long-enough-46")
        keeper = actor(prefecture.person("city.centre", "test_keeper"))
        assert account.person_id not in seen_by_raw_sql(keeper.scope)
        assert seen_by_raw_sql(api.resident_actor(account, channel="web").scope) == {account.person_id}
        with pytest.raises(NotFound):
            api.change_person(keeper, person_id=account.person_id, name="别名")
        resident = api.resident_actor(account, channel="web")
        api.change_person(resident, person_id=account.person_id, phone="10087654321")
        with pytest.raises(NotPermitted):
            api.sign_up(resident, login="second.self", password="long-enough-46", name="李大姐")
        with seeing(resident.scope):
            assert api.person_with(account.person_id).phone == "10087654321"

    def test_plain_sql_neither_changes_nor_removes_what_it_does_not_see(self, prefecture: Prefecture) -> None:
        stranger = prefecture.person("t201", "test_clerk")
        clerk = actor(prefecture.person("t101", "test_clerk"))
        with seeing(clerk.scope), connection.cursor() as cursor:
            cursor.execute("UPDATE places_person SET phone = '' WHERE id = %s", [stranger.person_id])
            assert cursor.rowcount == 0
            cursor.execute("DELETE FROM places_person")
            assert cursor.rowcount == 0

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        units=st.sets(st.sampled_from(["city", "c1.housing", "t101", "t102", "t201", "v101001", "v101009"])),
        paths=st.sets(st.sampled_from(["P.P1", "P.P2", "P.P1.P101", "P.P2.P201", "P.P1.P101.P101009"])),
        me=st.integers(0, 6),
    )
    def test_nobody_sees_across_scope(self, prefecture: Prefecture, units: set[str], paths: set[str], me: int) -> None:
        """For any scope: exactly the person themselves, their units' people, and those of units in their places."""
        homes = ["city", "c1.housing", "t101", "t102", "t201", "v101009", "c2.housing"]
        people = [person_of(prefecture, code) for code in homes]
        scope = Scope(
            person_id=people[me], unit_ids=tuple(prefecture.units[code].id for code in units), place_paths=tuple(paths)
        )
        expected = {
            person_id
            for index, (code, person_id) in enumerate(zip(homes, people, strict=True))
            if index == me
            or code in units
            or any(api.path_is_under(prefecture.units[code].place.path, above=path) for path in paths)
        }
        assert seen_by_raw_sql(scope) & set(people) == expected


def person_of(prefecture: Prefecture, unit: str) -> UUID:
    """The one person with a file at a unit and no account, made once a test."""
    with seeing(SYSTEM.scope):
        person = api.Person.objects.filter(unit=prefecture.units[unit], account=None).first()
    if person is not None:
        return person.id
    person_id: UUID = api.create_person(SYSTEM, unit_id=prefecture.units[unit].id, name="某人")
    return person_id


class TestTheAccessLog:
    def test_everybody_reads_their_own(self, prefecture: Prefecture) -> None:
        one, two = (actor(prefecture.person("t101", "test_clerk")) for _turn in "ab")
        assert one.person_id is not None
        api.note_access(one, "signed_in", address="192.0.2.1", agent="browser")
        api.note_access(two, "looked", subject="order:1", about_person_id=one.person_id)
        api.note_access(ANYBODY, "sign_in_failed")
        with seeing(one.scope):
            assert [line.what for line in api.accesses_of(one.person_id)] == ["looked", "signed_in"]
        with seeing(ANYBODY.scope):
            assert list(api.accesses_of(one.person_id)) == []
        with pytest.raises(InvalidInput):
            api.note_access(one, "danced")


class TestAccounts:
    def test_kept_by_those_whose_reach_holds_the_file(self, prefecture: Prefecture) -> None:
        keeper = actor(prefecture.person("city.centre", "test_keeper"))
        api.register_role(api.Role("test_local_keeper", "Local", ("places.*",), reach="place"))
        local = actor(prefecture.person("c2.housing", "test_local_keeper"))
        account = prefecture.person("t101", "test_clerk")
        with pytest.raises(NotPermitted):
            api.reset_account(local, account_id=account.id)
        password = api.reset_account(keeper, account_id=account.id)
        account.refresh_from_db()
        assert account.must_change_password and account.check_password(password)
        me = actor(account)
        with pytest.raises(InvalidInput, match="old password"):
            api.change_password(me, account_id=account.id, old="wrong", new="new-and-long-1")
        with pytest.raises(InvalidInput, match="cannot be taken"):
            api.change_password(me, account_id=account.id, old=password, new="short")
        api.change_password(me, account_id=account.id, old=password, new="new-and-long-1")
        account.refresh_from_db()
        assert not account.must_change_password

    def test_a_login_is_taken_once_whatever_its_capitals(self, prefecture: Prefecture) -> None:
        prefecture.person("t101", "test_clerk", login="zhang.san")
        person_id = api.create_person(SYSTEM, unit_id=prefecture.units["t101"].id, name="张三")
        with pytest.raises(Conflict, match="taken"):
            api.create_account(SYSTEM, person_id=person_id, login="Zhang.San")
        with pytest.raises(InvalidInput):
            api.create_account(SYSTEM, person_id=person_id, login="张三")


class TestErasing:
    def test_nothing_personal_is_left(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk", name="钱百万", login="qian.baiwan")
        me = actor(account)
        assert me.post_id is not None
        api.note_access(me, "signed_in", address="192.0.2.7", agent="browser")
        with pytest.raises(Conflict, match="still holds a post"):
            erase_person(SYSTEM, person_id=account.person_id, reason="asked for it")
        api.end_post(SYSTEM, post_id=me.post_id, on=TODAY)
        declare(ADMINISTRATOR)
        administrator = actor(prefecture.person("city.centre", ADMINISTRATOR.code))
        erase_person(administrator, person_id=account.person_id, reason="asked for it")
        account.refresh_from_db()
        with seeing(SYSTEM.scope):
            person = api.Person.objects.get(id=account.person_id)
            lines = list(api.accesses_of(account.person_id))
        assert (person.name, person.name_en, person.phone, person.email) == ("", "", "", "")
        assert "qian" not in account.login and not account.is_active and not account.has_usable_password()
        assert [(line.address, line.agent) for line in lines] == [("", "")]
        assert not any("qian" in body or "钱百万" in body for body in bodies())

    def test_not_by_just_anybody(self, prefecture: Prefecture) -> None:
        account = prefecture.person("t101", "test_clerk")
        post_id = actor(account).post_id
        assert post_id is not None
        api.end_post(SYSTEM, post_id=post_id, on=TODAY)
        declare(ADMINISTRATOR)
        far = Actor(channel="web", roles=frozenset({ADMINISTRATOR.code}), scope=Scope(place_paths=("P.P2",)))
        for other in (ANYBODY, actor(prefecture.person("t201", "test_head")), far):
            with pytest.raises(NotPermitted):
                erase_person(other, person_id=account.person_id, reason="mischief")


def bodies() -> list[str]:
    """What the journal still says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM journal_entry WHERE body IS NOT NULL")
        return [row[0] for row in cursor.fetchall()]


def test_posts_of_one_role_never_overlap(prefecture: Prefecture) -> None:
    account = prefecture.person("t102", "test_head")
    unit_id = prefecture.units["t102"].id
    days = [date(2027, month, 1) for month in (1, 3, 5)]
    api.end_post(SYSTEM, post_id=actor(account).post_id or UUID(int=0), on=days[0])
    for begin, end in pairwise(days):
        api.appoint(
            SYSTEM, person_id=account.person_id, unit_id=unit_id, role="test_head", valid_from=begin, valid_to=end
        )
    assert [len(api.held_posts(account.person_id, on=day)) for day in days] == [1, 1, 0]
