"""Accounts through HTTP: signing up and in, choosing a post, one's own data, tokens and access log."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.web.conftest import PASSWORD, signed_in
from tianqu.kernel.journal.api import SYSTEM, Scope, seeing
from tianqu.kernel.places.api import AccessRecord, Account, ApiToken, Person, held_posts, reset_account

pytestmark = pytest.mark.django_db


def sign_up_form(**changes: str) -> dict[str, str]:
    form = {"login": "zhao.lei", "name": "赵磊", "phone": "", "password": PASSWORD, "again": PASSWORD}
    return form | changes


def test_resident_opens_an_account_and_is_signed_in(visitor: Client, realm: None) -> None:
    answer = visitor.post("/account/signup/", sign_up_form())
    assert answer.status_code == 302
    page = visitor.get("/account/").content.decode()
    assert "赵磊" in page and "zhao.lei" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"again": "another-password"}, "The two passwords are not the same."),
        ({"password": "1234567890", "again": "1234567890"}, "This password cannot be taken"),
        ({"login": "!"}, "login"),
        ({"name": ""}, "name"),
    ],
)
def test_sign_up_is_refused_with_what_was_typed_kept(
    visitor: Client, realm: None, changes: dict[str, str], sentence: str
) -> None:
    form = sign_up_form(**changes)
    answer = visitor.post("/account/signup/", form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page and f'value="{form["phone"]}"' in page
    assert PASSWORD not in page
    assert not Account.objects.exists()


def test_login_name_can_be_taken_once(visitor: Client, resident: Account) -> None:
    answer = visitor.post("/account/signup/", sign_up_form(login=resident.login))
    assert answer.status_code == 409
    assert Account.objects.count() == 1


def test_wrong_password_does_not_open_and_leaves_a_line_without_the_name(visitor: Client, resident: Account) -> None:
    answer = visitor.post("/account/login/", {"login": resident.login, "password": "not it at all"})
    assert answer.status_code == 200
    assert visitor.get("/account/").status_code == 302
    with seeing(Scope(everything=True)):
        record = AccessRecord.objects.get(what="sign_in_failed")
    assert record.person_id is None and resident.login not in (record.subject, record.agent)


def test_sign_in_leads_to_the_desk_for_who_holds_a_post(clerk: Account) -> None:
    answer = signed_in(clerk).get("/account/begin/")
    assert answer["Location"] == "/desk/"


def test_resident_is_led_home_and_the_desk_is_closed(resident: Account) -> None:
    client = signed_in(resident)
    assert client.get("/account/begin/")["Location"] == "/"
    assert client.get("/desk/").status_code == 403


def test_post_is_chosen_for_the_session(clerk: Account) -> None:
    client = signed_in(clerk)
    assert "Decheng Water Bureau · Clerk" in _where(client)
    other = next(post for post in held_posts(clerk.person_id) if post.unit_name_en == "Decheng Roads Bureau")
    assert client.post("/account/post/", {"post": str(other.id)}).status_code == 302
    assert "Decheng Roads Bureau · Clerk" in _where(client)
    client.post("/account/post/", {"post": "resident"})
    assert client.get("/desk/").status_code == 403


def _where(client: Client) -> str:
    found = re.search(
        r'<details class="drop held">\s*<summary>([^<]*)</summary>', client.get("/desk/").content.decode()
    )
    assert found is not None
    return found[1]


def test_post_of_somebody_else_is_refused(clerk: Account, resident: Account) -> None:
    post = held_posts(clerk.person_id)[0]
    answer = signed_in(resident).post("/account/post/", {"post": str(post.id)})
    assert answer.status_code == 400
    assert "This post is not yours today." in answer.content.decode()


def test_details_are_changed_by_their_person(resident: Account) -> None:
    client = signed_in(resident)
    form = {"name": "李小明", "phone": "13800000000", "email": "", "language": "en"}
    assert client.post("/account/details/", form).status_code == 302
    with seeing(Scope(everything=True)):
        person = Person.objects.get(id=resident.person_id)
    assert (person.name, person.phone, person.language) == ("李小明", "13800000000", "en")


def test_password_is_changed_and_only_the_new_one_opens(resident: Account, visitor: Client) -> None:
    client, fresh = signed_in(resident), "nine-roads-over-a-lotus"
    form = {"old": PASSWORD, "password": fresh, "again": fresh}
    assert client.post("/account/password/", form).status_code == 302
    assert client.get("/account/").status_code == 200
    visitor.post("/account/login/", {"login": resident.login, "password": PASSWORD})
    assert visitor.get("/account/").status_code == 302
    visitor.post("/account/login/", {"login": resident.login, "password": fresh})
    assert visitor.get("/account/").status_code == 200


def test_password_needs_the_old_one(resident: Account) -> None:
    form = {"old": "wrong", "password": "nine-roads-over-a-lotus", "again": "nine-roads-over-a-lotus"}
    answer = signed_in(resident).post("/account/password/", form)
    assert answer.status_code == 400
    assert "The old password is not right." in answer.content.decode()


def test_token_is_shown_once_and_ends_when_revoked(clerk: Account) -> None:
    client = signed_in(clerk)
    until = timezone.localdate() + timedelta(days=30)
    answer = client.post(
        "/account/tokens/", {"name": "monthly", "until": until.isoformat(), "scopes": ["web_test.see"]}
    )
    page = answer.content.decode()
    token = ApiToken.objects.get()
    assert answer["Cache-Control"] == "no-store"
    assert token.hint in page and "shown this once" in page
    assert "shown this once" not in client.get("/account/tokens/").content.decode()
    assert client.post(f"/account/tokens/{token.id}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize("until", ["", "2026-02-30", "tomorrow", "1999-01-01"])
def test_token_needs_a_day_to_come(clerk: Account, until: str) -> None:
    answer = signed_in(clerk).post("/account/tokens/", {"name": "x", "until": until, "scopes": ["web_test.see"]})
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()


def test_token_of_somebody_else_stays(clerk: Account, resident: Account) -> None:
    until = (timezone.localdate() + timedelta(days=3)).isoformat()
    signed_in(clerk).post("/account/tokens/", {"name": "x", "until": until, "scopes": ["web_test.see"]})
    token = ApiToken.objects.get()
    assert signed_in(resident).post(f"/account/tokens/{token.id}/revoke/").status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


def test_access_log_shows_ones_own_lines_alone(resident: Account, clerk: Account) -> None:
    mine, theirs = signed_in(resident), signed_in(clerk)
    page = mine.get("/account/accesses/").content.decode()
    assert page.count("signed in") == 1
    assert "wang.fang" not in page
    assert theirs.get("/account/accesses/").status_code == 200


def test_session_can_be_ended_from_another(resident: Account) -> None:
    first, second = signed_in(resident), signed_in(resident)
    assert second.get("/account/sessions/").content.decode().count("<tr>") == 3
    second.post("/account/sessions/")
    assert first.get("/account/").status_code == 302
    assert second.get("/account/").status_code == 200


@pytest.mark.parametrize("address", ["/account/", "/account/tokens/", "/account/accesses/", "/account/keys/", "/desk/"])
def test_who_has_not_signed_in_is_led_to_the_sign_in(visitor: Client, realm: None, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")


def test_second_step_is_asked_for_once_set_up(resident: Account, visitor: Client) -> None:
    client = signed_in(resident)
    confirm = client.get("/account/keys/totp/activate/")["Location"]
    assert "Confirm that it is you" in client.get(confirm).content.decode()
    assert client.post(confirm, {"password": PASSWORD})["Location"] == "/account/keys/totp/activate/"
    page = client.get("/account/keys/totp/activate/").content.decode()
    secret = re.search(r"<code>(\w+)</code>", page)
    assert secret is not None, page
    code = format_hotp_value(hotp_value(secret[1], next(yield_hotp_counters_from_time())))
    assert client.post("/account/keys/totp/activate/", {"code": code}).status_code == 302
    assert "in use" in client.get("/account/keys/").content.decode()
    answer = visitor.post("/account/login/", {"login": resident.login, "password": PASSWORD})
    assert answer["Location"].startswith("/account/keys/authenticate/")
    assert visitor.get("/account/").status_code == 302
    assert "Second step" in visitor.get(answer["Location"]).content.decode()
    code = format_hotp_value(hotp_value(secret[1], [*yield_hotp_counters_from_time()][-1]))
    assert visitor.post("/account/keys/authenticate/", {"code": code}).status_code == 302
    assert visitor.get("/account/").status_code == 200
    cache.clear()  # as in another process, or half a minute later; the code fits for ninety seconds
    seen_by_another = Client()
    seen_by_another.post("/account/login/", {"login": resident.login, "password": PASSWORD})
    for written in (code, f"{code[:3]} {code[3:]}", f"{code}-"):
        assert seen_by_another.post("/account/keys/authenticate/", {"code": written}).status_code == 200
    assert seen_by_another.get("/account/").status_code == 302


def test_a_session_left_open_tells_nobody_the_password_nor_what_was_shown(resident: Account) -> None:
    client = signed_in(resident)
    assert client.get("/account/")["Cache-Control"] == "no-store"
    new = {"password": "pond-over-ten-roofs", "again": "pond-over-ten-roofs"}
    tried = [client.post("/account/password/", {"old": f"guess {each}", **new}).status_code for each in range(7)]
    assert tried[0] == 400 and tried[-1] == 429
    assert client.post("/account/password/", {"old": PASSWORD, **new}).status_code == 429


def test_one_address_opens_twenty_accounts_a_minute_at_most(visitor: Client) -> None:
    given = {"login": "name", "name": "李梅", "password": "pond-over-ten-roofs", "again": "another"}
    tried = [visitor.post("/account/signup/", given).status_code for _each in range(21)]
    assert set(tried[:20]) == {400} and tried[20] == 429


def test_given_password_must_be_changed_first(clerk: Account, visitor: Client) -> None:
    given, own = reset_account(SYSTEM, account_id=clerk.id), "nine-roads-over-a-lotus"
    visitor.post("/account/login/", {"login": clerk.login, "password": given})
    for address in ("/", "/desk/", "/account/tokens/"):
        assert visitor.get(address)["Location"] == "/account/password/"
    visitor.post("/account/password/", {"old": given, "password": own, "again": own})
    assert visitor.get("/desk/").status_code == 200


@pytest.mark.parametrize("credential", ["[" * 50_000, "[]", '{"response": []}', '{"response": {"userHandle": 5}}', "{"])
def test_a_passkey_that_is_none_lets_nobody_in(resident: Account, visitor: Client, credential: str) -> None:
    begun = visitor.get("/account/keys/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert begun.json()["request_options"]["publicKey"]["userVerification"] == "required"
    assert visitor.post("/account/keys/webauthn/login/", {"credential": credential}).status_code == 302
    assert visitor.get("/account/").status_code == 302
    client = signed_in(resident)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.post("/account/keys/webauthn/add/", {"credential": credential}).status_code == 200


def test_passkey_signs_in_by_itself_unless_told_otherwise(resident: Account) -> None:
    client = signed_in(resident)
    confirm = client.get("/account/keys/webauthn/add/")["Location"]
    client.post(confirm, {"password": PASSWORD})
    page = client.get("/account/keys/webauthn/add/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "密钥名称" in page and "不再输入密码" in page and ">Name" not in page
    assert re.search(r'name="passwordless"[^>]*checked', page)
