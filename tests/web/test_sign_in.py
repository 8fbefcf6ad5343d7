"""Signing in, from outside: guessing, finding out who has an account, sessions, cookies, headers and logs."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from tests.web.conftest import PASSWORD
from tianqu.kernel.places.api import Account
from tianqu.project.logs import PrivateFormatter

pytestmark = pytest.mark.django_db
PAGES = ("/", "/ask/", "/answers/", "/follow/", "/proof/", "/account/login/", "/account/signup/", "/help", "/nowhere")


def attempt(client: Client, login: str, password: str) -> Any:
    return client.post("/account/login/", {"login": login, "password": password})


def told(answer: Any, login: str) -> str:
    """What a page says, without what was typed and without its token."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    return text.replace(login, "…")


def test_guessing_at_one_account_is_stopped_wherever_it_comes_from(resident: Account) -> None:
    for number in range(5):
        answer = attempt(Client(REMOTE_ADDR=f"10.0.0.{number}"), resident.login, "guess-of-ten-letters")
        assert answer.status_code == 200
    answer = attempt(Client(REMOTE_ADDR="10.0.0.9"), resident.login, PASSWORD)
    assert answer.status_code != 302
    assert "sessionid" not in answer.cookies


def test_guessing_from_one_address_is_stopped_whomever_it_tries(resident: Account) -> None:
    answers = [attempt(Client(), f"nobody.{number}", PASSWORD) for number in range(12)]
    assert attempt(Client(), resident.login, PASSWORD).status_code != 302
    assert "sessionid" not in answers[-1].cookies


def test_who_has_an_account_is_not_told(resident: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the words, nor by the status, nor by the time: a password is hashed for both."""
    hashed: list[str] = []
    encode = Argon2PasswordHasher.encode

    def counted(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    verify = Argon2PasswordHasher.verify

    def verified(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        hashed.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", verified)
    known = attempt(Client(REMOTE_ADDR="10.1.0.1"), resident.login, "guess-of-ten-letters")
    first = len(hashed)
    unknown = attempt(Client(REMOTE_ADDR="10.1.0.2"), "nobody.here", "guess-of-ten-letters")
    assert known.status_code == unknown.status_code == 200
    assert told(known, resident.login) == told(unknown, "nobody.here")
    assert first >= 1 and len(hashed) - first >= 1
    assert set(hashed) == {"guess-of-ten-letters"}


def test_no_page_gives_a_new_password(visitor: Client, resident: Account) -> None:
    """An administrator does; an address that mails one would be a second door."""
    for address in ("/account/password/reset/", "/account/password/set/", "/account/email/"):
        assert visitor.get(address).status_code == 404
    assert visitor.get("/account/password/").status_code == 302


def test_a_session_begins_anew_at_the_sign_in_and_ends_at_the_sign_out(resident: Account) -> None:
    client = Client()
    client.post("/account/login/", {"login": "x", "password": "y"})
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = str(planted)
    assert attempt(client, resident.login, PASSWORD).status_code == 302
    own = client.cookies["sessionid"].value
    assert own != planted
    thief = Client()
    thief.cookies["sessionid"] = str(planted)
    assert thief.get("/account/").status_code == 302
    client.post("/account/logout/")
    thief.cookies["sessionid"] = own
    assert thief.get("/account/").status_code == 302


def test_a_password_change_ends_the_other_sessions(resident: Account) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        assert attempt(client, resident.login, PASSWORD).status_code == 302
    changed = here.post(
        "/account/password/", {"old": PASSWORD, "password": "pond-over-ten-roofs", "again": "pond-over-ten-roofs"}
    )
    assert changed.status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


@pytest.mark.parametrize("address", PAGES)
def test_every_page_carries_its_headers(visitor: Client, realm: None, address: str) -> None:
    headers = visitor.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_refused_form_carries_them_too(realm: None) -> None:
    headers = Client(enforce_csrf_checks=True).post("/account/login/", {}).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_cookies_are_closed_to_scripts_and_to_other_sites(resident: Account) -> None:
    client = Client()
    client.get("/account/login/")
    attempt(client, resident.login, PASSWORD)
    client.post("/account/language/", {"language": "en"})
    for name in ("sessionid", "tianqu_language"):
        assert client.cookies[name]["httponly"] is True
        assert client.cookies[name]["samesite"] == "Lax"
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_over_https_they_travel_by_https_alone() -> None:
    said = subprocess.run(
        [
            sys.executable, "-c",
            "from tianqu.project import settings as s; import json; print(json.dumps([s.SESSION_COOKIE_SECURE,"
            " s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.CSRF_TRUSTED_ORIGINS]))",
        ],
        env={**os.environ, "TIANQU_ORIGIN": "https://dezhou.example"}, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert json.loads(said) == [True, True, 365 * 24 * 3600, ["https://dezhou.example"]]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Every line of every logger, as an installation writes it."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(PrivateFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def test_logs_hold_no_personal_data_and_no_secret(
    resident: Account, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    attempt(client, resident.login, "guess-of-ten-letters")
    attempt(client, resident.login, PASSWORD)
    client.post("/account/details/", {"name": "记号人名", "phone": "13955550009", "email": "mark@x.org"})
    client.get("/follow/RECEIPT-MARK?code=RECEIPT-MARK")
    client.get("/api/v1/own", headers={"Authorization": "Bearer token-mark"})
    client.post("/open311/v2/requests.json", {"api_key": "key-mark", "description": "记号正文"})

    def broken(*_arguments: Any, **_named: Any) -> None:
        raise ValueError("记号正文 13955550009 Bearer token-mark")

    monkeypatch.setattr("tianqu.web.account.views.change_person", broken)
    assert client.post("/account/details/", {"name": "记号人名", "phone": "13955550009"}).status_code == 500
    said = logged.getvalue()
    assert "ValueError" in said
    for mark in (
        PASSWORD, "guess-of-ten-letters", "记号", "13955550009", "mark@x.org", "RECEIPT-MARK", "token-mark", "key-mark",
        resident.login, "李明", str(client.cookies["sessionid"].value), project.SECRET_KEY,
    ):  # fmt: skip
        assert mark not in said
