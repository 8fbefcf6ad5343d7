"""Persons, posts, accounts and tokens through the administrator's pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import signed_in
from tianqu.kernel.journal.api import Scope, seeing
from tianqu.kernel.places.api import Account, ApiToken, Person, Post, actor_of, issue_token

pytestmark = pytest.mark.django_db
HOME = "/administration/persons/"


def new_person(administrator: Client, name: str = "孙新人", **changes: str) -> str:
    form = {"name": name, "name_en": "", "unit_id": "water", "phone": "", "email": "", "language": "zh-hans"}
    answer = administrator.post(f"{HOME}new/", form | changes)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def opened_account(administrator: Client, person: str, login: str = "sun.xin") -> tuple[Account, str]:
    answer = administrator.post(f"{person}account/", {"login": login})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    found = re.search(r"<code>([^<]+)</code>", answer.content.decode())
    assert found is not None
    return Account.objects.get(login=login), found[1]


def test_new_person_gets_an_account_and_a_post_and_can_sign_in(administrator: Client, visitor: Client) -> None:
    person = new_person(administrator)
    _account, password = opened_account(administrator, person)
    form = {"unit_id": "Roads", "role": "clerk", "title": "经办人", "valid_from": "2024-01-01", "valid_to": ""}
    assert administrator.post(f"{person}appoint/", form).status_code == 302
    page = administrator.get(person).content.decode()
    assert "Decheng Roads Bureau" in page and "Clerk" in page
    answer = visitor.post("/account/login/", {"login": "sun.xin", "password": password})
    assert answer.status_code == 302
    assert "孙新人" in administrator.get(HOME, {"q": "孙新"}).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This is needed."),
        ({"unit_id": "Decheng"}, "Decheng could be several"),
        ({"unit_id": "nowhere"}, "Nothing is called nowhere."),
        ({"phone": "call me"}, "This is not a telephone number."),
    ],
)
def test_file_is_refused_with_what_was_typed_kept(
    administrator: Client, changes: dict[str, str], sentence: str
) -> None:
    form = {"name": "孙新人", "unit_id": "water", "phone": "", "email": "sun@example.org", "language": "en"} | changes
    answer = administrator.post(f"{HOME}new/", form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page and "sun@example.org" in page and "is-invalid" in page
    with seeing(Scope(everything=True)):
        assert not Person.objects.filter(name="孙新人").exists()


def test_post_ends_and_a_deputy_stands_in(administrator: Client, clerk: Account) -> None:
    post = Post.objects.filter(person_id=clerk.person_id).earliest("valid_from")
    new_person(administrator)
    today = timezone.localdate()
    days = {"valid_from": today.isoformat(), "valid_to": (today + timedelta(days=7)).isoformat()}
    address = f"/administration/posts/{post.id}"
    assert administrator.post(f"{address}/deputy/", {"person_id": "孙新人"} | days).status_code == 302
    assert Post.objects.filter(deputy_of=post).count() == 1
    wrong = administrator.post(f"{address}/end/", {"valid_to": "someday"})
    assert wrong.status_code == 400 and "someday is not a date." in wrong.content.decode()
    assert administrator.post(f"{address}/end/", {"valid_to": today.isoformat()}).status_code == 302
    post.refresh_from_db()
    assert post.valid_to == today


def test_account_is_disabled_reset_and_enabled(administrator: Client, visitor: Client) -> None:
    account, _password = opened_account(administrator, new_person(administrator))
    address = f"/administration/accounts/{account.id}"
    assert administrator.post(f"{address}/disable/").status_code == 302
    refused = administrator.post(f"{address}/reset/")
    assert refused.status_code == 409 and "This account is disabled." in refused.content.decode()
    assert administrator.post(f"{address}/enable/").status_code == 302
    assert administrator.post(f"{address}/reset/").status_code == 200
    account.refresh_from_db()
    assert account.is_active and account.must_change_password


def test_token_of_somebody_else_is_revoked(administrator: Client, clerk: Account) -> None:
    actor = actor_of(clerk, channel="web")
    issued = issue_token(
        actor, account_id=clerk.id, name="export", scopes=["web_test.*"], post_id=actor.post_id,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    assert "export" in administrator.get(f"{HOME}{clerk.person_id}/").content.decode()
    assert administrator.post(f"/administration/tokens/{issued.id}/revoke/").status_code == 302
    assert ApiToken.objects.get(id=issued.id).revoked_at is not None


def test_others_can_do_none_of_it(administrator: Client, clerk: Account, resident: Account) -> None:
    post = Post.objects.filter(person_id=clerk.person_id).earliest("valid_from")
    nobody = UUID(int=7)
    for account in (clerk, resident):
        browser = signed_in(account)
        for address in (
            HOME, f"{HOME}new/", f"{HOME}{clerk.person_id}/", f"{HOME}{clerk.person_id}/appoint/",
            f"{HOME}{clerk.person_id}/account/", f"/administration/posts/{post.id}/end/",
            f"/administration/posts/{post.id}/deputy/", f"/administration/accounts/{clerk.id}/disable/",
            f"/administration/accounts/{clerk.id}/enable/", f"/administration/accounts/{clerk.id}/reset/",
            f"/administration/tokens/{nobody}/revoke/",
        ):  # fmt: skip
            assert browser.get(address).status_code == 403, address
            assert browser.post(address, {"valid_to": date(2030, 1, 1).isoformat()}).status_code == 403, address
    post.refresh_from_db()
    assert post.valid_to is None


def test_person_is_changed_and_erased_by_name(administrator: Client) -> None:
    person = new_person(administrator)
    opened_account(administrator, person)
    told = {"name": "孙新人", "name_en": "Sun", "phone": "0534-2", "email": "", "language": "en"}
    assert administrator.post(f"{person}change/", told).status_code == 302
    assert "0534-2" in administrator.get(person).content.decode()
    page = administrator.get(f"{person}erase/").content.decode()
    assert "every proof of the log stays valid" in page and "btn-danger" in page
    wrong = administrator.post(f"{person}erase/", {"reason": "本人要求", "name": "王芳"})
    assert wrong.status_code == 400 and "is not the name" in wrong.content.decode()
    assert administrator.post(f"{person}erase/", {"reason": "本人要求", "name": "孙新人"}).status_code == 302
    with seeing(Scope(everything=True)):
        assert not Person.objects.filter(name="孙新人").exists()
    assert "孙新人" not in administrator.get(HOME).content.decode()


def test_person_with_a_post_is_not_erased(administrator: Client, clerk: Account) -> None:
    address = f"{HOME}{clerk.person_id}/"
    answer = administrator.post(f"{address}erase/", {"reason": "本人要求", "name": "王芳"})
    assert answer.status_code == 409 and "This person still holds a post." in answer.content.decode()
    for account_browser in (signed_in(clerk),):
        for one in ("change/", "erase/"):
            assert account_browser.get(f"{address}{one}").status_code == 403


def test_mark_that_no_page_gave_is_refused(administrator: Client) -> None:
    answer = administrator.get(HOME, {"after": "rubbish"})
    assert answer.status_code == 400 and "This is not the mark of a page." in answer.content.decode()
